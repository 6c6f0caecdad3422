"""From voxels that are surely abnormal to a lesion's border, by a random walk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from impasto.core import Grid, Image
from impasto.core.arrays import BoolArray
from impasto.target.lesions.morphology import grown, meeting
from impasto.target.lesions.settings import LesionSettings
from impasto.target.random_walker import RandomWalkerSettings, edge_contrast_from_noise, random_walker

__all__ = ["grow_lesion"]

_SURELY_NORMAL = 0.2


def grow_lesion(
    signal: NDArray[np.float32],
    sure: BoolArray,
    within: BoolArray,
    faint_border: float,
    grid: Grid,
    settings: LesionSettings,
) -> NDArray[np.float32]:
    """Probability that a voxel belongs to the lesion that holds sure voxels.

    The border lies where the signal is `settings.border_level` of the lesion's typical signal, or
    at `faint_border` where that is less, unless an edge nearby draws it. Voxels below a fifth of that, or out of reach,
    are normal.

    Parameters
    ----------
    signal : ndarray, shape of the grid
        0 in normal tissue, positive in the lesion.
    sure : ndarray of bool
        Not empty.
    within : ndarray of bool
        Where the lesion may be.
    faint_border : float
        Signal from which faint parts belong to a lesion that is bright elsewhere.
    grid : Grid
    settings : LesionSettings

    Returns
    -------
    ndarray of float32
        0 where no sure voxel is connected to.
    """
    level = float(np.median(signal[sure]))
    reached = grown(sure, settings.reach_mm, grid.spacing_mm) & within
    border = min(settings.border_level * level, faint_border)
    normal = reached & (signal < _SURELY_NORMAL * border) & ~sure
    edge = float(np.clip(edge_contrast_from_noise(signal, reached), 0.5 * border, border))
    # as far above the border as normal brain is below it, the odds are 50 to 1
    prior = expit(4.0 * (signal - border) / border)
    walk = RandomWalkerSettings((edge,), settings.prior_weight)
    image = Image(signal, grid, "signal", "1")
    found = random_walker([image], sure & reached, normal, walk, reached, prior).data
    return np.where(meeting(found > 0.5, sure), found, np.minimum(found, np.float32(0.5)))
