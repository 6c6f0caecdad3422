"""Everything in one frame: registration, its quality, and what moves along."""

from impasto.register.agreement import StructureAgreement, structure_agreement, structure_agreements
from impasto.register.inconsistency import forward_backward_error, forward_backward_map
from impasto.register.jacobian import jacobian_determinant, jacobian_map
from impasto.register.linear import FRAME_OF_REFERENCE, Registration, register_linear
from impasto.register.move import (
    Interpolation,
    move_contours,
    move_diffusion,
    move_dose,
    move_image,
    move_image_grid,
    move_mask,
    move_points,
    move_spectra,
    move_structure,
    move_structures,
)
from impasto.register.quality import KnownCorrespondence, RegistrationQuality, assess_registration
from impasto.register.settings import LinearSettings, RegistrationRegions
from impasto.register.similarity import mutual_information
from impasto.register.uncertainty import LinearUncertainty, linear_uncertainty, spread_map
from impasto.register.verdict import RegistrationLimits, RegistrationVerdict

__all__ = [
    "FRAME_OF_REFERENCE",
    "Interpolation",
    "KnownCorrespondence",
    "LinearSettings",
    "LinearUncertainty",
    "Registration",
    "RegistrationLimits",
    "RegistrationQuality",
    "RegistrationRegions",
    "RegistrationVerdict",
    "StructureAgreement",
    "assess_registration",
    "forward_backward_error",
    "forward_backward_map",
    "jacobian_determinant",
    "jacobian_map",
    "linear_uncertainty",
    "move_contours",
    "move_diffusion",
    "move_dose",
    "move_image",
    "move_image_grid",
    "move_mask",
    "move_points",
    "move_spectra",
    "move_structure",
    "move_structures",
    "mutual_information",
    "register_linear",
    "spread_map",
    "structure_agreement",
    "structure_agreements",
]
