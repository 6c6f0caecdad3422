"""DICOM in and out."""

from impasto.files.dicom.dose import DoseFile, read_dose
from impasto.files.dicom.dose_writer import DoseContent, write_dose
from impasto.files.dicom.frame_of_reference import require_same_frame
from impasto.files.dicom.plan import PlanSummary, read_plan
from impasto.files.dicom.plan_writer import write_plan
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_header import Stamp
from impasto.files.dicom.stored_dvh import StoredDVH, read_stored_dvhs
from impasto.files.dicom.structure_writer import write_structures
from impasto.files.dicom.structures import StructureSetFile, StructureSetReference, read_structures

__all__ = [
    "DoseContent",
    "DoseFile",
    "PlanSummary",
    "SeriesReference",
    "Stamp",
    "StoredDVH",
    "StructureSetFile",
    "StructureSetReference",
    "read_dose",
    "read_plan",
    "read_stored_dvhs",
    "read_structures",
    "require_same_frame",
    "write_dose",
    "write_plan",
    "write_structures",
]
