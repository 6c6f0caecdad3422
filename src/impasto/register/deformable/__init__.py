"""Deformable registration: local correlation, guides, and what has no counterpart."""

from impasto.register.deformable.registration import DeformableRegistration, register_deformable
from impasto.register.deformable.settings import AbsenceSettings, DeformableSettings, GuidedRegions

__all__ = ["AbsenceSettings", "DeformableRegistration", "DeformableSettings", "GuidedRegions", "register_deformable"]
