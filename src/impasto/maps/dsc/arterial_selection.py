"""Voxels of a series that show the arterial input: high, early and narrow curves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dsc.bolus_timing import BolusTiming
from impasto.maps.dsc.curve_noise import baseline_noise
from impasto.maps.dsc.leakage_correction import trapezoid_weights

__all__ = ["CurveShape", "arterial_voxels", "curve_shape"]

_HIGHEST_SHARE = 0.02
_LEAST_CONTRAST_TO_NOISE = 10.0


@dataclass(frozen=True, eq=False)
class CurveShape:
    """Features that tell arteries from tissue.

    Parameters
    ----------
    height_per_s : ndarray, shape (voxel,)
        Largest change of R2*.
    first_moment_s : ndarray, shape (voxel,)
        Centre of gravity of the first pass: the smaller, the earlier and narrower.
    roughness : ndarray, shape (voxel,)
        Sum of absolute second differences over the height.
    contrast_to_noise : ndarray, shape (voxel,)
        Height over the noise before the bolus.
    is_floored : ndarray of bool, shape (voxel,)
        Signal at the peak within three standard deviations of zero: the height is a guess.
    """

    height_per_s: FloatArray
    first_moment_s: FloatArray
    roughness: FloatArray
    contrast_to_noise: FloatArray
    is_floored: BoolArray

    @classmethod
    def joined(cls, parts: Iterable[CurveShape]) -> CurveShape:
        """Put blocks of voxels behind each other."""
        rows = [(p.height_per_s, p.first_moment_s, p.roughness, p.contrast_to_noise, p.is_floored) for p in parts]
        height, moment, roughness, contrast, floored = (np.concatenate(column) for column in zip(*rows, strict=True))
        return cls(height, moment, roughness, contrast, floored)


def curve_shape(delta_r2star_per_s: FloatArray, timing: BolusTiming, echo_time_s: float) -> CurveShape:
    """Measure curves over the first pass, shape (voxel, time).

    Without a known end of the first pass it is taken as long after the peak as three times the rise.
    """
    end = timing.first_pass_end_s or timing.peak_s + 3.0 * (timing.peak_s - timing.arrival_s)
    start = timing.times_s[timing.baseline][-1]
    area = trapezoid_weights(timing.times_s, start, end)
    positive = np.maximum(delta_r2star_per_s, 0.0)
    total = positive @ area
    moment = (positive @ (area * timing.times_s)) / np.where(total > 0.0, total, 1.0)
    height = delta_r2star_per_s.max(axis=1)
    noise = baseline_noise(delta_r2star_per_s, timing.quiet, echo_time_s)
    during = (timing.times_s >= start) & (timing.times_s <= end)
    bending = np.abs(np.diff(delta_r2star_per_s[:, during], n=2, axis=1)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        roughness = bending / height
        contrast = height / noise
        # the noise of ln S is that of S over S, so this is three of them at the lowest signal
        floored = noise * echo_time_s * np.exp(np.minimum(height * echo_time_s, 50.0)) > 1.0 / 3.0
    return CurveShape(height, np.where(total > 0.0, moment, np.inf), roughness, contrast, floored)


def arterial_voxels(shape: CurveShape, count: int = 20) -> BoolArray:
    """Pick the voxels whose mean is the arterial input.

    Of the voxels with ten times the noise and a signal above it at the peak: the highest 2 % (at least ten times
    `count`), of these twice `count` that are earliest and narrowest by their first moment, of these the smoothest
    (criteria as Rijpkema 2001 and Mouridsen 2006, here without chance). Smoothness comes last, for a narrow bolus
    bends more than a broad one.

    Parameters
    ----------
    shape : CurveShape
    count : int

    Returns
    -------
    ndarray of bool, shape (voxel,)

    Raises
    ------
    ImpastoError
        When too few voxels qualify.
    """
    fit = (shape.contrast_to_noise >= _LEAST_CONTRAST_TO_NOISE) & ~shape.is_floored & np.isfinite(shape.roughness)
    if fit.sum() < count:
        problem = f"{int(fit.sum())} of the {count} voxels asked for rise ten times above the noise"
        raise ImpastoError("arterial input", problem, "draw a region in an artery")
    chosen = np.flatnonzero(fit)
    keep = max(int(_HIGHEST_SHARE * len(chosen)), 10 * count)
    chosen = chosen[np.argsort(-shape.height_per_s[chosen], kind="stable")[:keep]]
    chosen = chosen[np.argsort(shape.first_moment_s[chosen], kind="stable")[: 2 * count]]
    chosen = chosen[np.argsort(shape.roughness[chosen], kind="stable")[:count]]
    picked = np.zeros(len(fit), dtype=bool)
    picked[chosen] = True
    return picked
