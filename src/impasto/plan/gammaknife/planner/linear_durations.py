"""Sector durations by linear programming: the exact longest sector, absolute instead of squared deviations."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.plan.gammaknife.planner.durations import Durations
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints

__all__ = ["linear_durations_of_sectors"]


def linear_durations_of_sectors(
    rates_gy_per_min: NDArray[np.float32],
    points: PlanningPoints,
    beam_on_weight: float = 0.02,
    given_gy: FloatArray | None = None,
) -> Durations:
    """Find sector durations by the linear programme of Sjolund 2019, with HiGHS (Huangfu and Hall 2018).

    ``sum_p w_p (max(0, lower_p - d_p) + max(0, d_p - upper_p)) + beta sum_s T_s``, where a shot's time ``T_s`` is no
    shorter than any of its sectors. Its optimum is exact, but takes seconds where
    :func:`~impasto.plan.gammaknife.planner.durations.durations_of_sectors` takes one: cost grows with points times
    shots, and faster.

    Parameters
    ----------
    rates_gy_per_min : ndarray of float32, shape (shot, sector, collimator, point)
    points : PlanningPoints
    beam_on_weight : float
        Gray that a minute of beam-on time is worth.
    given_gy : ndarray, shape (point,), optional
        Dose of shots that are not changed.

    Raises
    ------
    ImpastoError
        When the solver gives up.
    """
    shots, sectors, collimators, count = rates_gy_per_min.shape
    doses = np.asarray(rates_gy_per_min, dtype=np.float64).reshape(-1, count).T
    given = np.zeros(count) if given_gy is None else given_gy
    cold = np.flatnonzero((points.lower_gy > 0.0) & (points.weight > 0.0))
    hot = np.flatnonzero(np.isfinite(points.upper_gy) & (points.weight > 0.0))
    times, missed = doses.shape[1], len(cold) + len(hot)
    slack = -sparse.eye_array(missed)
    dosed = sparse.csr_array(np.concatenate([-doses[cold], doses[hot]]))
    longest = sparse.kron(sparse.eye_array(shots * sectors), np.ones((1, collimators)))
    of_shot = -sparse.kron(sparse.eye_array(shots), np.ones((sectors, 1)))
    rows = sparse.block_array([[dosed, slack, None], [longest, None, of_shot]], format="csr")
    bounds = np.concatenate(
        [given[cold] - points.lower_gy[cold], points.upper_gy[hot] - given[hot], np.zeros(shots * sectors)]
    )
    costs = np.concatenate([np.zeros(times), points.weight[cold], points.weight[hot], np.full(shots, beam_on_weight)])
    # the stubs know dense constraints only
    found = linprog(costs, cast(Any, rows), bounds, method="highs-ipm")
    if found.status != 0 or found.x is None or found.fun is None:
        raise ImpastoError("sector durations", f"HiGHS: {found.message}", "loosen the levels, or place other shots")
    minutes = np.maximum(found.x[:times], 0.0)
    return Durations(
        minutes.reshape(shots, sectors, collimators), doses @ minutes + given, float(found.fun), int(found.nit)
    )
