"""Lesions in PET: picked by click or box, measured, and delineated by published methods."""

from impasto.target.pet.lesion import Background, PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.scanner import PetScanner

__all__ = ["Background", "PetLesion", "PetMethod", "PetScanner", "PetSegmentation"]
