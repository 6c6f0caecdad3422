"""Which of several images of the same slice came first, and how many seconds lie between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.files.dicom.frame import Frame

__all__ = ["Times", "in_time_order", "moment_s", "past_midnight"]

_EPOCH = datetime(1970, 1, 1)
_DAY, _HALF_A_DAY = timedelta(days=1), timedelta(hours=12)
_Slices = Sequence[Sequence[Frame]]


@dataclass(frozen=True, eq=False)
class Times:
    """When the repetitions of a time series began.

    Parameters
    ----------
    seconds : ndarray, shape (time,)
        After the first, ascending; of each repetition, its earliest slice.
    ordered_by, clock : str
        The header element that ordered the repetitions, and the one that gave the seconds.
    """

    seconds: FloatArray
    ordered_by: str
    clock: str


def moment_s(frame: Frame) -> float | None:
    """When a frame was acquired, in seconds; only differences mean anything."""
    return None if frame.acquired is None else (frame.acquired - _EPOCH).total_seconds()


_ORDERS: tuple[tuple[str, Callable[[Frame], float | None]], ...] = (
    ("temporal position", lambda frame: frame.temporal_index),
    ("trigger time", lambda frame: frame.trigger_time_s),
    ("acquisition time", moment_s),
    ("private time since the series began", lambda frame: frame.elapsed_s),
    ("instance number", lambda frame: frame.instance_number if frame.is_single_shot else None),
)

_CLOCKS: tuple[tuple[str, Callable[[Frame], float | None]], ...] = (
    ("temporal position time offset", lambda frame: frame.time_offset_s),
    *_ORDERS[1:4],
)


def in_time_order(
    slices: _Slices, heights_mm: FloatArray, subject: str
) -> tuple[tuple[tuple[Frame, ...], ...], Times | None]:
    """Order the frames at every slice position in time.

    Temporal position goes before trigger time, and that before acquisition time: the first one that tells all frames
    of every slice apart orders them. Seconds come from the temporal position's time offset, trigger time, acquisition
    time, a private element, or the temporal resolution, whichever first grows from repetition to repetition; for
    echo-planar imaging, which takes a volume in one repetition time, that is the last resort, after the order of
    instance numbers. Acquisition times that pass midnight without a change of date are carried on.

    Parameters
    ----------
    slices : sequence of sequence of Frame
        The frames at each position.
    heights_mm : ndarray, shape (slice,)
        Positions along the normal, for messages.
    subject : str
        The series, for messages.

    Returns
    -------
    frames : tuple of tuple of Frame
        ``frames[k][t]``.
    times : Times or None
        None when there is one frame of each slice.

    Raises
    ------
    ImpastoError
        When a slice is there twice without a difference in time, when some repetitions lack slices, or when nothing
        tells how long they lie apart.
    """
    counts = np.array([len(frames) for frames in slices])
    if counts.max() == 1:
        return tuple(tuple(frames) for frames in slices), None
    usual = int(np.sort(counts)[(len(counts) - 1) // 2])
    slices = past_midnight(slices)
    for ordered_by, key in _ORDERS:
        if usual > 1 and all(_tells_apart(key, frames) for frames in slices):
            _require_same_count(counts, usual, heights_mm, subject)
            ordered = tuple(tuple(sorted(frames, key=lambda f: key(f) or 0.0)) for frames in slices)
            if ordered_by == "temporal position":
                _require_same_positions(ordered, heights_mm, subject)
            seconds, clock = _seconds(ordered, subject)
            return ordered, Times(seconds, ordered_by, clock)
    raise _doubled(slices, heights_mm, subject)


def past_midnight(slices: _Slices) -> _Slices:
    """Add a day to the acquisition times that a pause of half a day shows to lie after midnight."""
    acquired = sorted({frame.acquired for frames in slices for frame in frames if frame.acquired is not None})
    pauses = [after - before for before, after in pairwise(acquired)]
    if max(pauses, default=timedelta()) < _HALF_A_DAY:
        return slices
    evening = acquired[pauses.index(max(pauses)) + 1]
    if acquired[-1] - acquired[0] >= _DAY:
        return slices

    def carried(frame: Frame) -> Frame:
        after = frame.acquired is not None and frame.acquired < evening
        return replace(frame, acquired=frame.acquired + _DAY) if after and frame.acquired else frame

    return [[carried(frame) for frame in frames] for frames in slices]


def _doubled(slices: _Slices, heights_mm: FloatArray, subject: str) -> ImpastoError:
    doubled = [n for n, frames in enumerate(slices) if len(frames) > 1]
    names = [f.path.name + (f" frame {f.number + 1}" if f.number else "") for f in slices[doubled[0]]]
    height, count = heights_mm[doubled[0]], len(names)
    problem = f"the slice at {height:.2f} mm is there {count} times ({', '.join(sorted(names)[:4])})"
    problem += f", and {len(doubled) - 1} more are doubled" if len(doubled) > 1 else ""
    return ImpastoError(subject, problem, "remove the doubles: nothing in the headers says that they are a time series")


def _tells_apart(key: Callable[[Frame], float | None], frames: Sequence[Frame]) -> bool:
    values = [key(frame) for frame in frames]
    return None not in values and len(set(values)) == len(values)


def _require_same_count(counts: IntArray, usual: int, heights_mm: FloatArray, subject: str) -> None:
    odd = np.flatnonzero(counts != usual)
    if len(odd):
        where = ", ".join(f"{heights_mm[n]:.2f} mm ({counts[n]})" for n in odd[:4])
        problem = f"slices are there {usual} times, but not at {where}"
        raise ImpastoError(subject, problem, "export the series again with every slice of every time, once")


def _require_same_positions(ordered: _Slices, heights_mm: FloatArray, subject: str) -> None:
    first = [frame.temporal_index for frame in ordered[0]]
    for n, frames in enumerate(ordered):
        if [frame.temporal_index for frame in frames] != first:
            problem = (
                f"the slice at {heights_mm[n]:.2f} mm lacks some of the temporal positions {first[0]} to {first[-1]}"
            )
            raise ImpastoError(subject, problem, "export the series again with every slice of every time")


def _seconds(ordered: _Slices, subject: str) -> tuple[FloatArray, str]:
    for clock, read in _CLOCKS:
        values = [[read(frame) for frame in frames] for frames in ordered]
        if any(None in row for row in values):
            continue
        starts: FloatArray = np.array(values, dtype=np.float64).min(axis=0)
        if np.all(np.diff(starts) > 0.0):
            seconds: FloatArray = starts - starts[0]
            return seconds, clock
    first = ordered[0][0]
    steps = (
        (first.temporal_resolution_s, "temporal resolution"),
        (first.repetition_time_s if first.is_single_shot else None, "repetition time"),
    )
    for step, clock in steps:
        if step:
            return np.arange(len(ordered[0]), dtype=np.float64) * step, clock
    problem = f"it has {len(ordered[0])} images of every slice, but no header says how many seconds they lie apart"
    raise ImpastoError(subject, problem, "export it with acquisition times")
