"""From minutes per sector to shots that can be delivered, and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.plan.gammaknife.machine import GammaKnife

__all__ = ["beam_on_minutes", "sector_minutes", "shots_from_sector_minutes", "start_minutes"]


def shots_from_sector_minutes(
    isocentre_mm: Sequence[float], minutes: ArrayLike, machine: GammaKnife, shortest_minutes: float = 0.0
) -> tuple[Shot, ...]:
    """Turn how long each sector stands on each collimator into shots, one after another.

    Every sector starts at once with its largest collimator, goes on to smaller ones and is then blocked; whenever a
    sector moves, a new shot begins. The shots last as long together as the busiest sector.

    Parameters
    ----------
    isocentre_mm : sequence of float
        LPS.
    minutes : array_like, shape (sector, collimator)
    machine : GammaKnife
    shortest_minutes : float
        Moves closer together in time than this are made at once: shots last at least so long, and no sector's time
        changes by more than this for each of its moves. 0 keeps every time as it is.

    Returns
    -------
    tuple of Shot
        Empty when no sector is ever open.

    Raises
    ------
    ImpastoError
        When times do not fit the machine's sectors and collimators, or are negative.
    """
    times = np.asarray(minutes, dtype=np.float64)
    expected = (machine.sector_count, len(machine.collimators_mm))
    if times.shape != expected or not np.all(times >= 0.0):
        raise ImpastoError("shot times", f"shape {times.shape} or negative", f"give {expected} times of 0 or more")
    ends = np.cumsum(times[:, ::-1], axis=1)
    moves = _thinned(np.unique(ends), shortest_minutes)
    place = (float(isocentre_mm[0]), float(isocentre_mm[1]), float(isocentre_mm[2]))
    largest_first = np.array([*reversed(machine.collimators_mm), 0.0])
    shots = []
    for begin, end in pairwise(moves):
        standing = np.sum(ends <= 0.5 * (begin + end), axis=1)
        collimators = tuple(float(diameter) for diameter in largest_first[standing])
        if any(collimators):
            shots.append(Shot(place, collimators, float(end - begin)))
    return tuple(shots)


def sector_minutes(shot: Shot, machine: GammaKnife) -> FloatArray:
    """How long each sector stands on each collimator, shape (sector, collimator).

    Raises
    ------
    ImpastoError
        When the shot does not fit the machine.
    """
    if len(shot.collimators_mm) != machine.sector_count:
        raise ImpastoError(
            "shot", f"{len(shot.collimators_mm)} sectors", f"give one collimator for each of {machine.sector_count}"
        )
    minutes = np.zeros((machine.sector_count, len(machine.collimators_mm)))
    for sector, diameter in enumerate(shot.collimators_mm):
        if diameter:
            minutes[sector, machine.collimator_index(diameter)] = shot.minutes
    return minutes


def beam_on_minutes(shots: Sequence[Shot]) -> float:
    """Time for which any sector is open, without the ways between shots."""
    return float(sum(shot.minutes for shot in shots))


def start_minutes(shots: Sequence[Shot], between_minutes: float) -> FloatArray:
    """When each shot begins after the first, shape (shot,).

    Parameters
    ----------
    shots : sequence of Shot
        In order of delivery.
    between_minutes : float
        From the end of one shot to the start of the next when the couch moves; at the same isocentre the next shot
        follows at once.
    """
    starts = np.zeros(len(shots))
    for number in range(1, len(shots)):
        before, now = shots[number - 1], shots[number]
        way = 0.0 if before.isocentre_mm == now.isocentre_mm else between_minutes
        starts[number] = starts[number - 1] + before.minutes + way
    return starts


def _thinned(times: FloatArray, shortest: float) -> FloatArray:
    """Put moves in order from 0 and leave out those that follow another too soon."""
    kept = [0.0]
    for time in times:
        if time > kept[-1] + max(shortest, 1e-9):
            kept.append(float(time))
    return np.array(kept)
