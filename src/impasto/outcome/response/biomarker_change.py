"""Change of a biomarker between two dates, and whether its dependence on the baseline means anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import pearsonr

from impasto.core import Image, ImpastoError
from impasto.core.arrays import BoolArray, FloatArray

__all__ = ["BaselineCoupling", "PercentChange", "ZoneChange", "baseline_coupling", "percent_change", "zone_changes"]

_STRONG = 0.05
_MOST_DRAWS_AT_ONCE = 2000


@dataclass(frozen=True)
class PercentChange:
    """Relative change of paired values, in percent.

    Parameters
    ----------
    median, low, high : float
        Median and quartiles (linear between order statistics).
    pairs : int
    left_out : int
        Pairs whose first value is 0 or that lack a value: they have no relative change.
    """

    median: float
    low: float
    high: float
    pairs: int
    left_out: int


@dataclass(frozen=True)
class BaselineCoupling:
    """How a change depends on the value that it starts from.

    Parameters
    ----------
    correlation, p_value : float
        Pearson correlation of after minus before with before.
    oldham_correlation, oldham_p_value : float
        Of the change with the mean of both (Oldham 1962): near 0 where the spread did not change.
    null_correlation : float
        Mean correlation of change with before when the after values are dealt out at random: what coupling alone gives.
    null_share : float
        Share of random deals with a correlation as negative or more.
    draws : int
    pairs : int
    """

    correlation: float
    p_value: float
    oldham_correlation: float
    oldham_p_value: float
    null_correlation: float
    null_share: float
    draws: int
    pairs: int

    @property
    def is_coupled(self) -> bool:
        """Whether the correlation with the baseline would be called significant (two-sided p < 0.05)."""
        return self.p_value < _STRONG

    def warning(self) -> str:
        """Say what the correlation is worth; empty where change and baseline are not correlated."""
        if not self.is_coupled:
            return ""
        return (
            f"Change against baseline, Pearson r = {self.correlation:.3f} (p = {self.p_value:.4f}, n = {self.pairs}), "
            "is mathematically coupled: the baseline is part of the change. Dealing the later values out at random "
            f"gives r = {self.null_correlation:.3f} on average, and as low as observed in "
            f"{100.0 * self.null_share:.0f} % of {self.draws} deals. Against the mean of both (Oldham 1962) "
            f"r = {self.oldham_correlation:.3f}, p = {self.oldham_p_value:.3f}."
        )


@dataclass(frozen=True)
class ZoneChange:
    """Change of a map in one zone.

    Parameters
    ----------
    zone : str
    before, after : float
        Medians over the zone's voxels.
    of_medians_percent : float
        Relative change of the median; NaN where it was 0.
    voxels : PercentChange
        Voxel by voxel. Voxels of one patient are no independent samples: there is no test.
    """

    zone: str
    before: float
    after: float
    of_medians_percent: float
    voxels: PercentChange


def percent_change(before: ArrayLike, after: ArrayLike) -> PercentChange:
    """Summarise the relative change of paired values.

    Raises
    ------
    ImpastoError
        When the values are not paired, or no pair has a relative change.

    Examples
    --------
    >>> percent_change([2.0, 4.0, 5.0], [1.0, 3.0, 5.0]).median
    -25.0
    """
    first, second = _paired(before, after)
    known = np.isfinite(first) & np.isfinite(second) & (first != 0.0)
    if not known.any():
        raise ImpastoError("percent change", "no pair has a first value other than 0", "compare differences instead")
    change = 100.0 * (second[known] / first[known] - 1.0)
    low, median, high = np.quantile(change, [0.25, 0.5, 0.75])
    return PercentChange(float(median), float(low), float(high), int(known.sum()), int((~known).sum()))


def baseline_coupling(before: ArrayLike, after: ArrayLike, draws: int = 20_000, seed: int = 1) -> BaselineCoupling:
    """Correlate change with baseline, and show how much of it is arithmetic.

    Parameters
    ----------
    before, after : array_like, shape (patient,)
    draws : int
        Random deals of the later values.
    seed : int

    Raises
    ------
    ImpastoError
        When there are fewer than four pairs, a value is not finite, or nothing varies.
    """
    first, second = _paired(before, after)
    if len(first) < 4 or not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ImpastoError("change against baseline", "fewer than four pairs, or values missing", "give complete pairs")
    change = second - first
    if min(np.ptp(first), np.ptp(change), np.ptp(first + second)) == 0.0:
        raise ImpastoError("change against baseline", "the values do not vary", "there is nothing to correlate")
    raw, oldham = pearsonr(first, change), pearsonr(0.5 * (first + second), change)
    null = _null_correlations(first, second, draws, np.random.default_rng(seed))
    return BaselineCoupling(
        float(raw.statistic), float(raw.pvalue), float(oldham.statistic), float(oldham.pvalue),
        float(null.mean()), float(np.mean(null <= raw.statistic + 1e-12)), draws, len(first),
    )  # fmt: skip


def zone_changes(before: Image, after: Image, zones: Mapping[str, BoolArray]) -> tuple[ZoneChange, ...]:
    """Compare two maps of one grid zone by zone, for example the escalated voxels and the others.

    Parameters
    ----------
    before, after : Image
        The same quantity, the later one brought onto the grid of the first.
    zones : mapping of str to ndarray of bool

    Raises
    ------
    ImpastoError
        When quantity, unit or grid differ, or a zone has no voxel with a value.
    """
    if (before.quantity, before.unit) != (after.quantity, after.unit):
        problem = f"{before.quantity} [{before.unit}] against {after.quantity} [{after.unit}]"
        raise ImpastoError("change of a map", problem, "compare maps of one quantity and unit")
    if not before.grid.matches(after.grid, tolerance_mm=0.05):
        raise ImpastoError("change of a map", "the maps lie on different grids", "resample the later one on the first")
    return tuple(_zone_change(name, before, after, mask) for name, mask in zones.items())


def _zone_change(name: str, before: Image, after: Image, mask: BoolArray) -> ZoneChange:
    known = mask & np.isfinite(before.data) & np.isfinite(after.data)
    if not known.any():
        raise ImpastoError(name, "no voxel has a value at both dates", "check the zone and the maps")
    first, second = before.data[known].astype(np.float64), after.data[known].astype(np.float64)
    medians = float(np.median(first)), float(np.median(second))
    of_medians = 100.0 * (medians[1] / medians[0] - 1.0) if medians[0] != 0.0 else float("nan")
    return ZoneChange(name, *medians, of_medians, percent_change(first, second))


def _paired(before: ArrayLike, after: ArrayLike) -> tuple[FloatArray, FloatArray]:
    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ImpastoError("paired values", f"shapes {first.shape} and {second.shape}", "give one pair a patient")
    return first, second


def _null_correlations(first: FloatArray, second: FloatArray, draws: int, generator: np.random.Generator) -> FloatArray:
    """Correlate first with (dealt second minus first), deal by deal."""
    centred = first - first.mean()
    found = np.empty(draws)
    for start in range(0, draws, _MOST_DRAWS_AT_ONCE):
        count = min(_MOST_DRAWS_AT_ONCE, draws - start)
        change = generator.permuted(np.tile(second, (count, 1)), axis=1) - first
        change -= change.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.sum(change**2, axis=1) * np.sum(centred**2))
        # a deal that leaves no spread of change has no correlation
        found[start : start + count] = np.divide(change @ centred, spread, out=np.zeros(count), where=spread > 0.0)
    return found
