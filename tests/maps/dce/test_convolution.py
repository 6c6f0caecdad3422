"""Convolution with an exponential: against quadrature, calculus, and itself at another sampling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from impasto.core import ImpastoError
from impasto.maps.dce import exponential_convolution


@given(st.floats(0.0, 2.0), st.integers(0, 2**32 - 1))
def test_equals_adaptive_quadrature_at_uneven_samples(rate: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.2, 9.0, 6))
    values = rng.normal(size=6)
    found = exponential_convolution(rate, times, values)
    expected, _ = quad(
        lambda s: np.interp(s, times, values) * np.exp(-rate * (times[-1] - s)),
        times[0],
        times[-1],
        points=times,
        epsabs=1e-11,
    )
    np.testing.assert_allclose(found[-1], expected, rtol=1e-7, atol=1e-8)


def test_a_ramp_has_its_closed_form_at_any_rate() -> None:
    times = np.array([0.0, 3.0, 4.0, 11.0])
    rates = np.array([1e-12, 1e-5, 9.9e-4, 1.01e-3, 0.1, 40.0])
    x = rates[:, None] * times
    with np.errstate(over="ignore"):
        expected = times**2 * np.where(
            x < 1e-2, 0.5 - x / 6 + x**2 / 24 - x**3 / 120, (x + np.expm1(-x)) / x.clip(1e-9) ** 2
        )
    np.testing.assert_allclose(exponential_convolution(rates, times, times), expected, rtol=1e-9)


def test_more_samples_of_the_same_line_change_nothing() -> None:
    coarse = np.array([0.0, 5.0, 20.0, 22.0])
    values = np.array([0.0, 6.0, 1.0, 1.5])
    fine = np.linspace(0.0, 22.0, 221)
    rates = np.array([[0.0, 0.01], [0.2, 3.0]])
    on_fine = exponential_convolution(rates, fine, np.interp(fine, coarse, values))
    np.testing.assert_allclose(exponential_convolution(rates, coarse, values, fine), on_fine, rtol=1e-9, atol=1e-12)
    assert on_fine.shape == (2, 2, 221)


def test_there_is_nothing_before_the_first_sample() -> None:
    found = exponential_convolution(0.1, np.array([10.0, 20.0]), np.ones(2), np.array([0.0, 5.0, 10.0, 20.0]))
    np.testing.assert_allclose(found, [0.0, 0.0, 0.0, (1 - np.exp(-1)) / 0.1])


@pytest.mark.parametrize(
    ("rate", "times", "problem"),
    [(-0.1, [0.0, 1.0], "a rate of -0.1"), (0.1, [0.0, 9.0], "ends at 5 s"), (0.1, [1.0, 0.0], "do not increase")],
)
def test_what_cannot_be_convolved_is_refused(rate: float, times: list[float], problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        exponential_convolution(rate, np.array([0.0, 5.0]), np.ones(2), np.array(times))
