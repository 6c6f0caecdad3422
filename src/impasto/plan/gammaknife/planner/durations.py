"""How long each sector stands on each collimator at fixed isocentres: a smooth convex problem, and its solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.progress import Progress, silent
from impasto.plan.bounded_descent import BoundedDescent
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints

__all__ = ["DurationSettings", "Durations", "durations_of_sectors"]

_SHARPNESS = 6
"""Power of the norm that stands for the longest of a shot's sectors: within 1.42 of it, smooth."""

_START_MINUTES, _LONGEST_MINUTES = 0.15, 240.0
_WINDOW = 30
_MEMORY = 10


@dataclass(frozen=True)
class DurationSettings:
    """What is weighed against the doses, and when the search ends.

    Parameters
    ----------
    beam_on_weight : float
        Squared gray that a minute of beam-on time is worth.
    iterations : int
        At the most.
    tolerance : float
        The search ends when 30 iterations gain less than this share of the value.
    """

    beam_on_weight: float = 0.002
    iterations: int = 600
    tolerance: float = 1e-3


@dataclass(frozen=True, eq=False)
class Durations:
    """A solution.

    Parameters
    ----------
    minutes : ndarray, shape (shot, sector, collimator)
    dose_gy : ndarray, shape (point,)
        At the planning points.
    value : float
        Of the objective.
    iterations : int
    """

    minutes: FloatArray
    dose_gy: FloatArray
    value: float
    iterations: int


def durations_of_sectors(
    rates_gy_per_min: NDArray[np.float32],
    points: PlanningPoints,
    settings: DurationSettings | None = None,
    start_minutes: FloatArray | None = None,
    given_gy: FloatArray | None = None,
    progress: Progress = silent,
) -> Durations:
    """Find sector durations that minimise squared under- and overdose and the beam-on time.

    ``sum_p w_p (max(0, lower_p - d_p)^2 + max(0, d_p - upper_p)^2) + beta sum_s |T_s|_6`` over times >= 0, with
    ``d = R t`` and ``T_s`` are the times of a shot's sectors, added up over collimators. It is the penalty form of
    Sjolund 2019's linear programme: sectors move at once, so the longest sets a shot's time; its maximum is smoothed to
    a norm. Projected quasi-Newton steps; each costs two products with the rates.

    Parameters
    ----------
    rates_gy_per_min : ndarray of float32, shape (shot, sector, collimator, point)
    points : PlanningPoints
    settings : DurationSettings, optional
    start_minutes : ndarray, shape (shot, sector, collimator), optional
    given_gy : ndarray, shape (point,), optional
        Dose of shots that are not changed.
    progress : Progress
    """
    chosen = settings or DurationSettings()
    problem = _Problem(rates_gy_per_min, points, chosen.beam_on_weight, given_gy)
    start = np.full(problem.shape, _START_MINUTES) if start_minutes is None else start_minutes
    values: list[float] = []

    def is_enough(value: float) -> bool:
        values.append(value)
        if len(values) % _WINDOW == 0:
            progress("sector durations", len(values) / chosen.iterations)
        return len(values) > _WINDOW and values[-_WINDOW] - value < chosen.tolerance * value

    search = BoundedDescent(problem.curvature(), _LONGEST_MINUTES, _MEMORY)
    found, _ = search.run(problem.value_and_gradient, start.ravel().astype(np.float64), chosen.iterations, is_enough)
    progress("sector durations", 1.0)
    value = values[-1] if values else problem.value_and_gradient(found)[0]
    return Durations(found.reshape(problem.shape), problem.dose_gy(found), value, len(values))


class _Problem:
    """Value and gradient, the rates as one matrix."""

    def __init__(
        self, rates: NDArray[np.float32], points: PlanningPoints, beam_on_weight: float, given_gy: FloatArray | None
    ) -> None:
        self.shape = rates.shape[:3]
        self._matrix = np.ascontiguousarray(rates.reshape(-1, rates.shape[3]))
        self._points, self._beam_on_weight = points, beam_on_weight
        self._given = np.zeros(len(points)) if given_gy is None else given_gy

    def dose_gy(self, minutes: FloatArray) -> FloatArray:
        return np.asarray(minutes.astype(np.float32) @ self._matrix, dtype=np.float64) + self._given

    def value_and_gradient(self, minutes: FloatArray) -> tuple[float, FloatArray]:
        dose = self.dose_gy(minutes)
        under = np.maximum(self._points.lower_gy - dose, 0.0)
        over = np.maximum(dose - self._points.upper_gy, 0.0)
        weight = self._points.weight
        pull = 2.0 * weight * (over - under)
        longest, slope = self._longest(minutes)
        value = float(np.sum(weight * (under**2 + over**2))) + self._beam_on_weight * longest
        gradient = np.asarray(self._matrix @ pull.astype(np.float32), dtype=np.float64)
        return value, gradient + self._beam_on_weight * slope

    def curvature(self) -> FloatArray:
        """Diagonal of the Hessian if every point were out of its levels."""
        squares = np.einsum("vp,vp,p->v", self._matrix, self._matrix, self._points.weight.astype(np.float32))
        return np.asarray(2.0 * squares, dtype=np.float64) + 1e-9

    def _longest(self, minutes: FloatArray) -> tuple[float, FloatArray]:
        """Sum over shots of the norm of their sectors' times, and its gradient."""
        sectors = minutes.reshape(self.shape).sum(axis=2)
        norm = np.sum(sectors**_SHARPNESS, axis=1) ** (1.0 / _SHARPNESS)
        share = sectors / np.maximum(norm, 1e-12)[:, None]
        # at rest the norm has a corner; the slope towards equal sectors is as good as any
        flat = self.shape[1] ** (1.0 / _SHARPNESS - 1.0)
        slope = np.where(norm[:, None] > 0.0, share ** (_SHARPNESS - 1), flat)
        return float(norm.sum()), np.repeat(slope.ravel(), self.shape[2])
