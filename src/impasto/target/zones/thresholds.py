"""What "raised" means in a patient: a criterion's threshold in the map's unit, read from reference tissue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray, RealArray
from impasto.target.zones.rule import Criterion, Direction, RaisedBy

__all__ = ["Threshold", "criterion_margin", "read_threshold"]

_FEWEST_VOXELS = 3


@dataclass(frozen=True)
class Threshold:
    """A criterion's threshold as it holds in one patient.

    Parameters
    ----------
    value, standard_error : float
        Of the map, or of the ratio, times the criterion's factor.
    reference_mean, reference_spread : float, optional
        Mean and standard deviation of the reference tissue's voxels; none where they were not asked.
    reference_voxels : float
        How many independent voxels they rest on.
    """

    value: float
    standard_error: float = 0.0
    reference_mean: float | None = None
    reference_spread: float | None = None
    reference_voxels: float = 0.0


def read_threshold(
    criterion: Criterion,
    values: RealArray | None = None,
    share: RealArray | None = None,
    correlated_voxels: float = 1.0,
    least_share: float = 0.5,
) -> Threshold:
    """Turn a criterion's threshold into the map's unit.

    The standard error is that of the mean, of mean plus `threshold` standard deviations, or of a quantile of as many
    Normal values as there are independent voxels of reference tissue.

    Parameters
    ----------
    criterion : Criterion
    values : ndarray, optional
        The map, or the ratio, times the criterion's factor; NaN where there is none. Not needed for a threshold in the
        map's own unit.
    share : ndarray, as `values`, optional
        Share of each voxel that is reference tissue: contralateral normal-appearing white matter.
    correlated_voxels : float
        Voxels that share one value: 1 for independent ones.
    least_share : float
        Voxels with a smaller share do not count.

    Returns
    -------
    Threshold

    Raises
    ------
    ImpastoError
        When reference tissue is needed and too few voxels of it have a value, or its mean is not positive where a
        multiple of it is asked.
    """
    if criterion.raised_by is RaisedBy.VALUE:
        return Threshold(criterion.threshold)
    if values is None or share is None:
        problem = f"is raised by {criterion.raised_by}, and there is no reference tissue"
        raise ImpastoError(criterion.name, problem, "draw contralateral white matter, or find it with: impasto anatomy")
    chosen = np.isfinite(values) & (np.asarray(share) >= least_share)
    weight = np.asarray(share, dtype=np.float64)[chosen]
    voxels = float(weight.sum() ** 2 / (weight**2).sum()) if chosen.any() else 0.0
    if voxels < _FEWEST_VOXELS:
        problem = f"{int(chosen.sum())} voxels with a value hold {least_share:g} or more of reference tissue"
        raise ImpastoError(criterion.name, problem, "draw a larger reference region or ask for a smaller share")
    inside = np.asarray(values, dtype=np.float64)[chosen]
    mean = float(np.average(inside, weights=weight))
    spread = float(np.sqrt(np.average((inside - mean) ** 2, weights=weight) * voxels / (voxels - 1.0)))
    independent = max(voxels / correlated_voxels, 1.0)
    value, error = _in_unit(criterion, inside, weight, (mean, spread))
    return Threshold(value, error * spread / np.sqrt(independent), mean, spread, independent)


def _in_unit(
    criterion: Criterion, values: FloatArray, weight: FloatArray, moments: tuple[float, float]
) -> tuple[float, float]:
    """Threshold, and its standard error over that of a mean."""
    (mean, spread), asked = moments, criterion.threshold
    if criterion.raised_by is RaisedBy.RATIO:
        if not mean > 0.0:
            raise ImpastoError(criterion.name, f"its mean in reference tissue is {mean:g}", "raise it by z-score")
        return asked * mean, asked
    if criterion.raised_by is RaisedBy.Z_SCORE:
        sign = 1.0 if criterion.direction is Direction.ABOVE else -1.0
        return mean + sign * asked * spread, float(np.sqrt(1.0 + asked**2 / 2.0))
    order = np.argsort(values)
    rank = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    share = asked / 100.0
    density = np.exp(-0.5 * ndtri(share) ** 2) / np.sqrt(2.0 * np.pi)
    return float(np.interp(share, rank, values[order])), float(np.sqrt(share * (1.0 - share)) / density)


def criterion_margin(
    criterion: Criterion, threshold: float | FloatArray, value: RealArray, over: RealArray | None = None
) -> RealArray:
    """How far beyond its threshold a criterion is: met where not negative, in the unit of `value`.

    ``f a - t b``, with `b` one where the criterion has no denominator; the sign turned where low values meet it.

    Parameters
    ----------
    criterion : Criterion
    threshold : float or ndarray
        In the map's unit (:attr:`Threshold.value`), or one that broadcasts with the maps.
    value : ndarray
        Map of :attr:`Criterion.map`.
    over : ndarray, optional
        Map of :attr:`Criterion.over`.

    Returns
    -------
    ndarray
    """
    beyond: RealArray = criterion.factor * value - threshold * (1.0 if over is None else over)
    return beyond if criterion.direction is Direction.ABOVE else -beyond
