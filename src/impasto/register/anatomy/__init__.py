"""The head's own landmarks: brain, tissue, mirror plane, reference tissue, barriers and starting contours."""

from impasto.register.anatomy.atlas_contours import NOT_FOR_TREATMENT, anatomical_barriers, starting_contours
from impasto.register.anatomy.bias_field import BiasCorrection, BiasFieldSettings, correct_bias_field
from impasto.register.anatomy.brain_mask import BrainMaskMethod, brain_mask
from impasto.register.anatomy.brain_surface import SurfaceSettings
from impasto.register.anatomy.midsagittal import MidsagittalPlane, midsagittal_plane, template_midsagittal_plane
from impasto.register.anatomy.reference_tissue import (
    ReferenceSettings,
    contralateral_white_matter,
    normal_appearing_tissue,
)
from impasto.register.anatomy.template_registration import TemplateRegistration, register_template
from impasto.register.anatomy.template_settings import TemplateSettings
from impasto.register.anatomy.tissue import TissueMap, TissueSettings, classify_tissue

__all__ = [
    "NOT_FOR_TREATMENT",
    "BiasCorrection",
    "BiasFieldSettings",
    "BrainMaskMethod",
    "MidsagittalPlane",
    "ReferenceSettings",
    "SurfaceSettings",
    "TemplateRegistration",
    "TemplateSettings",
    "TissueMap",
    "TissueSettings",
    "anatomical_barriers",
    "brain_mask",
    "classify_tissue",
    "contralateral_white_matter",
    "correct_bias_field",
    "midsagittal_plane",
    "normal_appearing_tissue",
    "register_template",
    "starting_contours",
    "template_midsagittal_plane",
]
