"""The head's own landmarks: brain, tissue, mirror plane, reference tissue, barriers and starting contours."""

from impasto.register.anatomy.template_registration import TemplateRegistration, register_template
from impasto.register.anatomy.template_settings import TemplateSettings

__all__ = ["TemplateRegistration", "TemplateSettings", "register_template"]
