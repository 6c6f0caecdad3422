"""Blood volume and flow relative to contralateral normal-appearing white matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError

__all__ = ["RelativeValues", "over_white_matter"]


@dataclass(frozen=True, eq=False)
class RelativeValues:
    """Values over their mean in reference tissue.

    Parameters
    ----------
    values, standard_error : ndarray, shape (voxel,)
    reference_mean, reference_error : float
        In the values' own unit.
    reference_voxels : int
    """

    values: FloatArray
    standard_error: FloatArray
    reference_mean: float
    reference_error: float
    reference_voxels: int


def over_white_matter(
    values: FloatArray, standard_error: FloatArray, share: RealArray, usable: BoolArray, least_share: float = 0.5
) -> RelativeValues:
    """Divide by the mean over white matter, each of its voxels weighted with its share.

    Parameters
    ----------
    values, standard_error : ndarray, shape (voxel,)
    share : ndarray, shape (voxel,)
        Of each voxel that is contralateral normal-appearing white matter, 0 to 1; a mask counts as 0 and 1.
    usable : ndarray of bool, shape (voxel,)
    least_share : float
        Voxels with less do not count: their value is that of other tissue.

    Returns
    -------
    RelativeValues
        The error of the mean is in the standard error.

    Raises
    ------
    ImpastoError
        When fewer than two voxels count or their mean is not positive.

    Examples
    --------
    >>> found = over_white_matter(np.array([2.0, 2.0, 6.0]), np.zeros(3), np.array([1, 1, 0]), np.ones(3, dtype=bool))
    >>> found.values.tolist()
    [1.0, 1.0, 3.0]
    """
    share = np.asarray(share, dtype=np.float64)
    counts = usable & (share >= least_share) & np.isfinite(values) & np.isfinite(standard_error)
    if counts.sum() < 2:
        problem = f"{int(counts.sum())} voxels with a value hold a share of {least_share:g} or more"
        raise ImpastoError("white matter", problem, "draw a larger region within the brain")
    weight = np.where(counts, share, 0.0) / share[counts].sum()
    mean = float(weight[counts] @ values[counts])
    if not mean > 0.0:
        raise ImpastoError("white matter", f"its mean is {mean:g}", "draw the region in tissue with blood flow")
    mean_error = float(np.sqrt(np.square(weight[counts]) @ np.square(standard_error[counts])))
    relative = values / mean
    own = np.square(standard_error)
    variance = own - 2.0 * relative * np.where(counts, weight * own, 0.0) + np.square(relative * mean_error)
    error = np.sqrt(np.maximum(variance, 0.0)) / mean
    return RelativeValues(relative, error, mean, mean_error, int(counts.sum()))
