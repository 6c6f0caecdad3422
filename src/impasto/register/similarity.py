"""How much one image tells of another."""

from __future__ import annotations

import numpy as np

from impasto.core import Transform
from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.resample import sample_linear
from impasto.register.level import LevelImage

__all__ = ["level_mutual_information", "mutual_information"]


def mutual_information(first: RealArray, second: RealArray, bins: int = 32) -> float:
    """Mutual information of paired intensities in nats, from their joint histogram (Viola 1995, Maes 1997).

    Parameters
    ----------
    first, second : ndarray, same shape
        Intensities at the same places; those that are NaN in either are left out.
    bins : int
        Of equal width, between the lowest and the highest intensity.

    Returns
    -------
    float
        0 for independent intensities, and where none are left; an image and itself have their entropy.

    Examples
    --------
    >>> coin = np.arange(1000) % 2
    >>> round(mutual_information(coin, 1 - coin), 4)
    0.6931
    """
    known = np.isfinite(first) & np.isfinite(second)
    if not known.any():
        return 0.0
    index = _bin(first[known], bins) * bins + _bin(second[known], bins)
    joint = np.bincount(index, minlength=bins * bins).reshape(bins, bins) / index.size
    independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    filled = joint > 0.0
    return float(np.sum(joint[filled] * np.log(joint[filled] / independent[filled])))


def level_mutual_information(fixed: LevelImage, moving: LevelImage, transform: Transform, bins: int = 32) -> float:
    """Mutual information at the fixed voxels; where the moving image does not reach it counts as its lowest value.

    So a transform gains nothing by moving what does not fit out of the picture.
    """
    return mutual_information(*_pairs(fixed, moving, transform, float(moving.values.min())), bins)


def _pairs(fixed: LevelImage, moving: LevelImage, transform: Transform, outside: float) -> tuple[RealArray, FloatArray]:
    where: BoolArray = np.ones(fixed.grid.shape, dtype=bool) if fixed.region is None else fixed.region
    points = transform.moving_from_fixed(fixed.grid.world_from_index(np.argwhere(where)))
    return fixed.values[where], sample_linear(moving.values, moving.grid, points, outside)


def _bin(values: RealArray, bins: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    low, high = float(values.min()), float(values.max())
    share = (values - low) / max(high - low, 1e-30)
    return np.minimum((share * bins).astype(np.int64), bins - 1)
