"""Steering to an isodose: on a made-up plan whose peak follows the ceiling in a known way."""

from __future__ import annotations

import pytest

from impasto.plan.gammaknife.planner.isodose import steered


@pytest.mark.parametrize(("slope", "power"), [(1.25, 1.0), (0.8, 0.7), (1.0, 1.3)])
def test_the_ceiling_ends_where_the_peak_is_as_wanted(slope: float, power: float) -> None:
    plan, height = steered(lambda h: slope * h**power, lambda peak: peak, 0.996)
    assert plan == pytest.approx(0.996, rel=0.012)
    assert slope * height**power == pytest.approx(plan)


def test_a_plan_that_does_not_follow_ends_with_the_best_seen() -> None:
    assert steered(lambda h: 1.2, lambda peak: peak, 0.996)[0] == 1.2
