"""The off-axis profile of one beam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from impasto.core.arrays import FloatArray

__all__ = ["BeamProfile"]


@dataclass(frozen=True)
class BeamProfile:
    """A disc of fluence with a soft edge, and an exponential tail of scatter.

    ``g(r) = (e(r) / e(0) + w exp(-r / l)) / (1 + w)``, where e is the mean of two edges
    ``erf((a - r) / (sqrt(2) s)) + erf((a + r) / (sqrt(2) s))`` of widths s1 and s2.

    Parameters
    ----------
    disc_radius_mm : float
        a, about half the collimator's nominal diameter.
    inner_edge_sigma_mm, outer_edge_sigma_mm : float
        s1 and s2: penumbra of the source's size, and of electrons and near scatter.
    tail_weight : float
        w, share of the tail.
    tail_length_mm : float
        l, distance over which the tail falls to 1/e.
    """

    disc_radius_mm: float
    inner_edge_sigma_mm: float
    outer_edge_sigma_mm: float
    tail_weight: float
    tail_length_mm: float

    def at(self, radius_mm: ArrayLike) -> FloatArray:
        """Dose relative to the beam's axis at distances from it, measured in the focal plane; same shape."""
        radius = np.abs(np.asarray(radius_mm, dtype=np.float64))
        disc = self._disc(radius) / self._disc(np.zeros(()))
        profile: FloatArray = (disc + self.tail_weight * np.exp(-radius / self.tail_length_mm)) / (
            1.0 + self.tail_weight
        )
        return profile

    def _disc(self, radius: FloatArray) -> FloatArray:
        edges = [
            erf((self.disc_radius_mm - radius) / (np.sqrt(2.0) * sigma))
            + erf((self.disc_radius_mm + radius) / (np.sqrt(2.0) * sigma))
            for sigma in (self.inner_edge_sigma_mm, self.outer_edge_sigma_mm)
        ]
        both: FloatArray = edges[0] + edges[1]
        return both
