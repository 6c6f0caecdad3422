"""Follow-up: how long each patient was observed, and whether the event came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impasto.core.arrays import BoolArray, FloatArray, IntArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["FollowUp", "group_labels"]


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Right-censored follow-up of a group of patients.

    Parameters
    ----------
    time : array_like, shape (patient,)
        From the origin (randomisation, say) to the event or to the last known follow-up.
    event : array_like of bool, shape (patient,)
        True where the event came, False where follow-up ended without it.
    time_unit : str

    Raises
    ------
    ImpastoError
        When shapes disagree, nobody is there, a time is missing or negative, or an event is neither 0 nor 1.

    Examples
    --------
    >>> FollowUp([6.0, 7.0, 10.0], [1, 0, 1]).events
    2
    """

    time: FloatArray
    event: BoolArray
    time_unit: str = "months"

    def __init__(self, time: ArrayLike, event: ArrayLike, time_unit: str = "months") -> None:
        times, events = np.array(time, dtype=np.float64), np.array(event)
        if times.ndim != 1 or times.shape != events.shape or not times.size:
            problem = f"times of shape {times.shape} do not go with events of shape {events.shape}"
            raise ImpastoError("follow-up", problem, "give one time and one event for each patient")
        if not np.isfinite(times).all() or (times < 0.0).any():
            row = int(np.flatnonzero(~np.isfinite(times) | (times < 0.0))[0])
            raise ImpastoError("follow-up", f"the time of patient {row + 1} is {times[row]:g}", "give times from 0 on")
        if not np.isin(events, (0, 1)).all():
            raise ImpastoError("follow-up", "an event is neither 0 nor 1", "code the event 1 and censoring 0")
        object.__setattr__(self, "time", read_only(times))
        object.__setattr__(self, "event", read_only(events.astype(bool)))
        object.__setattr__(self, "time_unit", time_unit)

    @property
    def patients(self) -> int:
        """Number of patients."""
        return len(self.time)

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.event.sum())

    def of(self, chosen: BoolArray) -> FollowUp:
        """Return the follow-up of the chosen patients, shape (patient,)."""
        return FollowUp(self.time[chosen], self.event[chosen], self.time_unit)

    def reversed(self) -> FollowUp:
        """Return the same follow-up with the end of observation as the event."""
        return FollowUp(self.time, ~self.event, self.time_unit)


def group_labels(labels: Sequence[Any] | NDArray[Any], patients: int, subject: str) -> tuple[tuple[str, ...], IntArray]:
    """Names of the groups, sorted (numbers as numbers), and the index of each patient's group.

    Raises
    ------
    ImpastoError
        When there is not one label for each patient.
    """
    values = np.asarray(labels)
    if values.shape != (patients,):
        problem = f"{values.size} labels for {patients} patients"
        raise ImpastoError(subject, problem, "give one label for each patient")
    names, index = np.unique(values, return_inverse=True)
    return tuple(str(name) for name in names), index.astype(np.int64)
