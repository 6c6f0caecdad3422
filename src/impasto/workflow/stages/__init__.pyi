from .adaptation.comparison import COURSE_COMPARISON
from .adaptation.course_sum import COURSE_SUM
from .adaptation.delivered_dose import DELIVERED_DOSE, DOSE_ON_ANATOMY
from .adaptation.hypoxic_volume import HYPOXIC_VOLUME
from .adaptation.known_transform import KNOWN_TRANSFORM
from .adaptation.phase_drift import PHASE_DRIFT
from .adaptation.phase_frame import PHASE_FRAME
from .adaptation.phase_prescription import PHASE_PRESCRIPTION
from .anatomy import ANATOMY
from .clinical_targets import CLINICAL_TARGETS
from .dce import DCE
from .deformable_registration import DEFORMABLE_REGISTRATION
from .diffusion import DIFFUSION
from .dsc import DSC
from .evaluation import EVALUATION
from .gamma_knife_plan import GAMMA_KNIFE_PLAN
from .head import HEAD
from .hypoxia import HYPOXIA
from .lesions import LESIONS
from .painting_zones import PAINTING_ZONES
from .pet_target import PET_TARGET
from .photon_plan import PHOTON_PLAN
from .prescription import (
    EQUAL_MEAN_UNIFORM,
    PAINTING_BY_CONTOURS,
    PAINTING_BY_NUMBERS,
    PAINTING_BY_PROBABILITY,
    PAINTING_IN_LEVELS,
    SIMULTANEOUS_BOOST,
)
from .radiosurgery_comparison import RADIOSURGERY_COMPARISON
from .registration import REGISTRATION
from .spectroscopy import EDITED_SPECTROSCOPY, SPECTROSCOPY
from .targets import TARGETS
from .uptake import STANDARDISED_UPTAKE
from .zone_painting import UNIFORM_DOSE, ZONE_PAINTING
from .zones import ZONES

__all__ = [
    "ANATOMY",
    "CLINICAL_TARGETS",
    "COURSE_COMPARISON",
    "COURSE_SUM",
    "DCE",
    "DEFORMABLE_REGISTRATION",
    "DELIVERED_DOSE",
    "DIFFUSION",
    "DOSE_ON_ANATOMY",
    "DSC",
    "EDITED_SPECTROSCOPY",
    "EQUAL_MEAN_UNIFORM",
    "EVALUATION",
    "GAMMA_KNIFE_PLAN",
    "HEAD",
    "HYPOXIA",
    "HYPOXIC_VOLUME",
    "KNOWN_TRANSFORM",
    "LESIONS",
    "PAINTING_BY_CONTOURS",
    "PAINTING_BY_NUMBERS",
    "PAINTING_BY_PROBABILITY",
    "PAINTING_IN_LEVELS",
    "PAINTING_ZONES",
    "PET_TARGET",
    "PHASE_DRIFT",
    "PHASE_FRAME",
    "PHASE_PRESCRIPTION",
    "PHOTON_PLAN",
    "RADIOSURGERY_COMPARISON",
    "REGISTRATION",
    "SIMULTANEOUS_BOOST",
    "SPECTROSCOPY",
    "STANDARDISED_UPTAKE",
    "TARGETS",
    "UNIFORM_DOSE",
    "ZONES",
    "ZONE_PAINTING",
]
