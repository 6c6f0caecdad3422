"""Peaks of the spectrum of brain: where they stand, how far they reach, and what their baseline is drawn through."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHOLINE", "CREATINE", "INVERTED_LACTATE", "LACTATE", "LIPID", "NAA", "Peak"]

Bands = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Peak:
    """A peak, and the stretches of spectrum beside it that its baseline is drawn through.

    Parameters
    ----------
    name : str
        As :data:`~impasto.maps.spectroscopy.fit_result.METABOLITE_SUMS` calls the metabolite.
    position_ppm : float
    reach_ppm : float
        Farthest from the position that anything is ascribed to the peak: half way to its neighbour.
    baseline_ppm : two of (low, high)
        The baseline is the straight line through the means of these stretches, below and above the peak.
    protons : float
        That the peak stands for.
    half_splitting_hz : float
        Half the distance of a doublet's lines.
    inverted : bool
        Whether the peak points downwards.
    """

    name: str
    position_ppm: float
    reach_ppm: float
    baseline_ppm: Bands
    protons: float = 3.0
    half_splitting_hz: float = 0.0
    inverted: bool = False


_BESIDE_CREATINE_AND_CHOLINE = ((2.78, 2.86), (3.32, 3.38))
# within a sweep of 988 Hz at 3 T, which ends at 0.8 ppm
_BESIDE_LIPID = ((1.00, 1.08), (1.55, 1.65))

NAA = Peak("NAA", 2.008, 0.10, ((1.72, 1.82), (2.17, 2.25)))
CREATINE = Peak("Cr", 3.027, 0.09, _BESIDE_CREATINE_AND_CHOLINE)
CHOLINE = Peak("Cho", 3.207, 0.09, _BESIDE_CREATINE_AND_CHOLINE, protons=9.0)
LIPID = Peak("Lip13", 1.28, 0.16, _BESIDE_LIPID, protons=2.0)
LACTATE = Peak("Lac", 1.314, 0.12, _BESIDE_LIPID, half_splitting_hz=3.47)
INVERTED_LACTATE = Peak("Lac", 1.314, 0.12, _BESIDE_LIPID, half_splitting_hz=3.47, inverted=True)
"""Lactate without editing at an echo time near 1/J, 144 ms; lipid that stands on it takes some of it away."""
