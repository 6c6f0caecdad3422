"""What can be read off a printed survival figure: points of the curve and the numbers at risk below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray, IntArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["AtRisk", "DigitisedCurve"]


@dataclass(frozen=True, eq=False)
class DigitisedCurve:
    """Points of one arm's curve, cleaned: ascending in time from (0, 1), never rising.

    Parameters
    ----------
    time, survival : array_like, shape (point,)
        As digitised, in any order. Where several points have one time the lowest counts.
    largest_rise : float
        By how much survival rose at most before it was held down: a measure of how well it was digitised.

    Raises
    ------
    ImpastoError
        When points are missing or survival is not a share.

    Examples
    --------
    >>> DigitisedCurve([2.0, 5.0, 5.0], [0.9, 0.9, 0.7]).survival.tolist()
    [1.0, 0.9, 0.7]
    """

    time: FloatArray
    survival: FloatArray
    largest_rise: float

    def __init__(self, time: ArrayLike, survival: ArrayLike) -> None:
        times, shares = np.asarray(time, dtype=np.float64), np.asarray(survival, dtype=np.float64)
        if times.ndim != 1 or times.shape != shares.shape or not times.size:
            problem = f"{times.size} times and {shares.size} values of survival"
            raise ImpastoError("digitised curve", problem, "give one of each for every point")
        if not (np.isfinite(times).all() and np.isfinite(shares).all()) or (times < 0.0).any():
            raise ImpastoError("digitised curve", "a point is missing or lies before 0", "digitise it again")
        if shares.max() > 1.02 or shares.min() < -0.02:
            problem = f"survival runs from {shares.min():g} to {shares.max():g}"
            raise ImpastoError("digitised curve", problem, "give it as a share between 0 and 1, not in percent")
        order = np.lexsort((-shares, times))
        times, shares = np.append(0.0, times[order]), np.append(1.0, np.clip(shares[order], 0.0, 1.0))
        held = np.minimum.accumulate(shares)
        last = np.append(np.diff(times) > 0.0, True)
        object.__setattr__(self, "time", read_only(times[last]))
        object.__setattr__(self, "survival", read_only(held[last]))
        object.__setattr__(self, "largest_rise", float((shares - held).max()))

    def at(self, time: ArrayLike) -> FloatArray:
        """Survival at given times, as a step function."""
        place = np.searchsorted(self.time, np.asarray(time, dtype=np.float64), side="right") - 1
        found: FloatArray = self.survival[np.maximum(place, 0)]
        return found

    def median(self) -> float:
        """First time at which half or fewer survive; infinite where that is not reached."""
        below = np.flatnonzero(self.survival <= 0.5)
        return float(self.time[below[0]]) if below.size else float("inf")


@dataclass(frozen=True, eq=False)
class AtRisk:
    """Numbers at risk printed below a curve, and what else the paper says of the arm.

    Parameters
    ----------
    time : array_like, shape (entry,)
        From 0, ascending.
    number : array_like of int, shape (entry,)
    events : int, optional
        In all, where the paper prints them.

    Raises
    ------
    ImpastoError
        When the table does not start at 0 or a number rises.
    """

    time: FloatArray
    number: IntArray
    events: int | None = None

    def __init__(self, time: ArrayLike, number: ArrayLike, events: int | None = None) -> None:
        times, numbers = np.asarray(time, dtype=np.float64), np.asarray(number, dtype=np.int64)
        if times.ndim != 1 or times.shape != numbers.shape or not times.size or times[0] != 0.0:
            raise ImpastoError("numbers at risk", "the table does not start at time 0", "give the number there as well")
        if (np.diff(times) <= 0.0).any() or (np.diff(numbers) > 0).any() or numbers.min() < 0:
            problem = "times do not ascend, or a number rises"
            raise ImpastoError("numbers at risk", problem, "compare them with the figure")
        if events is not None and not 0 <= events <= numbers[0]:
            raise ImpastoError("events", f"{events} among {numbers[0]} patients", "compare them with the paper")
        object.__setattr__(self, "time", read_only(times))
        object.__setattr__(self, "number", read_only(numbers))
        object.__setattr__(self, "events", events)
