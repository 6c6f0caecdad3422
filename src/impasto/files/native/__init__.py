"""impasto's own files: NIfTI for voxels, JSON and TOML for what is said about them."""

from impasto.files.native.dose import read_dose, write_dose
from impasto.files.native.image import read_image, read_image_times, write_image
from impasto.files.native.plan import read_plan, write_plan
from impasto.files.native.prescription import read_prescription, write_prescription
from impasto.files.native.shots import read_shots, write_shots
from impasto.files.native.spectra import read_spectra, write_spectra
from impasto.files.native.structures import read_structures, write_structures
from impasto.files.native.transform import read_transform, write_transform

__all__ = [
    "read_dose",
    "read_image",
    "read_image_times",
    "read_plan",
    "read_prescription",
    "read_shots",
    "read_spectra",
    "read_structures",
    "read_transform",
    "write_dose",
    "write_image",
    "write_plan",
    "write_prescription",
    "write_shots",
    "write_spectra",
    "write_structures",
    "write_transform",
]
