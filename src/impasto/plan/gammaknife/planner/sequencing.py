"""From sector durations to few shots: moves of sectors that lie close in time are made together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.plan import Shot
from impasto.plan.gammaknife.delivery import sector_minutes, shots_from_sector_minutes
from impasto.plan.gammaknife.machine import GammaKnife

__all__ = ["merged_moves", "rates_of_shots", "sequenced_shots"]


def sequenced_shots(
    isocentre_mm: FloatArray, minutes: FloatArray, machine: GammaKnife, together_minutes: float
) -> tuple[Shot, ...]:
    """Turn the sector durations of one isocentre into shots; moves that lie close are made at once.

    Parameters
    ----------
    isocentre_mm : ndarray, shape (3,)
    minutes : ndarray, shape (sector, collimator)
    machine : GammaKnife
    together_minutes : float
        See :func:`merged_moves`.
    """
    ends = merged_moves(np.cumsum(minutes[:, ::-1], axis=1), together_minutes)
    snapped = np.diff(ends, axis=1, prepend=0.0)[:, ::-1]
    return shots_from_sector_minutes(isocentre_mm.tolist(), snapped, machine)


def merged_moves(times: FloatArray, together: float) -> FloatArray:
    """Replace times that lie close to each other by their mean, those close to 0 by 0; the order is kept.

    Neighbouring groups of m and n times are merged, the closest first, while ``sqrt(2 m n / (m + n))`` times the
    distance of their means stays below a limit (Ward 1963): two single times merge when they are closer than the limit,
    large groups only when they are closer than that. The beginning counts as a group that does not move.

    Parameters
    ----------
    times : ndarray
        Not negative.
    together : float
        The limit.

    Examples
    --------
    >>> merged_moves(np.array([0.1, 2.0, 2.2, 5.0]), 0.5).tolist()
    [0.0, 2.1, 2.1, 5.0]
    """
    values, group_of = np.unique(times, return_inverse=True)
    means = [0.0, *values.tolist()]
    sizes = [np.inf, *np.bincount(group_of.ravel()).astype(float).tolist()]
    members = [[], *([number] for number in range(len(values)))]
    while len(means) > 1:
        distances = [_ward(sizes[n], sizes[n + 1]) * (means[n + 1] - means[n]) for n in range(len(means) - 1)]
        closest = int(np.argmin(distances))
        if distances[closest] >= together:
            break
        own, other = sizes[closest], sizes.pop(closest + 1)
        beyond = means.pop(closest + 1) - means[closest]
        means[closest] += 0.0 if np.isinf(own) else beyond * other / (own + other)
        sizes[closest] = own + other
        members[closest] += members.pop(closest + 1)
    merged = np.empty(len(values))
    for mean, group in zip(means, members, strict=True):
        merged[group] = mean
    return merged[group_of].reshape(times.shape)


def _ward(size: float, other: float) -> float:
    """Weight of the distance between two groups, the first of which may be endless: 1 for two single members."""
    return float(np.sqrt(2.0 * (other if np.isinf(size) else size * other / (size + other))))


def rates_of_shots(
    shots: Sequence[Shot], isocentre: Sequence[int], rates_gy_per_min: NDArray[np.float32], machine: GammaKnife
) -> NDArray[np.float32]:
    """Dose rate of shots as they stand, from those of the sectors of their isocentres.

    Parameters
    ----------
    shots : sequence of Shot
    isocentre : sequence of int
        Which isocentre each shot belongs to.
    rates_gy_per_min : ndarray of float32, shape (isocentre, sector, collimator, point)
    machine : GammaKnife

    Returns
    -------
    ndarray of float32, shape (shot, 1, 1, point)
        As :func:`~impasto.plan.gammaknife.planner.durations.durations_of_sectors` takes them: whole shots.
    """
    rates = np.empty((len(shots), 1, 1, rates_gy_per_min.shape[3]), dtype=np.float32)
    for number, (shot, place) in enumerate(zip(shots, isocentre, strict=True)):
        is_open = sector_minutes(Shot(shot.isocentre_mm, shot.collimators_mm, 1.0), machine) > 0.0
        rates[number, 0, 0] = rates_gy_per_min[place][is_open].sum(axis=0)
    return rates
