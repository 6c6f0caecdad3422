"""From voxels that are surely abnormal to a lesion's border, by a random walk.

The border of a blurred step lies where the signal is halfway between its sides. The lesion's side is its signal away
from its edge, where voxels are partly normal; the other side is the brighter part of normal brain, for oedema
mostly ends at grey matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from impasto.core import Grid, Image
from impasto.core.arrays import BoolArray
from impasto.target.lesions.morphology import grown, meeting, shrunk_by
from impasto.target.lesions.settings import LesionSettings
from impasto.target.random_walker import RandomWalkerSettings, edge_contrast_from_noise, random_walker

__all__ = ["Border", "deep_level", "grow_lesion"]

_SURELY = 0.8
_EDGE_MM = 2.0
_LEAST_DEEP_SHARE = 0.05

_Field = NDArray[np.float32]


@dataclass(frozen=True)
class Border:
    """Signal at a lesion's border, and of the normal tissue beyond it."""

    level: float
    normal: float

    @classmethod
    def between(cls, normal: float, lesion: float, share: float, highest: float = np.inf) -> Border:
        """Put the border at a share of the way from normal tissue to the lesion, but no higher than said."""
        normal = min(normal, 0.5 * lesion)
        return cls(min(normal + share * (lesion - normal), highest), normal)


def grow_lesion(
    signal: _Field, sure: BoolArray, within: BoolArray, border: Border, grid: Grid, settings: LesionSettings
) -> _Field:
    """Probability that a voxel belongs to the lesion that holds sure voxels.

    The border lies where the signal is that of the border, unless an edge nearby draws it. Voxels with less than a
    fifth of the way from normal tissue to the border, or out of reach, are normal; sure voxels as far above it are
    lesion: uneven seeds would draw the walk across.

    Parameters
    ----------
    signal : ndarray, shape of the grid
        About 0 in normal tissue, positive in the lesion.
    sure : ndarray of bool
        Not empty.
    within : ndarray of bool
        Where the lesion may be.
    border : Border
    grid : Grid
    settings : LesionSettings

    Returns
    -------
    ndarray of float32
        0 where no sure voxel is connected to.
    """
    reached = grown(sure, settings.reach_mm, grid.spacing_mm) & within
    # 0 at the border, -1 in normal tissue
    above = (signal - np.float32(border.level)) / np.float32(border.level - border.normal)
    normal = reached & (above < -_SURELY) & ~sure
    abnormal = sure & reached & (above > min(_SURELY, float(np.median(above[sure]))))
    edge = float(np.clip(edge_contrast_from_noise(signal, reached), 0.5 * border.level, border.level))
    # as far above the border as normal brain is below it, the odds are 50 to 1
    prior = expit(4.0 * above)
    walk = RandomWalkerSettings((edge,), settings.prior_weight)
    found = random_walker([Image(signal, grid, "signal", "1")], abnormal, normal, walk, reached, prior).data
    return np.where(meeting(found > 0.5, sure), found, np.minimum(found, np.float32(0.5)))


def deep_level(signal: _Field, sure: BoolArray, grid: Grid) -> float:
    """Typical signal of a lesion away from its edge, or of all of it where it is thin."""
    deep = shrunk_by(sure, _EDGE_MM, grid.spacing_mm)
    is_thick = np.count_nonzero(deep) > _LEAST_DEEP_SHARE * np.count_nonzero(sure)
    return float(np.median(signal[deep if is_thick else sure]))
