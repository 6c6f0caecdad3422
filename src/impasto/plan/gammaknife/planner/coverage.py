"""Scaling a plan until its targets are covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.plan.gammaknife.dose import shot_doses_gy
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.aims import TargetLevels

__all__ = ["CoverageAim", "scale_to_coverage"]

_MOST_POINTS = 20_000


@dataclass(frozen=True)
class CoverageAim:
    """What a plan is scaled to.

    Parameters
    ----------
    coverage : float
        Share of every goal's target that must reach its level.
    isodose : float, optional
        Share of the largest dose that the first goal's level should be.
    locked : tuple of Shot
        Given beside the scaled ones.
    """

    coverage: float = 0.98
    isodose: float | None = None
    locked: tuple[Shot, ...] = ()


def scale_to_coverage(
    shots: Sequence[Shot], levels: TargetLevels, machine: GammaKnife, head: Head, aim: CoverageAim
) -> tuple[float, tuple[str, ...]]:
    """Find the factor on the times of shots with which every goal's target is covered, by the full beam sum.

    The dose of the sectors' ways (transit) does not scale.

    Returns
    -------
    factor : float
    notes : tuple of str
        What a fixed isodose changed.

    Raises
    ------
    ImpastoError
        When locked shots and transit alone cover the targets.
    """
    voxels = np.argwhere(levels.target)
    voxels = voxels[:: -(-len(voxels) // _MOST_POINTS)]
    points, index = levels.grid.world_from_index(voxels), tuple(voxels.T)
    on = _summed(points, shots, machine, head, with_transit=False)
    fixed = _summed(points, shots, machine, head, with_transit=True) - on
    fixed += _summed(points, aim.locked, machine, head, with_transit=True)
    lower, goal = levels.lower_gy[index], levels.goal[index]
    needed = (lower - fixed) / np.maximum(on, 1e-9)
    factor = max(float(np.quantile(needed[goal == number], aim.coverage)) for number in np.unique(goal))
    if not factor > 0.0:
        raise ImpastoError("coverage", "the locked shots alone cover the targets", "unlock some, or shorten them")
    if aim.isodose is None:
        return factor, ()
    largest_gy = float(lower[goal == goal.min()].max()) / aim.isodose
    hottest = int(np.argmax(on))
    by_isodose = (largest_gy - float(fixed[hottest])) / float(on[hottest])
    percent = f"{100.0 * aim.isodose:g} % isodose"
    if by_isodose < factor:
        return factor, (f"Times follow coverage: at the {percent} less than asked for would be covered.",)
    more = 100.0 * (by_isodose / factor - 1.0)
    return by_isodose, (f"Times follow the {percent}: {more:.1f} % longer than coverage asks for.",)


def _summed(
    points_mm: FloatArray, shots: Sequence[Shot], machine: GammaKnife, head: Head, with_transit: bool
) -> FloatArray:
    if not shots:
        return np.zeros(len(points_mm))
    return np.asarray(shot_doses_gy(points_mm, shots, machine, head, with_transit).sum(axis=0), dtype=np.float64)
