"""Lesions in PET: picked by click or box, measured, and delineated by published methods."""

from impasto.target.pet.background import BackgroundSettings, surrounding_background
from impasto.target.pet.iso_contour import connected_above, occupancy_above
from impasto.target.pet.lesion import Background, PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.picking import ClickSettings, lesion_at, lesion_in_box, lesion_near
from impasto.target.pet.scanner import PetScanner

__all__ = [
    "Background",
    "BackgroundSettings",
    "ClickSettings",
    "PetLesion",
    "PetMethod",
    "PetScanner",
    "PetSegmentation",
    "connected_above",
    "lesion_at",
    "lesion_in_box",
    "lesion_near",
    "occupancy_above",
    "surrounding_background",
]
