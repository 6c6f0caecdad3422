"""Changes to shots by hand: pure functions from tuples of shots to tuples of shots.

A shot is locked by handing it to :func:`~impasto.plan.gammaknife.planner.planner.plan_shots` in the settings' `locked`:
the others are then planned around it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.plan.gammaknife.machine import GammaKnife

__all__ = ["add_shot", "move_shot", "remove_shot", "set_collimators", "set_minutes", "split_locked"]


def add_shot(shots: Sequence[Shot], shot: Shot, position: int | None = None) -> tuple[Shot, ...]:
    """Add a shot at a position in the order of delivery, or at the end.

    Raises
    ------
    ImpastoError
        When the position is beyond the end.
    """
    place = len(shots) if position is None else position
    if not 0 <= place <= len(shots):
        raise ImpastoError("shot", f"position {place} of {len(shots)}", "add it at an earlier position")
    return (*shots[:place], shot, *shots[place:])


def move_shot(shots: Sequence[Shot], number: int, by_mm: Sequence[float]) -> tuple[Shot, ...]:
    """Move one shot's isocentre by a way in LPS mm.

    Raises
    ------
    ImpastoError
        When there is no such shot.
    """
    old = _found(shots, number)
    x, y, z = (float(a) + float(b) for a, b in zip(old.isocentre_mm, by_mm, strict=True))
    return _put(shots, number, replace(old, isocentre_mm=(x, y, z)))


def remove_shot(shots: Sequence[Shot], number: int) -> tuple[Shot, ...]:
    """Take one shot out.

    Raises
    ------
    ImpastoError
        When there is no such shot.
    """
    _found(shots, number)
    return (*shots[:number], *shots[number + 1 :])


def set_collimators(
    shots: Sequence[Shot], number: int, collimators_mm: Mapping[int, float], machine: GammaKnife
) -> tuple[Shot, ...]:
    """Put sectors of one shot on other collimators.

    Parameters
    ----------
    shots : sequence of Shot
    number : int
        Position of the shot.
    collimators_mm : mapping of int to float
        New collimator of a sector, by the sector's position; 0 blocks it.
    machine : GammaKnife

    Raises
    ------
    ImpastoError
        When there is no such shot, sector or collimator, or every sector would be blocked.
    """
    old = _found(shots, number)
    changed = list(old.collimators_mm)
    for sector, diameter in collimators_mm.items():
        if not 0 <= sector < len(changed):
            raise ImpastoError("shot", f"it has no sector {sector}", f"name one from 0 to {len(changed) - 1}")
        if diameter:
            machine.collimator_index(diameter)
        changed[sector] = float(diameter)
    return _put(shots, number, replace(old, collimators_mm=tuple(changed)))


def set_minutes(shots: Sequence[Shot], number: int, minutes: float) -> tuple[Shot, ...]:
    """Give one shot another time.

    Raises
    ------
    ImpastoError
        When there is no such shot, or the time is negative.
    """
    return _put(shots, number, replace(_found(shots, number), minutes=float(minutes)))


def split_locked(shots: Sequence[Shot], locked: Collection[int]) -> tuple[tuple[Shot, ...], tuple[Shot, ...]]:
    """Separate shots that stay as they are from those that may be planned anew.

    Returns
    -------
    kept, free : tuple of Shot

    Raises
    ------
    ImpastoError
        When a locked shot does not exist.
    """
    for number in locked:
        _found(shots, number)
    kept = tuple(shot for number, shot in enumerate(shots) if number in locked)
    return kept, tuple(shot for number, shot in enumerate(shots) if number not in locked)


def _found(shots: Sequence[Shot], number: int) -> Shot:
    if not 0 <= number < len(shots):
        raise ImpastoError("shot", f"there is no shot {number}", f"name one from 0 to {len(shots) - 1}")
    return shots[number]


def _put(shots: Sequence[Shot], number: int, shot: Shot) -> tuple[Shot, ...]:
    return (*shots[:number], shot, *shots[number + 1 :])
