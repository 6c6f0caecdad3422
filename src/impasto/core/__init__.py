"""The vocabulary of impasto: grids, images, structures, doses, prescriptions and plans."""

from impasto.core.contours import contoured, contours_from_occupancy
from impasto.core.diffusion import DiffusionSeries, GradientTable
from impasto.core.displacement import DisplacementField
from impasto.core.dose import Dose, DoseKind
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.mr_acquisition import MrAcquisition
from impasto.core.pet_acquisition import PetAcquisition
from impasto.core.plan import Beam, Plan, Shot
from impasto.core.prescription import DoseGoal, DoseLimit, LimitKind, Prescription
from impasto.core.progress import Progress, silent
from impasto.core.spectra import WATER_PPM, BasisSet, RawSpectra, Spectra, chemical_shifts_ppm
from impasto.core.structures import Role, Structure, StructureSet
from impasto.core.transform import Transform

__all__ = [
    "WATER_PPM",
    "BasisSet",
    "Beam",
    "DiffusionSeries",
    "DisplacementField",
    "Dose",
    "DoseGoal",
    "DoseKind",
    "DoseLimit",
    "GradientTable",
    "Grid",
    "Image",
    "ImpastoError",
    "LimitKind",
    "MrAcquisition",
    "PetAcquisition",
    "Plan",
    "Prescription",
    "Progress",
    "RawSpectra",
    "Role",
    "Shot",
    "Spectra",
    "Structure",
    "StructureSet",
    "Transform",
    "chemical_shifts_ppm",
    "contoured",
    "contours_from_occupancy",
    "silent",
]
