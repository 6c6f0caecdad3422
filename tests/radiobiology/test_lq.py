"""Isoeffective doses and survival against published and hand-computed values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.radiobiology import bed_gy, eqd2_gy, log_survival, physical_from_eqd2_gy


@pytest.mark.parametrize(
    ("dose_gy", "fractions", "alpha_beta_gy", "expected"),
    [
        (30, 10, 2, 37.5), (30, 10, 3, 36.0), (30, 10, 10, 32.5),
        (72, 30, 2, 79.2), (72, 30, 3, 77.76), (72, 30, 10, 74.4),
        (18, 1, 2, 90.0), (16, 1, 10, 34.667), (12, 1, 10, 22.0),
    ],
)  # fmt: skip
def test_eqd2_of_published_schedules(dose_gy: float, fractions: int, alpha_beta_gy: float, expected: float) -> None:
    assert float(eqd2_gy(dose_gy, fractions, alpha_beta_gy)) == pytest.approx(expected, abs=6e-4)


def test_bed_of_a_boost() -> None:
    assert float(bed_gy(72, 30, 10)) == pytest.approx(89.28)


@given(st.floats(0.0, 120.0), st.integers(1, 40), st.floats(1.0, 20.0))
def test_physical_dose_undoes_eqd2(dose_gy: float, fractions: int, alpha_beta_gy: float) -> None:
    back = physical_from_eqd2_gy(eqd2_gy(dose_gy, fractions, alpha_beta_gy), fractions, alpha_beta_gy)
    assert float(back) == pytest.approx(dose_gy, abs=1e-8)


def test_equal_eqd2_is_equal_survival() -> None:
    one = log_survival(60.0, 20, 0.3, 10.0)
    other = log_survival(eqd2_gy(60.0, 20, 10.0), 1, 0.3, 10.0)
    in_two_gray = -0.3 * float(eqd2_gy(60.0, 20, 10.0)) * (1 + 2 / 10)
    assert float(one) == pytest.approx(in_two_gray)
    assert float(other) < float(one)


def test_modified_dose_is_a_smaller_dose() -> None:
    hypoxic = log_survival(np.array([60.0]), 30, 0.3, 10.0, dose_modification=0.5)
    assert hypoxic == pytest.approx(log_survival(np.array([30.0]), 30, 0.3, 10.0))


def test_refuses_what_no_model_has() -> None:
    with pytest.raises(ImpastoError, match="alpha/beta"):
        eqd2_gy(60.0, 30, 0.0)
    with pytest.raises(ImpastoError, match="0 fractions"):
        eqd2_gy(60.0, 0, 3.0)
