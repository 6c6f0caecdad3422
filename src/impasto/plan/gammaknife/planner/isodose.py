"""Steering the optimisation towards a prescription isodose: a peak is asked for, and nothing beyond it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy import ndimage

from impasto.core.arrays import FloatArray
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints, joined_points
from impasto.plan.gammaknife.planner.target_levels import TargetLevels

__all__ = ["SteeredPoints", "steered", "steered_points"]

_PEAK_RADIUS_MM, _PEAK_WEIGHT = 1.6, 0.1
_ROUNDS = 4
_CLOSE_ENOUGH = 0.003
_LARGEST_CHANGE = 0.4

Plan = TypeVar("Plan")


@dataclass(frozen=True, eq=False)
class SteeredPoints:
    """Planning points whose ceiling can be moved.

    Parameters
    ----------
    points : PlanningPoints
    ceiling_gy : ndarray, shape (point,)
        What each point must not exceed when the ceiling stands at 1; infinite outside the targets.
    peak : PlanningPoints
        Where the largest dose is wanted; none with a free isodose.
    """

    points: PlanningPoints
    ceiling_gy: FloatArray
    peak: PlanningPoints

    @property
    def points_mm(self) -> FloatArray:
        """LPS, shape (point, 3); the same wherever the ceiling stands."""
        return np.concatenate([self.points.points_mm, self.peak.points_mm])

    def at(self, height: float) -> PlanningPoints:
        """Move the ceiling to a multiple of where it is."""
        upper = np.maximum(np.minimum(self.points.upper_gy, height * self.ceiling_gy), self.points.lower_gy)
        peak = replace(self.peak, lower_gy=height * self.peak.lower_gy, upper_gy=height * self.peak.upper_gy)
        return joined_points([replace(self.points, upper_gy=upper), peak])


def steered_points(points: PlanningPoints, levels: TargetLevels, isodose: float | None) -> SteeredPoints:
    """Put a ceiling of its level over the isodose on each target point, and a peak into the depth of the highest level.

    Parameters
    ----------
    points : PlanningPoints
    levels : TargetLevels
    isodose : float, optional
        Share of the largest dose that the highest level should be; without it there is no ceiling.
    """
    if isodose is None:
        none = np.zeros(0)
        return SteeredPoints(points, np.full(len(points), np.inf), PlanningPoints(np.zeros((0, 3)), none, none, none))
    ceiling = np.where(points.lower_gy > 0.0, points.lower_gy / isodose, np.inf)
    highest = float(levels.lower_gy.max())
    depth_mm = ndimage.distance_transform_edt(levels.lower_gy >= 0.999 * highest, sampling=levels.grid.spacing_mm)
    deepest = levels.grid.world_from_index(np.unravel_index(int(np.argmax(depth_mm)), depth_mm.shape))
    around = levels.grid.world_from_index(np.argwhere(levels.target))
    around = around[np.linalg.norm(around - deepest, axis=1) <= max(_PEAK_RADIUS_MM, levels.grid.spacing_mm.max())]
    peak = np.full(len(around), highest / isodose)
    return SteeredPoints(
        points, ceiling, PlanningPoints(around, peak, peak, np.full(len(around), _PEAK_WEIGHT / len(around)))
    )


def steered(solve: Callable[[float], Plan], peak_ratio: Callable[[Plan], float], wanted: float) -> tuple[Plan, float]:
    """Move the ceiling until the largest dose of the plan, scaled to coverage, is as wanted, by secants.

    Parameters
    ----------
    solve : callable
        Plan for a height of the ceiling.
    peak_ratio : callable
        Largest dose of a plan scaled to coverage, over the largest dose that is meant.
    wanted : float
        A little below 1: what is left is made up by longer times, not by less coverage.

    Returns
    -------
    plan
    height : float
    """
    height, response = 1.0, 1.0
    plan = solve(height)
    best, best_height, best_error = plan, height, np.inf
    before: tuple[float, float] | None = None
    for _ in range(_ROUNDS):
        off = float(np.log(peak_ratio(plan) / wanted))
        # too hot costs coverage, too cold only longer times
        if max(off, -0.5 * off) < best_error:
            best, best_height, best_error = plan, height, max(off, -0.5 * off)
        if abs(off) < _CLOSE_ENOUGH:
            break
        if before is not None and abs(np.log(height / before[0])) > 1e-6:
            response = float(np.clip((off - before[1]) / np.log(height / before[0]), 0.4, 2.0))
        before = height, off
        height *= float(np.exp(np.clip(-off / response, -_LARGEST_CHANGE, _LARGEST_CHANGE)))
        plan = solve(height)
    return best, best_height
