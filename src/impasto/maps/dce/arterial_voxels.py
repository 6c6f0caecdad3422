"""Voxels of a series that show arterial blood: high, early, sharp and smooth enhancement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError

__all__ = ["EnhancementShape", "arterial_voxels", "enhancement_shape"]

_LEAST_CONTRAST_TO_NOISE = 10.0
_HIGHEST_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class EnhancementShape:
    """Features that tell arteries from veins and tissue, shape (voxel,) all.

    Parameters
    ----------
    height : ndarray
        Largest enhancement over the baseline signal.
    half_rise_s : ndarray
        When half of it is first reached.
    sharpness : ndarray
        Height over the mean of the last third of the series: leaking tissue has about one.
    contrast_to_noise : ndarray
        Height over the noise, taken from second differences of the last third.
    """

    height: FloatArray
    half_rise_s: FloatArray
    sharpness: FloatArray
    contrast_to_noise: FloatArray

    @classmethod
    def joined(cls, parts: Iterable[EnhancementShape]) -> EnhancementShape:
        """Put blocks of voxels behind each other."""
        rows = [(p.height, p.half_rise_s, p.sharpness, p.contrast_to_noise) for p in parts]
        return cls(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def enhancement_shape(enhancement: RealArray, times_s: FloatArray) -> EnhancementShape:
    """Measure curves of relative enhancement, shape (voxel, time); a missing frame gives no height."""
    curves = np.nan_to_num(np.asarray(enhancement, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    soft = curves.copy()
    soft[:, 1:-1] = (curves[:, :-2] + curves[:, 1:-1] + curves[:, 2:]) / 3.0
    # a smoothed height: a single frame of noise or flow does not make an artery
    height = soft.max(axis=1)
    first = np.argmax(curves >= 0.5 * curves.max(axis=1, keepdims=True), axis=1)
    late = curves[:, -max(len(times_s) // 3, 4) :]
    noise = np.diff(late, n=2, axis=1).std(axis=1) / np.sqrt(6.0)
    level = np.maximum(late.mean(axis=1), 0.05 * height)
    with np.errstate(divide="ignore", invalid="ignore"):
        sharpness, contrast = height / level, height / noise
    whole = np.isfinite(np.asarray(enhancement)).all(axis=1) & (height > 0.0)
    return EnhancementShape(
        np.where(whole, height, 0.0),
        np.asarray(times_s)[first],
        np.where(whole, sharpness, 0.0),
        np.where(whole, np.nan_to_num(contrast, nan=0.0), 0.0),
    )


def arterial_voxels(shape: EnhancementShape, count: int = 20) -> BoolArray:
    """Pick the voxels whose mean signal is the arterial input.

    Of the voxels ten times above the noise the highest 2 % (at least ten times `count`); of these the ones that rank
    best in sum by height, by early rise and by sharpness.

    Parameters
    ----------
    shape : EnhancementShape
    count : int

    Returns
    -------
    ndarray of bool, shape (voxel,)

    Raises
    ------
    ImpastoError
        When too few voxels qualify.
    """
    fit = np.flatnonzero(shape.contrast_to_noise >= _LEAST_CONTRAST_TO_NOISE)
    if len(fit) < count:
        problem = f"{len(fit)} of the {count} voxels asked for rise ten times above the noise"
        raise ImpastoError("arterial input", problem, "draw a region in an artery, or take a population's input")
    keep = max(int(_HIGHEST_SHARE * len(fit)), 10 * count)
    high = fit[np.argsort(-shape.height[fit], kind="stable")[:keep]]
    ranks = [
        np.argsort(np.argsort(order[high], kind="stable"), kind="stable")
        for order in (-shape.height, shape.half_rise_s, -shape.sharpness)
    ]
    picked = np.zeros(len(shape.height), dtype=bool)
    picked[high[np.argsort(sum(ranks), kind="stable")[:count]]] = True
    return picked
