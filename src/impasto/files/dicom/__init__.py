"""DICOM: image series, segmentations, structure sets, doses and plans, in and out."""

from impasto.files.dicom.diffusion_series import DicomDiffusionSeries, read_diffusion_series
from impasto.files.dicom.dose import DoseFile, read_dose
from impasto.files.dicom.dose_writer import DoseContent, write_dose
from impasto.files.dicom.frame_of_reference import require_same_frame
from impasto.files.dicom.grouping import SeriesFiles
from impasto.files.dicom.identifiers import RESEARCH_USE, new_uid
from impasto.files.dicom.image_writer import write_series
from impasto.files.dicom.plan import PlanSummary, read_plan
from impasto.files.dicom.plan_writer import write_plan
from impasto.files.dicom.reference import SeriesReference, new_reference
from impasto.files.dicom.rt_header import Stamp
from impasto.files.dicom.scan import ObjectFile, Scan, Skipped, scan
from impasto.files.dicom.segmentation import read_segmentation
from impasto.files.dicom.series import ImageSeries, read_series, read_series_folder
from impasto.files.dicom.slice_sections import DrawnStructures, drawn_on_slices
from impasto.files.dicom.stored_dvh import StoredDVH, read_stored_dvhs
from impasto.files.dicom.structure_writer import write_structures
from impasto.files.dicom.structures import StructureSetFile, StructureSetReference, read_structures

__all__ = [
    "RESEARCH_USE",
    "DicomDiffusionSeries",
    "DoseContent",
    "DoseFile",
    "DrawnStructures",
    "ImageSeries",
    "ObjectFile",
    "PlanSummary",
    "Scan",
    "SeriesFiles",
    "SeriesReference",
    "Skipped",
    "Stamp",
    "StoredDVH",
    "StructureSetFile",
    "StructureSetReference",
    "drawn_on_slices",
    "new_reference",
    "new_uid",
    "read_diffusion_series",
    "read_dose",
    "read_plan",
    "read_segmentation",
    "read_series",
    "read_series_folder",
    "read_stored_dvhs",
    "read_structures",
    "require_same_frame",
    "scan",
    "write_dose",
    "write_plan",
    "write_series",
    "write_structures",
]
