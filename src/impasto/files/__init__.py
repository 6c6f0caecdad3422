"""Everything that touches disks: DICOM, NIfTI, impasto's own formats and the case folder."""

from impasto.files import dicom, native
from impasto.files.atomic import content_hash, named_failures, replacing_file, replacing_folder
from impasto.files.case import Case, CaseEntry, EntryKind, create_case, open_case, save_case
from impasto.files.gradient_table import (
    gradient_files,
    read_diffusion,
    read_diffusion_nifti,
    read_gradient_table,
    write_diffusion,
    write_gradient_table,
)
from impasto.files.identity import read_acquisition, read_reference, write_identity
from impasto.files.landmarks import read_landmarks
from impasto.files.lcmodel_basis import read_lcmodel_basis, write_lcmodel_basis
from impasto.files.lcmodel_table import LcmodelTable, VoxelOrder, lcmodel_maps, read_lcmodel_table
from impasto.files.mr_acquisition import read_mr_acquisition, write_mr_acquisition
from impasto.files.native.document import StrictModel, read_document, validated, write_document
from impasto.files.nifti import read_nifti, write_nifti
from impasto.files.nifti_mrs import is_nifti_mrs, read_nifti_mrs, write_nifti_mrs
from impasto.files.nifti_sidecar import UNKNOWN, NiftiSidecar, nifti_stem, read_sidecar
from impasto.files.onnx_network import OnnxNetwork, open_onnx
from impasto.files.openkbp import OpenKbpPatient, is_openkbp, read_openkbp
from impasto.files.spectra_file import (
    SpectraFile,
    combined_spectra,
    is_spectra_file,
    is_water_by_name,
    read_spectra,
    read_spectra_file,
    water_beside,
)
from impasto.files.vendor_spectra import is_p_file, spectroscopy_series

__all__ = [
    "UNKNOWN",
    "Case",
    "CaseEntry",
    "EntryKind",
    "LcmodelTable",
    "NiftiSidecar",
    "OnnxNetwork",
    "OpenKbpPatient",
    "SpectraFile",
    "StrictModel",
    "VoxelOrder",
    "combined_spectra",
    "content_hash",
    "create_case",
    "dicom",
    "gradient_files",
    "is_nifti_mrs",
    "is_openkbp",
    "is_p_file",
    "is_spectra_file",
    "is_water_by_name",
    "lcmodel_maps",
    "named_failures",
    "native",
    "nifti_stem",
    "open_case",
    "open_onnx",
    "read_acquisition",
    "read_diffusion",
    "read_diffusion_nifti",
    "read_document",
    "read_gradient_table",
    "read_landmarks",
    "read_lcmodel_basis",
    "read_lcmodel_table",
    "read_mr_acquisition",
    "read_nifti",
    "read_nifti_mrs",
    "read_openkbp",
    "read_reference",
    "read_sidecar",
    "read_spectra",
    "read_spectra_file",
    "replacing_file",
    "replacing_folder",
    "save_case",
    "spectroscopy_series",
    "validated",
    "water_beside",
    "write_diffusion",
    "write_document",
    "write_gradient_table",
    "write_identity",
    "write_lcmodel_basis",
    "write_mr_acquisition",
    "write_nifti",
    "write_nifti_mrs",
]
