"""Survivors and their regrowth: against tumour control, doubling by hand, and sums in another order."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.radiobiology import log_survival, log_surviving_clonogens, poisson_tcp, regrowth_time


def test_survivors_of_parts_add_up() -> None:
    clonogens = np.array([[1e7, 3e6, 1e4], [5e5, 0.0, 2e2]])
    survival = log_survival(np.array([72.0, 60.0, 20.0]), 30, np.array([[0.1], [0.2]]), 10.0)
    assert log_surviving_clonogens(clonogens, survival) == pytest.approx(
        [
            np.log(sum(n * np.exp(s) for n, s in zip(*rows, strict=True)))
            for rows in zip(clonogens, survival, strict=True)
        ]
    )


def test_survivors_far_below_the_smallest_number_are_still_told_apart() -> None:
    assert log_surviving_clonogens([1e7, 0.0], [-2000.0, -10.0]) == pytest.approx(np.log(1e7) - 2000.0)


def test_nothing_survives_as_often_as_the_tumour_is_controlled() -> None:
    luck = np.random.default_rng(1).uniform(size=100_000)
    left = log_surviving_clonogens([2e6, 1e6], [-14.0, -15.0])
    cured = np.isinf(regrowth_time(left, np.log(1e9), 50.0, luck))
    assert cured.mean() == pytest.approx(poisson_tcp([2e6, 1e6], [-14.0, -15.0]), abs=0.005)


def test_each_log_of_kill_costs_a_fixed_time() -> None:
    times = regrowth_time(np.log([1e6, 5e5, 2.5e5]), np.log(1e9), 40.0, 0.5)
    assert np.diff(times) == pytest.approx([40.0, 40.0])
    assert regrowth_time(np.log(1e9), np.log(1e8), 40.0, 0.5) == 0.0


def test_negative_numbers_of_clonogens_are_refused() -> None:
    with pytest.raises(ImpastoError, match="fewer than none"):
        log_surviving_clonogens([-1.0], [0.0])
