"""Isodose levels: which doses are drawn, and in which colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray, RealArray
from impasto.report.theme import DOSE

__all__ = ["DoseBands", "isodose_levels_gy", "radiosurgery_levels_gy"]

_ROUND_STEPS = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 10.0])
_MOST_STEPS = 5
"""A prescription with more different doses than this counts as one that varies by voxel."""


@dataclass(frozen=True)
class DoseBands:
    """Ascending dose levels in Gy; the band from one level to the next has one colour.

    Raises
    ------
    ImpastoError
        When the levels are not positive and ascending.
    """

    levels_gy: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.levels_gy or self.levels_gy[0] <= 0 or np.any(np.diff(self.levels_gy) <= 0):
            raise ImpastoError("isodose levels", f"{self.levels_gy} do not ascend from above zero", "sort the levels")

    @property
    def colours(self) -> FloatArray:
        """One colour a level, shape (level, 3), 0 to 1."""
        return np.asarray(DOSE(np.linspace(0.0, 1.0, len(self.levels_gy))))[:, :3]

    def paint(self, dose_gy: RealArray, opacity: tuple[float, float]) -> FloatArray:
        """Colour each value by its band, shape (..., 4); clear below the first level.

        `opacity` is that of the lowest and of the highest band.
        """
        band = np.searchsorted(self.levels_gy, dose_gy, side="right") - 1
        painted = np.zeros((*np.shape(dose_gy), 4))
        painted[..., :3] = self.colours[np.clip(band, 0, None)]
        painted[..., 3] = np.where(band >= 0, opacity[0] + (opacity[1] - opacity[0]) * band / len(self.levels_gy), 0.0)
        return painted


def isodose_levels_gy(prescribed_gy: RealArray) -> tuple[float, ...]:
    """Choose levels from the prescribed doses: coarse below the target's dose, fine within its painted range.

    A quarter, half and three quarters of the lowest prescribed dose; 95 % of it; the prescribed doses themselves, or
    about four round steps from the lowest to the highest where they vary by voxel; and 107 % of the highest (the
    bounds of homogeneity of ICRU 50 are 95 % and 107 %).

    Parameters
    ----------
    prescribed_gy : ndarray
        Prescribed dose of the target's voxels; zeros (outside) are passed over.

    Raises
    ------
    ImpastoError
        When nothing is prescribed.

    Examples
    --------
    >>> isodose_levels_gy(np.array([0.0, 60.0, 72.0]))
    (15.0, 30.0, 45.0, 57.0, 60.0, 72.0, 77.0)
    >>> isodose_levels_gy(np.linspace(60.0, 72.0, 50))
    (15.0, 30.0, 45.0, 57.0, 60.0, 63.0, 66.0, 69.0, 72.0, 77.0)
    """
    inside = np.asarray(prescribed_gy)[np.asarray(prescribed_gy) > 0]
    if not inside.size:
        raise ImpastoError("prescribed dose", "it is zero everywhere", "give the map of the prescription")
    low, high = float(inside.min()), float(inside.max())
    digits = 0 if high >= 20.0 else 1
    coarse = 5.0 if low >= 30.0 else 10.0**-digits
    levels = [round(low * share / coarse) * coarse for share in (0.25, 0.5, 0.75)]
    levels.append(round(0.95 * low, digits))
    steps = np.unique(np.round(inside, 1))
    if len(steps) <= _MOST_STEPS:
        levels += [float(step) for step in steps]
    elif high - low < 0.02 * high:
        levels.append(round(high, digits + 1))
    else:
        step = _round_step((high - low) / 4.0)
        first, last = np.ceil(low / step - 1e-6), np.floor(high / step + 1e-6)
        levels += list(np.arange(first, last + 1) * step)
    levels.append(round(1.07 * high, digits))
    return tuple(float(level) for level in np.unique(np.round(levels, 6)) if level > 0)


def radiosurgery_levels_gy(zones_gy: Sequence[float], maximum_gy: float) -> tuple[float, ...]:
    """Choose levels for a plan whose dose rises far beyond what is prescribed: 12 Gy, the zones' doses, and beyond.

    Thirds of 12 Gy below it (V12 is what radiosurgery is judged by), the doses prescribed, and thirds of the way from
    the highest of them to the largest dose.

    Parameters
    ----------
    zones_gy : sequence of float
        Prescribed dose of each zone.
    maximum_gy : float
        Largest dose.

    Examples
    --------
    >>> radiosurgery_levels_gy([18.0, 16.5, 15.0], 36.0)
    (4.0, 8.0, 12.0, 15.0, 16.5, 18.0, 24.0, 30.0)
    """
    highest = max(zones_gy)
    beyond = [round(highest + share * (maximum_gy - highest)) for share in (1.0 / 3.0, 2.0 / 3.0)]
    levels = [4.0, 8.0, 12.0, *(round(dose_gy, 1) for dose_gy in zones_gy), *beyond]
    return tuple(float(level) for level in np.unique(levels))


def _round_step(step: float) -> float:
    scale = 10.0 ** np.floor(np.log10(step))
    return float(_ROUND_STEPS[np.searchsorted(_ROUND_STEPS, step / scale - 1e-6)] * scale)
