"""Change of K-trans and IAUC: the tables of gamma_knife_painting_2025, and what arithmetic alone gives."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.outcome.paired import ZeroRule, signed_rank_test
from impasto.outcome.response import baseline_coupling, percent_change, zone_changes

# table 3, before and after
K_TRANS = (
    [0.02, 0.02, 0.01, 0.01, 0.02, 0.03, 0.04, 0.05, 0.19, 0.17, 0.16],
    [0.01, 0.01, 0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.13, 0.02, 0.09],
)
IAUC = (
    [4.17, 1.94, 1.55, 1.39, 2.16, 3.01, 3.83, 4.07, 3.04, 5.57, 3.68],
    [0.67, 1.45, 2.16, 0.58, 0.90, 0.96, 0.39, 2.40, 2.88, 3.30, 1.22],
)


def test_the_printed_correlation_with_the_baseline_is_what_chance_gives() -> None:
    found = baseline_coupling(*K_TRANS)
    assert (round(found.correlation, 4), round(found.p_value, 5)) == (-0.8410, 0.00118)
    assert (round(found.oldham_correlation, 3), round(found.oldham_p_value, 3)) == (-0.693, 0.018)
    assert found.null_correlation == pytest.approx(-0.871, abs=0.003)
    assert found.null_share == pytest.approx(0.71, abs=0.015)
    assert "mathematically coupled" in found.warning()
    assert "-0.693" in found.warning()


@pytest.mark.parametrize(("values", "expected"), [(K_TRANS, (-50.0, -70.8, -37.7)), (IAUC, (-58.3, -67.5, -33.0))])
def test_the_median_change_of_table_three(
    values: tuple[list[float], list[float]], expected: tuple[float, float, float]
) -> None:
    found = percent_change(*values)
    assert (round(found.median, 1), round(found.low, 1), round(found.high, 1)) == expected
    assert (found.pairs, found.left_out) == (11, 0)


def test_the_signed_rank_tests_of_table_three() -> None:
    # values of two decimals: differences that are equal in print are equal
    change, other = (np.round(np.subtract(after, before), 4) for before, after in (K_TRANS, IAUC))
    approximate = signed_rank_test(change, ZeroRule.DROPPED, is_exact=False)
    corrected = signed_rank_test(change, ZeroRule.DROPPED, is_exact=False, has_correction=True)
    assert approximate.statistic == 2.5
    assert (round(approximate.p_value, 5), round(corrected.p_value, 5)) == (0.01032, 0.01195)
    assert round(signed_rank_test(change).p_value, 6) == 0.009766
    iauc = signed_rank_test(other, is_exact=False)
    assert (iauc.statistic, round(iauc.p_value, 5)) == (3.0, 0.00765)
    assert round(signed_rank_test(other).p_value, 5) == 0.00488


def test_independent_values_couple_by_the_square_root_of_a_half() -> None:
    generator = np.random.default_rng(3)
    found = baseline_coupling(generator.normal(size=4000), generator.normal(size=4000), draws=200)
    assert found.correlation == pytest.approx(-np.sqrt(0.5), abs=0.03)
    assert found.null_correlation == pytest.approx(-np.sqrt(0.5), abs=0.03)
    assert abs(found.oldham_correlation) < 0.05


def test_no_warning_where_change_does_not_follow_the_baseline() -> None:
    before = np.arange(1.0, 21.0)
    assert baseline_coupling(before, before + np.tile([1.0, -1.0], 10) * 0.3, draws=100).warning() == ""


def test_zones_are_compared_voxel_by_voxel() -> None:
    grid = Grid.centred((4, 4, 4), (2.0, 2.0, 2.0))
    before = Image(np.full(grid.shape, 0.2), grid, "Ktrans", "min-1")
    values = np.full(grid.shape, 0.2)
    values[:2] = 0.1
    values[0, 0, 0] = np.nan
    escalated = np.zeros(grid.shape, dtype=bool)
    escalated[:2] = True
    found = zone_changes(before, before.with_data(values), {"escalated": escalated, "other": ~escalated})
    assert [one.of_medians_percent for one in found] == pytest.approx([-50.0, 0.0])
    assert [one.voxels.pairs for one in found] == [31, 32]
    with pytest.raises(ImpastoError, match="one quantity"):
        zone_changes(before, Image(values, grid, "IAUC", "mmol/L*s"), {"escalated": escalated})


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ImpastoError, match="other than 0"):
        percent_change([0.0], [1.0])
    with pytest.raises(ImpastoError, match="vary"):
        baseline_coupling([1.0] * 5, [2.0] * 5)
    with pytest.raises(ImpastoError, match="four pairs"):
        baseline_coupling([1.0, 2.0], [2.0, 3.0])
