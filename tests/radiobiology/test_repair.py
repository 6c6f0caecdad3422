"""BED of radiosurgery against published values, a numerical integral, and limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.radiobiology import CNS_REPAIR, BiexponentialRepair, bed_gy, radiosurgery_bed_gy, repair_matrix


@pytest.mark.parametrize(("minutes", "expected"), [(0, 70.30), (20, 60.26), (40, 54.04), (60, 49.83), (100, 44.43)])
def test_twelve_gray_over_a_time(minutes: float, expected: float) -> None:
    assert float(radiosurgery_bed_gy([12.0], [0.0], [minutes])) == pytest.approx(expected, abs=0.005)


def test_one_process_is_the_lea_catcheside_factor() -> None:
    """G for 60 min and a half-time of 90 min, and h2 of two fractions 6 h apart with 4 h."""
    single = BiexponentialRepair(1.5, 1.5, 0.0, "one process")
    assert repair_matrix([0.0], [60.0], single)[0, 0] == pytest.approx(0.862236, abs=1e-6)
    apart = BiexponentialRepair(4.0, 4.0, 0.0, "one process")
    assert repair_matrix([0.0, 360.0], [0.0, 0.0], apart)[0, 1] == pytest.approx(0.353553, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_agrees_with_the_double_integral(seed: int) -> None:
    """``2 int R(t) int_{s<t} R(s) phi(t - s)`` on a fine grid, one value of dose rate to each shot."""
    rng = np.random.default_rng(seed)
    durations, gaps, doses = rng.integers(3, 15, 4), rng.integers(0, 30, 4), rng.uniform(0.5, 4.0, 4)
    starts = np.cumsum(gaps + np.concatenate([[0], durations[:-1]]))
    parts = 20
    time = (np.arange((starts[-1] + durations[-1]) * parts) + 0.5) / parts
    rate = np.zeros(len(time))
    for start, duration, dose in zip(starts, durations, doses, strict=True):
        rate[(time > start) & (time < start + duration)] = dose / duration / parts
    lag_h = np.arange(len(time)) / parts / 60.0
    remaining = (np.exp2(-lag_h / 0.19) + 0.98 * np.exp2(-lag_h / 2.16)) / 1.98
    met = np.convolve(rate, remaining)[: len(time)] - 0.5 * rate * remaining[0]
    integral = 2.0 * float(rate @ met)
    bed = float(radiosurgery_bed_gy(doses, starts, durations, alpha_beta_gy=2.47))
    assert bed == pytest.approx(doses.sum() + integral / 2.47, rel=2e-4)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 25.0), st.floats(1.0, 120.0), st.integers(2, 12))
def test_one_exposure_in_parts_without_gaps_is_the_same(dose_gy: float, minutes: float, parts: int) -> None:
    duration = np.full(parts, minutes / parts)
    starts = np.arange(parts) * minutes / parts
    whole = float(radiosurgery_bed_gy([dose_gy], [0.0], [minutes]))
    assert float(radiosurgery_bed_gy(np.full(parts, dose_gy / parts), starts, duration)) == pytest.approx(whole)


def test_limits_are_one_fraction_and_full_repair() -> None:
    acute = float(radiosurgery_bed_gy([6.0, 6.0], [0.0, 1e-7], [1e-9, 1e-9], alpha_beta_gy=3.0))
    assert acute == pytest.approx(float(bed_gy(12.0, 1, 3.0)), rel=1e-6)
    days_apart = float(radiosurgery_bed_gy([6.0, 6.0], [0.0, 1e5], [0.0, 0.0], alpha_beta_gy=3.0))
    assert days_apart == pytest.approx(float(bed_gy(12.0, 2, 3.0)))


def test_voxels_keep_their_shape_and_order_of_shots_matters_not() -> None:
    rng = np.random.default_rng(0)
    doses = rng.uniform(0.0, 5.0, (3, 4, 2))
    starts, durations = np.array([0.0, 10.0, 25.0]), np.array([10.0, 5.0, 8.0])
    bed = radiosurgery_bed_gy(doses, starts, durations)
    assert bed.shape == (4, 2)
    shuffled = [2, 0, 1]
    np.testing.assert_allclose(radiosurgery_bed_gy(doses[shuffled], starts[shuffled], durations[shuffled]), bed)
    assert float(radiosurgery_bed_gy(doses[:, 1, 1], starts, durations)) == pytest.approx(bed[1, 1])


def test_refuses_times_that_cannot_be() -> None:
    with pytest.raises(ImpastoError, match="overlap"):
        repair_matrix([0.0, 5.0], [10.0, 10.0], CNS_REPAIR)
    with pytest.raises(ImpastoError, match="negative"):
        repair_matrix([0.0], [-1.0], CNS_REPAIR)
    with pytest.raises(ImpastoError, match="2 doses for 1 times"):
        radiosurgery_bed_gy([1.0, 2.0], [0.0], [1.0])
    with pytest.raises(ImpastoError, match="alpha/beta"):
        radiosurgery_bed_gy([1.0], [0.0], [1.0], alpha_beta_gy=0.0)
    with pytest.raises(ImpastoError, match="half-time"):
        BiexponentialRepair(0.0, 2.0, 1.0, "nobody")
