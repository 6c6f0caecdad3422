"""Sector durations: both solvers against closed forms, against each other, and against a general optimiser."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize

from impasto.core.arrays import FloatArray
from impasto.plan.gammaknife.planner import (
    Durations,
    DurationSettings,
    PlanningPoints,
    durations_of_sectors,
    linear_durations_of_sectors,
)

RANDOM = np.random.default_rng(3)
RATES = RANDOM.uniform(0.02, 0.4, (3, 4, 2, 60)).astype(np.float32)
POINTS = PlanningPoints(
    RANDOM.normal(size=(60, 3)),
    np.where(np.arange(60) < 30, 16.0, 0.0),
    np.where(np.arange(60) < 30, 32.0, 12.0),
    np.full(60, 1.0 / 60.0),
)
PRECISE = DurationSettings(beam_on_weight=0.01, iterations=20_000, tolerance=1e-9)


def squared(minutes: FloatArray, weight: float) -> float:
    """The smooth objective, written out."""
    dose = np.tensordot(minutes, RATES.astype(float), 3)
    missed = np.maximum(POINTS.lower_gy - dose, 0.0) ** 2 + np.maximum(dose - POINTS.upper_gy, 0.0) ** 2
    longest = np.sum(np.sum(minutes.sum(axis=2) ** 6, axis=1) ** (1 / 6))
    return float(POINTS.weight @ missed + weight * longest)


def absolute(minutes: FloatArray, weight: float) -> float:
    """The linear programme's objective, written out."""
    dose = np.tensordot(minutes, RATES.astype(float), 3)
    missed = np.maximum(POINTS.lower_gy - dose, 0.0) + np.maximum(dose - POINTS.upper_gy, 0.0)
    return float(POINTS.weight @ missed + weight * minutes.sum(axis=2).max(axis=1).sum())


@pytest.fixture(scope="module")
def smooth() -> Durations:
    return durations_of_sectors(RATES, POINTS, PRECISE)


@pytest.fixture(scope="module")
def linear() -> Durations:
    return linear_durations_of_sectors(RATES, POINTS, beam_on_weight=0.01)


def test_each_solution_is_best_under_its_own_objective(smooth: Durations, linear: Durations) -> None:
    assert smooth.value == pytest.approx(squared(smooth.minutes, 0.01), rel=1e-4)
    assert linear.value == pytest.approx(absolute(linear.minutes, 0.01), rel=1e-4)
    assert squared(linear.minutes, 0.01) >= smooth.value
    assert absolute(smooth.minutes, 0.01) >= linear.value


def test_a_general_optimiser_finds_nothing_better(smooth: Durations) -> None:
    """Convex: any start leads to the same value."""
    found = minimize(
        lambda x: squared(x.reshape(3, 4, 2), 0.01),
        np.full(24, 2.0),
        bounds=[(0.0, None)] * 24,
        method="L-BFGS-B",
        options={"maxfun": 100_000, "maxiter": 5_000},
    )
    assert smooth.value <= found.fun * (1.0 + 1e-4)


def test_no_time_can_be_improved_alone(smooth: Durations, linear: Durations) -> None:
    """Karush-Kuhn-Tucker by differences: no slope where time is given, none downwards where there is none."""
    step = 1e-4
    for minutes, objective, flat in ((smooth.minutes, squared, 2e-3), (linear.minutes, absolute, 1e-6)):
        here = objective(minutes, 0.01)
        for place in np.ndindex(minutes.shape):
            more, less = minutes.copy(), minutes.copy()
            more[place] += step
            assert objective(more, 0.01) >= here - flat * step
            less[place] = max(less[place] - step, 0.0)
            assert objective(less, 0.01) >= here - flat * step


@pytest.mark.parametrize("solve", ["smooth", "linear"])
def test_one_sector_and_one_point_have_a_closed_form(solve: str) -> None:
    """8 Gy are given already, 0.5 Gy/min must give the other 8."""
    rates = np.full((1, 1, 1, 1), 0.5, dtype=np.float32)
    point = PlanningPoints(np.zeros((1, 3)), np.array([16.0]), np.array([np.inf]), np.ones(1))
    given = np.array([8.0])
    if solve == "smooth":
        found = durations_of_sectors(rates, point, DurationSettings(0.0, tolerance=1e-12), given_gy=given)
    else:
        found = linear_durations_of_sectors(rates, point, 0.0, given)
    assert found.minutes.item() == pytest.approx(16.0, rel=1e-3)


def test_a_dearer_minute_is_never_used_more() -> None:
    times = [
        linear_durations_of_sectors(RATES, POINTS, weight).minutes.sum(axis=2).max(axis=1).sum()
        for weight in (0.0, 0.01, 0.1, 1.0)
    ]
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(times))
