"""Dose of shots: every beam summed, in gray."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impasto.core.arrays import FloatArray
from impasto.core.dose import Dose
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.plan import Shot
from impasto.core.progress import Progress, silent
from impasto.plan.gammaknife.beam_sum import add_beams, beam_table
from impasto.plan.gammaknife.delivery import sector_minutes
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.sector_rates import beam_rates_gy_per_min

__all__ = ["delivered_minutes", "dose_of_shots", "shot_doses_gy"]


def dose_of_shots(
    shots: Sequence[Shot],
    grid: Grid,
    machine: GammaKnife,
    head: Head,
    with_transit: bool,
    progress: Progress = silent,
) -> Dose:
    """Dose of shots given in one session, as the full sum over their beams.

    Parameters
    ----------
    shots : sequence of Shot
        In order of delivery.
    grid : Grid
        Dose grid; voxels outside the head get 0.
    machine : GammaKnife
    head : Head
    with_transit : bool
        Whether the dose of sectors on their way is added; see :func:`delivered_minutes`.
    progress : Progress

    Returns
    -------
    Dose
        One fraction, float32.

    Raises
    ------
    ImpastoError
        When a shot lies outside the head or does not fit the machine.
    """
    centres = grid.voxel_centres_mm()
    inside = head.contains(centres)
    points = centres[inside]
    total = np.zeros((1, len(points)), dtype=np.float32)
    by_isocentre: dict[tuple[float, float, float], FloatArray] = {}
    for shot, minutes in zip(shots, delivered_minutes(shots, machine, with_transit), strict=True):
        by_isocentre[shot.isocentre_mm] = by_isocentre.get(shot.isocentre_mm, 0.0) + minutes
    for number, (isocentre_mm, minutes) in enumerate(by_isocentre.items()):
        progress("dose of each isocentre", number / len(by_isocentre))
        _add_shot(isocentre_mm, minutes, points, machine, head, total)
    progress("dose of each isocentre", 1.0)
    gy = np.zeros(grid.shape, dtype=np.float32)
    gy[inside] = total[0]
    return Dose(Image(gy, grid, "dose", "Gy"), fractions=1, label=machine.name)


def shot_doses_gy(
    points_mm: ArrayLike, shots: Sequence[Shot], machine: GammaKnife, head: Head, with_transit: bool
) -> NDArray[np.float32]:
    """Dose of each shot at points (LPS, shape (point, 3)): shape (shot, point), for doses that depend on time.

    See :func:`dose_of_shots`; points outside the head are not set to 0.
    """
    points = np.asarray(points_mm, dtype=np.float64)
    doses = np.zeros((len(shots), len(points)), dtype=np.float32)
    for number, (shot, minutes) in enumerate(zip(shots, delivered_minutes(shots, machine, with_transit), strict=True)):
        _add_shot(shot.isocentre_mm, minutes, points, machine, head, doses[number : number + 1])
    return doses


def delivered_minutes(shots: Sequence[Shot], machine: GammaKnife, with_transit: bool) -> tuple[FloatArray, ...]:
    """Minutes of each sector on each collimator, shape (sector, collimator), one array for each shot.

    With transit, each opening counts as longer by the machine's transit time of that collimator: a sector opens at the
    first shot of an isocentre, and when it moves to another collimator there.
    """
    minutes = []
    for number, shot in enumerate(shots):
        standing = sector_minutes(shot, machine)
        if with_transit:
            before = shots[number - 1] if number else None
            stays = before is not None and before.isocentre_mm == shot.isocentre_mm
            was_open = sector_minutes(before, machine) > 0.0 if before is not None and stays else False
            standing = standing + np.where((standing > 0.0) & ~np.asarray(was_open), machine.transit_minutes, 0.0)
        minutes.append(standing)
    return tuple(minutes)


def _add_shot(
    isocentre_mm: tuple[float, float, float],
    minutes: FloatArray,
    points: FloatArray,
    machine: GammaKnife,
    head: Head,
    total: NDArray[np.float32],
) -> None:
    isocentre = np.array([isocentre_mm])
    if not head.contains(isocentre)[0]:
        place = ", ".join(f"{x:.1f}" for x in isocentre_mm)
        raise ImpastoError("shot", f"its isocentre ({place}) mm lies outside the head", "move it inside")
    rates = beam_rates_gy_per_min(isocentre, machine, head)[0]
    doses = rates * minutes[machine.beams.sector].T
    offsets = np.ascontiguousarray((points - isocentre).T, dtype=np.float32)
    add_beams(offsets, beam_table(machine, doses, np.zeros(doses.shape, dtype=np.int64)), total)
