"""Analytic probabilities against integrals, draws and each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from impasto.core import Grid, Image, ImpastoError
from impasto.target.uncertainty import (
    DrawSettings,
    at_least_probability,
    both_probability,
    count_probability,
    exceedance_probability,
    ratio_exceedance_probability,
    zone_probabilities,
)
from impasto.target.zones import AcquiredMap, Criterion, CriterionGroup, GaussianSpread, Threshold, Zone, ZoneRule


@given(st.floats(-5, 5), st.floats(0.1, 3), st.floats(-3, 3), st.floats(0, 2))
@settings(max_examples=30)
def test_one_threshold(value: float, error: float, threshold: float, of_threshold: float) -> None:
    found = exceedance_probability(value, error, threshold, of_threshold)
    expected = stats.norm(value - threshold, np.hypot(error, of_threshold)).sf(0.0)
    assert float(found) == pytest.approx(expected, abs=1e-12)


def test_a_missing_value_has_no_probability_and_a_known_one_is_certain() -> None:
    found = exceedance_probability([np.nan, 1.0, 3.0], [1.0, 0.0, 0.0], 2.0)
    assert np.isnan(found[0])
    assert found[1:].tolist() == [0.0, 1.0]
    with pytest.raises(ImpastoError, match="negative"):
        exceedance_probability(1.0, -1.0, 2.0)


def test_a_ratio_with_a_noisy_denominator() -> None:
    rng = np.random.default_rng(0)
    covariance = [[0.09, 0.02], [0.02, 0.04]]
    top, bottom = rng.multivariate_normal([1.0, 0.7], covariance, 400_000).T
    drawn = (top >= 2.0 * bottom).mean()
    found = ratio_exceedance_probability(1.0, 0.7, 0.3, 0.2, 2.0, covariance=0.02)
    assert float(found) == pytest.approx(drawn, abs=0.003)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(-0.99, 0.99))
@settings(max_examples=25)
def test_two_correlated_statements(first: float, second: float, correlation: float) -> None:
    normal = stats.multivariate_normal([0.0, 0.0], [[1.0, correlation], [correlation, 1.0]])
    expected = normal.cdf(stats.norm.ppf([first, second]))
    assert float(both_probability(first, second, correlation)) == pytest.approx(expected, abs=2e-4)


def test_counting_independent_statements() -> None:
    assert at_least_probability([0.3] * 5, 2) == pytest.approx(stats.binom(5, 0.3).sf(1))
    assert at_least_probability([0.3, 0.9], 0) == 1.0


_GRID = Grid.centred((4, 4, 4), (2.0, 2.0, 2.0))


def _rule(near: bool = False, correlation: float = 0.0) -> ZoneRule:
    groups = (
        CriterionGroup("ratios", (Criterion("a/b", "a", 2.0, over="b"), Criterion("a/c", "a", 1.5, over="c"))),
        CriterionGroup("curve", (Criterion("d", "d", 1.0), Criterion("e", "e", 1.0)), error_correlation=correlation),
        CriterionGroup("volume", (Criterion("f", "f", 1.0),)),
    )
    near_zone = Zone("penumbra", 1, 2.0, "aggressive") if near else Zone("penumbra", 1)
    return ZoneRule("test", "", groups, (Zone("aggressive", 2), near_zone, Zone("passive", 0)))


def _maps(errors: float = 0.4) -> dict[str, AcquiredMap]:
    rng = np.random.default_rng(4)
    middle = {"a": 2.0, "b": 1.0, "c": 1.3, "d": 0.8, "e": 0.9, "f": 1.0}
    maps = {}
    for name, value in middle.items():
        data = value + 0.4 * rng.standard_normal(_GRID.shape)
        image = Image(data, _GRID, name, "1", standard_error=np.full(_GRID.shape, errors * value))
        maps[name] = AcquiredMap(image)
    return maps


_THRESHOLDS = {
    "a/b": Threshold(2.0),
    "a/c": Threshold(1.5),
    "d": Threshold(1.0),
    "e": Threshold(1.0),
    "f": Threshold(1.0, 0.1),
}


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_draws_agree_with_the_analytic_probability(correlation: float) -> None:
    maps, rule = _maps(), _rule(correlation=correlation)
    drawn = zone_probabilities(rule, maps, _THRESHOLDS, np.ones(_GRID.shape), _GRID, DrawSettings(2000, batch=500))
    means = {name: one.image.data for name, one in maps.items()}
    errors = {name: np.asarray(one.image.standard_error) for name, one in maps.items()}
    exact = [count_probability(rule, means, errors, _THRESHOLDS, count) for count in (2, 1)]
    assert drawn.probabilities[0] == pytest.approx(exact[0], abs=0.04)
    assert drawn.probabilities[1] == pytest.approx(exact[1] - exact[0], abs=0.04)
    assert np.abs(drawn.probabilities[0] - exact[0]).mean() < 0.01


def test_maps_without_error_give_the_zones_as_read() -> None:
    maps = {name: AcquiredMap(one.image.with_data(one.image.data)) for name, one in _maps().items()}
    certain = dict.fromkeys(_THRESHOLDS, Threshold(1.0)) | {"a/b": Threshold(2.0), "a/c": Threshold(1.5)}
    found = zone_probabilities(_rule(near=True), maps, certain, np.ones(_GRID.shape), _GRID, DrawSettings(3, 2))
    assert found.probabilities.argmax(axis=0).tolist() == found.as_read.tolist()
    assert found.expected_zones().tolist() == found.as_read.tolist()
    assert np.ptp(found.volumes_ml, axis=0) == pytest.approx(0.0)


def test_expected_zones_have_expected_volumes_inside_their_interval() -> None:
    share = np.random.default_rng(1).uniform(0.2, 1.0, _GRID.shape)
    found = zone_probabilities(_rule(near=True), _maps(), _THRESHOLDS, share, _GRID, DrawSettings(200))
    labels = found.expected_zones()
    for place, row in enumerate(found.intervals(labels)):
        expected = float((found.probabilities[place] * share).sum()) * _GRID.voxel_volume_ml
        assert row.volume_ml == pytest.approx(expected, abs=1.5 * _GRID.voxel_volume_ml)
        low, high = float(row.low_ml or 0.0), float(row.high_ml or 0.0)
        assert low - 0.004 <= row.volume_ml <= high + 0.004


def test_the_same_seed_gives_the_same_zones() -> None:
    found = [
        zone_probabilities(_rule(), _maps(), _THRESHOLDS, np.ones(_GRID.shape), _GRID, DrawSettings(20, seed=seed))
        for seed in (1, 1, 2)
    ]
    assert np.array_equal(found[0].probabilities, found[1].probabilities)
    assert not np.array_equal(found[0].probabilities, found[2].probabilities)


def test_a_displaced_map_blurs_its_border_by_as_much() -> None:
    grid = Grid.centred((41, 5, 5), (0.5, 2.0, 2.0))
    wide = Grid.centred((81, 9, 9), (0.5, 4.0, 4.0))
    ramp = Image(wide.voxel_centres_mm()[..., 0], wide, "ramp", "1")
    rule = ZoneRule("test", "", (CriterionGroup("g", (Criterion("x", "x", 0.0),)),), (Zone("in", 1), Zone("out", 0)))
    maps = {"x": AcquiredMap(ramp, displacement_sd_mm=2.0)}
    found = zone_probabilities(
        rule, maps, {"x": Threshold(0.0)}, np.ones(grid.shape), grid, DrawSettings(2000, batch=500)
    )
    along_mm = grid.voxel_centres_mm()[:, 2, 2, 0]
    expected = stats.norm(0.0, 2.0).cdf(along_mm)
    assert found.probabilities[0][:, 2, 2] == pytest.approx(expected, abs=0.05)


def test_a_positive_map_is_drawn_from_the_truncated_distribution() -> None:
    image = Image(np.full(_GRID.shape, 0.5), _GRID, "x", "1", standard_error=np.ones(_GRID.shape))
    rule = ZoneRule("test", "", (CriterionGroup("g", (Criterion("x", "x", 1.0),)),), (Zone("in", 1), Zone("out", 0)))
    drawn = [
        zone_probabilities(
            rule,
            {"x": AcquiredMap(image, is_positive=positive)},
            {"x": Threshold(1.0)},
            np.ones(_GRID.shape),
            _GRID,
            DrawSettings(1000, batch=500),
        )
        .probabilities[0]
        .mean()
        for positive in (False, True)
    ]
    expected = [stats.norm(0.5, 1.0).sf(1.0), stats.truncnorm(-0.5, np.inf, 0.5, 1.0).sf(1.0)]
    assert drawn == pytest.approx(expected, abs=0.01)


def test_an_error_that_all_voxels_share_widens_the_volume_not_only_the_border() -> None:
    grid = Grid.centred((20, 6, 6), (2.0, 2.0, 2.0))
    value = 1.0 + grid.voxel_centres_mm()[..., 0] / 100.0
    rule = ZoneRule("test", "", (CriterionGroup("g", (Criterion("x", "x", 1.0),)),), (Zone("in", 1),))
    widths = []
    for own, shared in ((0.1, 0.0), (0.0, 0.1)):
        noisy = Image(value, grid, "x", "1", standard_error=np.full(grid.shape, own))
        maps = {"x": AcquiredMap(noisy, relative_error=shared)}
        found = zone_probabilities(rule, maps, {"x": Threshold(1.0)}, np.ones(grid.shape), grid, DrawSettings(200))
        widths.append(float(np.ptp(np.quantile(found.volumes_ml, (0.05, 0.95)))))
    assert widths[1] > 5.0 * widths[0]


def test_what_cannot_be_counted_analytically_is_told() -> None:
    maps = _maps()
    means = {name: one.image.data for name, one in maps.items()}
    shared = ZoneRule(
        "test", "", tuple(CriterionGroup(n, (Criterion(n, "a", 1.0),)) for n in ("p", "q")), (Zone("z", 1),)
    )
    with pytest.raises(ImpastoError, match="share the map a"):
        count_probability(shared, means, means, {"p": Threshold(1.0), "q": Threshold(1.0)}, 1)
    with pytest.raises(ImpastoError, match="maps are missing: f"):
        zone_probabilities(
            _rule(), {k: v for k, v in maps.items() if k != "f"}, _THRESHOLDS, np.ones(_GRID.shape), _GRID
        )


def test_sharpened_maps_are_drawn_with_their_own_correlation() -> None:
    """Neighbours inside one point spread agree more often than far ones."""
    grid = Grid.centred((10, 10, 10), (4.0, 4.0, 4.0))
    rng = np.random.default_rng(3)
    image = Image(1.0 + 0.2 * rng.standard_normal(grid.shape), grid, "x", "1", standard_error=np.full(grid.shape, 0.3))
    rule = ZoneRule("test", "", (CriterionGroup("g", (Criterion("x", "x", 1.0),)),), (Zone("in", 1),))
    onto = Grid.centred((8, 8, 8), (2.0, 2.0, 2.0))
    spread = GaussianSpread((8.0, 8.0, 8.0))
    maps = {"x": AcquiredMap(image, spread)}
    found = zone_probabilities(rule, maps, {"x": Threshold(1.0)}, np.ones(onto.shape), onto, DrawSettings(200))
    independent = np.sqrt((found.probabilities * (1.0 - found.probabilities)).sum()) * onto.voxel_volume_ml
    assert found.volumes_ml.std() > 3.0 * independent
