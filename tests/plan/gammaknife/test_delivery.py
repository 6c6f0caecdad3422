"""From sector times to shots and back, transit, and doses of whole plans."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from impasto.core import Grid, ImpastoError, Shot
from impasto.plan.gammaknife import (
    GammaKnife,
    WaterSphere,
    beam_on_minutes,
    delivered_minutes,
    dose_of_shots,
    gamma_knife,
    sector_minutes,
    shot_doses_gy,
    shots_from_sector_minutes,
    start_minutes,
    summed_sector_dose_rates,
)

HERE = (1.0, 2.0, 3.0)
MACHINE = gamma_knife("perfexion", dose_rate_gy_per_min=3.0)
times = arrays(np.float64, (8, 3), elements=st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 2.75]))


@settings(max_examples=30, deadline=None)
@given(times)
def test_shots_deliver_the_times_in_as_long_as_the_busiest_sector_needs(minutes: np.ndarray) -> None:
    shots = shots_from_sector_minutes(HERE, minutes, MACHINE)
    delivered = sum((sector_minutes(shot, MACHINE) for shot in shots), np.zeros((8, 3)))
    np.testing.assert_allclose(delivered, minutes, atol=1e-9)
    assert beam_on_minutes(shots) == pytest.approx(minutes.sum(axis=1).max())
    for earlier, later in pairwise(shots):
        assert all(b <= a for a, b in zip(earlier.collimators_mm, later.collimators_mm, strict=True))


def test_moves_close_in_time_are_made_at_once(perfexion: GammaKnife) -> None:
    minutes = np.zeros((8, 3))
    minutes[:, 2] = 1.0 + 0.01 * np.arange(8)
    assert len(shots_from_sector_minutes(HERE, minutes, perfexion)) == 8
    shots = shots_from_sector_minutes(HERE, minutes, perfexion, shortest_minutes=0.1)
    assert len(shots) == 1
    assert abs(sector_minutes(shots[0], perfexion) - minutes).max() <= 0.1


def test_refuses_times_of_another_machine(perfexion: GammaKnife) -> None:
    with pytest.raises(ImpastoError, match=r"\(8, 3\) times"):
        shots_from_sector_minutes(HERE, np.ones((8, 4)), perfexion)
    with pytest.raises(ImpastoError, match="one collimator for each of 8"):
        sector_minutes(Shot(HERE, (8.0,), 1.0), perfexion)
    with pytest.raises(ImpastoError, match="every sector is blocked"):
        Shot(HERE, (0.0,) * 8, 1.0)
    with pytest.raises(ImpastoError, match="time of -1 min"):
        Shot(HERE, (4.0,) * 8, -1.0)


def test_shots_at_one_isocentre_follow_at_once_and_others_after_the_way() -> None:
    there = (9.0, 2.0, 3.0)
    shots = [Shot(HERE, (4.0,) * 8, 1.5), Shot(HERE, (8.0,) * 8, 2.0), Shot(there, (8.0,) * 8, 1.0)]
    assert start_minutes(shots, between_minutes=0.5).tolist() == [0.0, 1.5, 4.0]


def test_transit_is_a_share_of_each_collimators_dose_rate(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    """Measured: 1.0, 0.5 and 0.3 % of one minute's dose with 16, 8 and 4 mm."""
    focus = [[0.0, 0.0, 0.0]]
    for diameter, share in ((16.0, 0.010), (8.0, 0.005), (4.0, 0.003)):
        shot = Shot((0.0, 0.0, 0.0), (diameter,) * 8, 1.0)
        still = shot_doses_gy(focus, [shot], perfexion, sphere, with_transit=False)[0, 0]
        moved = shot_doses_gy(focus, [shot], perfexion, sphere, with_transit=True)[0, 0]
        assert moved / still == pytest.approx(1.0 + share, rel=1e-5)


def test_a_sector_that_stays_where_it_is_has_no_second_transit(perfexion: GammaKnife) -> None:
    half_open = (8.0,) * 4 + (0.0,) * 4
    changed = (8.0,) * 2 + (16.0,) * 2 + (0.0,) * 4
    first, second, third = delivered_minutes(
        [Shot(HERE, half_open, 1.0), Shot(HERE, changed, 1.0), Shot((0.0, 0.0, 0.0), changed, 1.0)], perfexion, True
    )
    assert first[:4, 1].tolist() == [1.005] * 4
    assert second[:2, 1].tolist() == [1.0] * 2
    assert second[2:4, 2].tolist() == [1.01] * 2
    assert third[:2, 1].tolist() == [1.005] * 2


def test_dose_on_a_grid_is_the_sum_of_rates_and_minutes(perfexion: GammaKnife) -> None:
    head = WaterSphere(radius_mm=40.0)
    grid = Grid.centred((12, 12, 12), (9.0, 9.0, 9.0))
    shots = [
        Shot((5.0, 0.0, 0.0), (8.0, 16.0, 4.0, 0.0) * 2, 2.0),
        Shot((-9.0, 3.0, 4.0), (16.0,) * 8, 1.5),
        Shot((5.0, 0.0, 0.0), (8.0, 4.0, 0.0, 0.0) * 2, 0.7),
    ]
    dose = dose_of_shots(shots, grid, perfexion, head, with_transit=False)
    centres = grid.voxel_centres_mm()
    inside = head.contains(centres)
    rates = summed_sector_dose_rates(centres[inside], [s.isocentre_mm for s in shots], perfexion, head)
    minutes = np.stack([sector_minutes(shot, perfexion) for shot in shots])
    np.testing.assert_allclose(dose.gy[inside], np.einsum("ksc,kscp->p", minutes, rates), rtol=1e-4, atol=1e-5)
    assert np.all(dose.gy[~inside] == 0.0)
    assert dose.fractions == 1


def test_refuses_a_shot_outside_the_head(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    grid = Grid.centred((4, 4, 4), (9.0, 9.0, 9.0))
    with pytest.raises(ImpastoError, match="outside the head"):
        dose_of_shots([Shot((0.0, 95.0, 0.0), (4.0,) * 8, 1.0)], grid, perfexion, sphere, with_transit=False)
