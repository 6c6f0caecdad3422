"""Sequencing: nothing is lost where nothing is merged, and merged moves keep their order and their mean."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.plan.gammaknife import (
    GammaKnife,
    WaterSphere,
    sector_dose_rates,
    sector_minutes,
    shot_doses_gy,
)
from impasto.plan.gammaknife.planner.sequencing import merged_moves, rates_of_shots, sequenced_shots

MINUTES = np.random.default_rng(5).uniform(0.0, 2.0, (8, 3)) * (np.random.default_rng(6).random((8, 3)) < 0.6)
PLACE_MM = np.array([4.0, -3.0, 10.0])


def test_shots_deliver_the_durations_when_nothing_is_merged(perfexion: GammaKnife) -> None:
    shots = sequenced_shots(PLACE_MM, MINUTES, perfexion, together_minutes=0.0)
    delivered = sum(sector_minutes(shot, perfexion) for shot in shots)
    np.testing.assert_allclose(delivered, MINUTES, atol=1e-9)


def test_merging_makes_fewer_shots_and_keeps_the_longest_sector_within_the_limit(perfexion: GammaKnife) -> None:
    every = sequenced_shots(PLACE_MM, MINUTES, perfexion, together_minutes=0.0)
    few = sequenced_shots(PLACE_MM, MINUTES, perfexion, together_minutes=1.0)
    assert 0 < len(few) < len(every)
    assert abs(sum(s.minutes for s in few) - sum(s.minutes for s in every)) <= 1.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=24), st.floats(0.0, 5.0))
def test_merged_moves_keep_their_order(times: list[float], together: float) -> None:
    before = np.array(times)
    after = merged_moves(before, together)
    order = np.argsort(before, kind="stable")
    assert np.all(np.diff(after[order]) >= -1e-12)
    assert after.min() >= 0.0
    assert after.max() <= before.max() + 1e-12
    distinct = np.unique(after[after > 0.0])
    assert len(distinct) <= len(np.unique(before))


def test_rates_of_whole_shots_are_those_of_the_beams(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    """Against the full sum: within the kernel's 1 % of the maximum."""
    points = PLACE_MM + np.random.default_rng(7).normal(0.0, 6.0, (40, 3))
    shots = sequenced_shots(PLACE_MM, MINUTES, perfexion, together_minutes=0.7)
    rates = rates_of_shots(
        shots, [0] * len(shots), sector_dose_rates(points, PLACE_MM[None], perfexion, sphere), perfexion
    )
    full = shot_doses_gy(points, shots, perfexion, sphere, with_transit=False)
    quick = rates[:, 0, 0] * np.array([shot.minutes for shot in shots])[:, None]
    assert np.all(np.abs(quick - full).max(axis=1) <= 0.015 * full.max(axis=1))
