"""Published survival curves: patient data reconstructed from them, with the error of the reconstruction."""

from impasto.outcome.published_curves.comparison import (
    ReconstructedComparison,
    compare_reconstructed,
    pooled_follow_up,
)
from impasto.outcome.published_curves.digitised import AtRisk, DigitisedCurve
from impasto.outcome.published_curves.reconstruction import Reconstruction, ReconstructionError, reconstruct

__all__ = [
    "AtRisk",
    "DigitisedCurve",
    "ReconstructedComparison",
    "Reconstruction",
    "ReconstructionError",
    "compare_reconstructed",
    "pooled_follow_up",
    "reconstruct",
]
