"""Patient data from a published curve, by the algorithm of Guyot, Ades, Ouwens and Welton (2012)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.published_curves.digitised import AtRisk, DigitisedCurve
from impasto.outcome.survival import FollowUp, SurvivalCurve, kaplan_meier

__all__ = ["Reconstruction", "ReconstructionError", "reconstruct"]


@dataclass(frozen=True, eq=False)
class ReconstructionError:
    """How far reconstructed data are from what was printed.

    Parameters
    ----------
    mean_absolute, root_mean_square, largest : float
        Of survival over the digitised points.
    digitised_median, reconstructed_median : float
    at_risk_time : ndarray, shape (entry,)
    at_risk_printed, at_risk_reconstructed : ndarray of int, shape (entry,)
    events_printed : int or None
    events_reconstructed : int
    largest_rise : float
        Of the digitised curve before it was cleaned.
    """

    mean_absolute: float
    root_mean_square: float
    largest: float
    digitised_median: float
    reconstructed_median: float
    at_risk_time: FloatArray
    at_risk_printed: IntArray
    at_risk_reconstructed: IntArray
    events_printed: int | None
    events_reconstructed: int
    largest_rise: float


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Reconstructed patients, their curve, and how well both agree with the figure."""

    follow_up: FollowUp
    curve: SurvivalCurve
    error: ReconstructionError


@dataclass(frozen=True, eq=False)
class _Interval:
    """Events and censored patients at the points of one interval of the table."""

    events: IntArray
    censored: IntArray
    left: int
    survival: float


def reconstruct(curve: DigitisedCurve, at_risk: AtRisk, time_unit: str = "months") -> Reconstruction:
    """Find times and events of patients whose curve and numbers at risk are those printed.

    In each interval of the table the number censored is sought with which the events that the curve's drops mean
    leave the next number at risk; the censored are spread evenly. After the last entry the printed total of events
    decides or, where there is none, censoring goes on at the rate before.

    Parameters
    ----------
    curve : DigitisedCurve
    at_risk : AtRisk
    time_unit : str

    Returns
    -------
    Reconstruction
        Events lie at digitised times, so the data are as exact as the figure was digitised.

    Raises
    ------
    ImpastoError
        When the curve ends before the table's second entry.
    """
    used = at_risk.time <= curve.time[-1]
    times, numbers = at_risk.time[used], at_risk.number[used]
    if len(at_risk.time) > 1 and len(times) < 2:
        problem = f"the curve ends at {curve.time[-1]:g}, before {at_risk.time[1]:g}"
        raise ImpastoError("digitised curve", problem, "digitise it to its end")
    bounds = np.append(np.searchsorted(curve.time, times, side="left"), len(curve.time))
    events = np.zeros(len(curve.time), dtype=np.int64)
    censored = np.zeros(len(curve.time), dtype=np.int64)
    survival, left = 1.0, int(numbers[0])
    for place in range(len(times)):
        points = slice(int(bounds[place]), int(bounds[place + 1]))
        start = int(numbers[place])
        if place + 1 < len(times):
            found = _between_entries(curve, points, (start, int(numbers[place + 1])), float(times[place + 1]), survival)
        else:
            known = (int(events.sum()), int(censored.sum()))
            found = _after_last_entry(curve, points, start, survival, known, at_risk.events)
        events[points], censored[points] = found.events, found.censored
        survival, left = found.survival, found.left
    follow_up = _patients(curve, events, censored, left, time_unit)
    fitted = kaplan_meier(follow_up)
    return Reconstruction(follow_up, fitted, _error(curve, at_risk, follow_up, fitted))


def _between_entries(
    curve: DigitisedCurve, points: slice, numbers: tuple[int, int], end: float, survival: float
) -> _Interval:
    """Try numbers censored, the likeliest first, until the next number at risk comes out."""
    if points.start == points.stop:
        return _Interval(np.zeros(0, np.int64), np.zeros(0, np.int64), numbers[1], survival)
    ratio = curve.at(end) / survival if survival > 0.0 else 0.0
    guess = int(np.clip(round(float(numbers[0] * ratio)) - numbers[1], 0, numbers[0]))
    best: _Interval | None = None
    for count in sorted(range(numbers[0] - numbers[1] + 1), key=lambda tried: abs(tried - guess)):
        tried = _interval(curve, points, (numbers[0], count), end, survival)
        if best is None or abs(tried.left - numbers[1]) < abs(best.left - numbers[1]):
            best = tried
        if best.left == numbers[1]:
            break
    assert best is not None
    return best


def _after_last_entry(
    curve: DigitisedCurve, points: slice, start: int, survival: float, known: tuple[int, int], wanted: int | None
) -> _Interval:
    """Let the printed events decide how many were censored; without them go on at the rate before."""
    end = float(curve.time[-1])
    if wanted is None:
        passed = float(curve.time[points.start])
        rate = known[1] / passed if passed > 0.0 else 0.0
        return _interval(curve, points, (start, min(round(rate * (end - passed)), start)), end, survival)
    best = _interval(curve, points, (start, 0), end, survival)
    for count in range(1, start + 1):
        missing = abs(known[0] + int(best.events.sum()) - wanted)
        if missing == 0:
            break
        tried = _interval(curve, points, (start, count), end, survival)
        if abs(known[0] + int(tried.events.sum()) - wanted) < missing:
            best = tried
    return best


def _interval(
    curve: DigitisedCurve, points: slice, start_and_censored: tuple[int, int], end: float, survival: float
) -> _Interval:
    """Turn the drops of the curve into events, with so many censored spread evenly over the interval."""
    time, shares = curve.time[points], curve.survival[points]
    at_risk, count = start_and_censored
    when = time[0] + (end - time[0]) * np.arange(1, count + 1) / (count + 1)
    censored = np.bincount(np.searchsorted(time, when, side="right") - 1, minlength=len(time)).astype(np.int64)
    events = np.zeros(len(time), dtype=np.int64)
    for point, share in enumerate(shares.tolist()):
        if at_risk <= 0:
            censored[point] = 0
            continue
        if survival > 0.0:
            events[point] = min(max(round(at_risk * (1.0 - share / survival)), 0), at_risk)
            survival *= 1.0 - events[point] / at_risk
        at_risk -= int(events[point])
        censored[point] = min(int(censored[point]), at_risk)
        at_risk -= int(censored[point])
    return _Interval(events, censored, at_risk, survival)


def _patients(curve: DigitisedCurve, events: IntArray, censored: IntArray, left: int, time_unit: str) -> FollowUp:
    """Events at their points, the censored half way to the next, those left at the end."""
    following = np.append(curve.time[1:], curve.time[-1])
    times = [
        np.repeat(curve.time, events),
        np.repeat(0.5 * (curve.time + following), censored),
        np.full(max(left, 0), curve.time[-1]),
    ]
    flags = np.repeat([True, False], [int(events.sum()), int(censored.sum()) + max(left, 0)])
    return FollowUp(np.concatenate(times), flags, time_unit)


def _error(curve: DigitisedCurve, at_risk: AtRisk, follow_up: FollowUp, fitted: SurvivalCurve) -> ReconstructionError:
    reached = np.append(1.0, fitted.survival)[np.searchsorted(fitted.time, curve.time, side="right")]
    difference = reached - curve.survival
    return ReconstructionError(
        float(np.abs(difference).mean()), float(np.sqrt((difference**2).mean())), float(np.abs(difference).max()),
        curve.median(), fitted.median().time, at_risk.time, at_risk.number, fitted.at_risk_at(at_risk.time),
        at_risk.events, follow_up.events, curve.largest_rise,
    )  # fmt: skip
