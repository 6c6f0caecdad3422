"""The kinds of steps that protocols are made of, by name."""

from impasto.workflow.stage import Stage
from impasto.workflow.stages.adaptation import ADAPTATION_STAGES
from impasto.workflow.stages.anatomy import ANATOMY
from impasto.workflow.stages.clinical_targets import CLINICAL_TARGETS
from impasto.workflow.stages.dce import DCE
from impasto.workflow.stages.deformable_registration import DEFORMABLE_REGISTRATION
from impasto.workflow.stages.diffusion import DIFFUSION
from impasto.workflow.stages.dsc import DSC
from impasto.workflow.stages.evaluation import EVALUATION
from impasto.workflow.stages.gamma_knife_plan import GAMMA_KNIFE_PLAN
from impasto.workflow.stages.head import HEAD
from impasto.workflow.stages.hypoxia import HYPOXIA
from impasto.workflow.stages.lesions import LESIONS
from impasto.workflow.stages.painting_zones import PAINTING_ZONES
from impasto.workflow.stages.pet_target import PET_TARGET
from impasto.workflow.stages.photon_plan import PHOTON_PLAN
from impasto.workflow.stages.prescription import (
    EQUAL_MEAN_UNIFORM,
    PAINTING_BY_CONTOURS,
    PAINTING_BY_NUMBERS,
    PAINTING_BY_PROBABILITY,
    PAINTING_IN_LEVELS,
    SIMULTANEOUS_BOOST,
)
from impasto.workflow.stages.radiosurgery_comparison import RADIOSURGERY_COMPARISON
from impasto.workflow.stages.registration import REGISTRATION
from impasto.workflow.stages.spectroscopy import EDITED_SPECTROSCOPY, SPECTROSCOPY
from impasto.workflow.stages.targets import TARGETS
from impasto.workflow.stages.uptake import STANDARDISED_UPTAKE
from impasto.workflow.stages.zone_painting import UNIFORM_DOSE, ZONE_PAINTING
from impasto.workflow.stages.zones import ZONES

__all__ = ["STAGES"]

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        ANATOMY,
        HEAD,
        REGISTRATION,
        DEFORMABLE_REGISTRATION,
        STANDARDISED_UPTAKE,
        SPECTROSCOPY,
        EDITED_SPECTROSCOPY,
        DCE,
        DSC,
        DIFFUSION,
        TARGETS,
        LESIONS,
        CLINICAL_TARGETS,
        HYPOXIA,
        ZONES,
        PAINTING_ZONES,
        PET_TARGET,
        PAINTING_BY_NUMBERS,
        PAINTING_BY_CONTOURS,
        PAINTING_BY_PROBABILITY,
        PAINTING_IN_LEVELS,
        SIMULTANEOUS_BOOST,
        EQUAL_MEAN_UNIFORM,
        ZONE_PAINTING,
        UNIFORM_DOSE,
        PHOTON_PLAN,
        GAMMA_KNIFE_PLAN,
        EVALUATION,
        RADIOSURGERY_COMPARISON,
        *ADAPTATION_STAGES,
    )
}
