"""How well a figure tells two kinds of voxels apart, at every threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Roc:
    """Receiver operating characteristic of ``value > threshold`` as a test for `positive`, both of shape (voxel,)."""

    value: FloatArray
    positive: BoolArray

    @property
    def area(self) -> float:
        """Probability that a positive voxel has the higher value; ties count half (Hanley 1982)."""
        _, positive, negative = self._counts()
        below = np.cumsum(negative) - 0.5 * negative
        return float(positive @ below / (positive.sum() * negative.sum()))

    def sensitivity(self, threshold: float) -> float:
        return float((self.value[self.positive] > threshold).mean())

    def specificity(self, threshold: float) -> float:
        return float((self.value[~self.positive] <= threshold).mean())

    def youden(self) -> float:
        """Threshold with the highest sum of sensitivity and specificity (Youden 1950)."""
        values, positive, negative = self._counts()
        gained = np.cumsum(negative) / negative.sum() - np.cumsum(positive) / positive.sum()
        return float(values[np.argmax(gained)])

    def _counts(self) -> tuple[FloatArray, NDArray[np.intp], NDArray[np.intp]]:
        """Distinct values, ascending, and how many voxels of either kind have each."""
        values, place = np.unique(self.value, return_inverse=True)
        counts = [np.bincount(place[kind], minlength=len(values)) for kind in (self.positive, ~self.positive)]
        return values, counts[0], counts[1]
