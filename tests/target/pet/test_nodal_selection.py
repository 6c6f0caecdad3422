"""What imaging says of neck nodes at a prevalence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.target.pet import nodal_evidence, predictive_values


def test_predictive_values_of_counted_nodes() -> None:
    # 200 nodes, 60 involved: 48 found, 12 missed; 14 of 140 healthy ones called involved
    positive, negative = predictive_values(48 / 60, 126 / 140, 60 / 200)
    assert positive == pytest.approx(48 / 62)
    assert negative == pytest.approx(126 / 138)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_test_that_guesses_leaves_the_prevalence(prevalence: float, rate: float) -> None:
    positive, negative = predictive_values(rate, 1.0 - rate, prevalence)
    assert positive == pytest.approx(prevalence)
    assert negative == pytest.approx(1.0 - prevalence)


def test_table_of_the_review() -> None:
    rows = {(row.review, row.modality): row for row in nodal_evidence(0.3)}
    assert len(rows) == 10
    kyzas = rows["Kyzas 2008", "FDG-PET"]
    assert (kyzas.sensitivity.value, kyzas.sensitivity.low, kyzas.sensitivity.high) == pytest.approx((0.79, 0.72, 0.85))
    assert (kyzas.specificity.value, kyzas.specificity.low) == pytest.approx((0.86, 0.83))
    assert rows["Wu 2012", "DW-MRI"].specificity.value == pytest.approx(0.95)
    for row in rows.values():
        assert row.positive_predictive_value.low < row.positive_predictive_value.value
        assert row.negative_predictive_value.value < row.negative_predictive_value.high


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(ImpastoError, match="prevalence"):
        nodal_evidence(1.2)
