"""The compiled beam sum against the formula in double precision, and what every beam model must obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Shot
from impasto.plan.gammaknife import GammaKnife, WaterSphere, gamma_knife, shot_doses_gy, summed_sector_dose_rates

few = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)
MACHINE = gamma_knife("perfexion", dose_rate_gy_per_min=3.0)
SPHERE = WaterSphere()


def points_around(rng: np.random.Generator, count: int = 40) -> np.ndarray:
    return rng.uniform(-35.0, 35.0, (count, 3))


def any_shot(rng: np.random.Generator, isocentre: tuple[float, float, float] | None = None) -> Shot:
    x, y, z = isocentre or tuple(rng.uniform(-30.0, 30.0, 3))
    collimators = rng.choice([0.0, 4.0, 8.0, 16.0], 8)
    collimators[rng.integers(8)] = 8.0
    return Shot((float(x), float(y), float(z)), tuple(float(c) for c in collimators), float(rng.uniform(0.1, 5.0)))


def test_agrees_with_the_formula_in_double_precision(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    points, isocentre = points_around(np.random.default_rng(3), 300), np.array([12.0, -20.0, 31.0])
    rates = summed_sector_dose_rates(points, isocentre[None], perfexion, sphere)[0]
    expected = np.zeros(rates.shape)
    azimuth = {n: (np.arange(n) + 0.5) * 360.0 / n for n in (40, 32)}
    for c, profile in enumerate(perfexion.profiles):
        for ring, count in enumerate(perfexion.beam_counts):
            latitude = np.deg2rad(perfexion.latitudes_deg[c, ring])
            for turn in azimuth[count]:
                left, anterior = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
                ray = np.array([np.cos(latitude) * left, -np.cos(latitude) * anterior, np.sin(latitude)])
                along = (points - isocentre) @ ray
                aside = np.linalg.norm(np.cross(points - isocentre, ray), axis=1)
                nearness = perfexion.source_focus_mm[ring] / (perfexion.source_focus_mm[ring] - along)
                chord = isocentre @ ray
                depth = np.sqrt(80.0**2 - isocentre @ isocentre + chord**2) - chord - along
                rate = 3.0 * perfexion.ring_output[c, ring] * nearness**2 * np.exp(-0.00632 * (depth - 80.0))
                expected[int(turn // 45.0), c] += rate * profile.at(aside * nearness)
    # profiles looked up every 0.05 mm: linear between, within 1e-4 of each beam
    np.testing.assert_allclose(rates, expected, rtol=0.0, atol=1e-4 * expected.max())


@few
@given(seed=seeds, factor=st.floats(0.0, 20.0))
def test_dose_is_linear_in_time(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    points, shot = points_around(rng), any_shot(rng)
    longer = Shot(shot.isocentre_mm, shot.collimators_mm, factor * shot.minutes)
    once, scaled = (shot_doses_gy(points, [s], MACHINE, SPHERE, with_transit=False)[0] for s in (shot, longer))
    np.testing.assert_allclose(scaled, factor * once, rtol=1e-4, atol=1e-6)


@few
@given(seed=seeds)
def test_sectors_add_up_to_the_shot(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, shot = points_around(rng), any_shot(rng)
    alone = [
        Shot(shot.isocentre_mm, tuple(c if s == sector else 0.0 for s, c in enumerate(shot.collimators_mm)), 1.0)
        for sector, diameter in enumerate(shot.collimators_mm)
        if diameter
    ]
    parts = shot_doses_gy(points, alone, MACHINE, SPHERE, with_transit=False).sum(axis=0) * shot.minutes
    whole = shot_doses_gy(points, [shot], MACHINE, SPHERE, with_transit=False)[0]
    np.testing.assert_allclose(parts, whole, rtol=1e-4, atol=1e-6)


@few
@given(seed=seeds)
def test_opening_a_sector_or_widening_it_adds_dose_at_the_focus_and_takes_none_away(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, shot = points_around(rng), any_shot(rng)
    closed = [s for s, c in enumerate(shot.collimators_mm) if c == 0.0]
    for sector in closed:
        opened = tuple(4.0 if s == sector else c for s, c in enumerate(shot.collimators_mm))
        more = Shot(shot.isocentre_mm, opened, shot.minutes)
        before, after = shot_doses_gy(points, [shot, more], MACHINE, SPHERE, with_transit=False)
        assert np.all(after >= before)
    focus = np.array([shot.isocentre_mm])
    by_size = [
        shot_doses_gy(focus, [Shot(shot.isocentre_mm, (size,) * 8, 1.0)], MACHINE, SPHERE, with_transit=False)[0, 0]
        for size in (4.0, 8.0, 16.0)
    ]
    assert by_size[0] < by_size[1] < by_size[2]


@few
@given(seed=seeds)
def test_mirrored_and_turned_shots_give_mirrored_and_turned_doses(seed: int) -> None:
    """Left to right swaps sectors 1-4, 2-3, 5-8, 6-7; an eighth of a turn moves each on by one."""
    rng = np.random.default_rng(seed)
    points, shot = points_around(rng), any_shot(rng)
    dose = shot_doses_gy(points, [shot], MACHINE, SPHERE, with_transit=False)[0]
    x, y, z = shot.isocentre_mm
    swapped = tuple(shot.collimators_mm[(3 - s) % 8] for s in range(8))
    mirrored = shot_doses_gy(
        points * (-1, 1, 1), [Shot((-x, y, z), swapped, shot.minutes)], MACHINE, SPHERE, with_transit=False
    )[0]
    np.testing.assert_allclose(mirrored, dose, rtol=2e-3, atol=1e-5)
    # from left towards anterior: from +x towards -y
    turn = np.array([[1.0, 1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, np.sqrt(2.0)]]) / np.sqrt(2.0)
    moved = Shot(tuple(turn @ shot.isocentre_mm), tuple(np.roll(shot.collimators_mm, 1)), shot.minutes)
    turned = shot_doses_gy(points @ turn.T, [moved], MACHINE, SPHERE, with_transit=False)[0]
    np.testing.assert_allclose(turned, dose, rtol=2e-3, atol=1e-5)


@few
@given(seed=seeds, deeper_mm=st.floats(1.0, 40.0))
def test_deeper_in_water_less_arrives(seed: int, deeper_mm: float) -> None:
    rng = np.random.default_rng(seed)
    points, shot = points_around(rng), any_shot(rng)
    shallow = shot_doses_gy(points, [shot], MACHINE, SPHERE, with_transit=False)[0]
    deep = shot_doses_gy(points, [shot], MACHINE, WaterSphere(radius_mm=80.0 + deeper_mm), with_transit=False)[0]
    assert np.all(deep < shallow)
    central = any_shot(rng, (0.0, 0.0, 0.0))
    at_focus = [
        shot_doses_gy([[0, 0, 0]], [central], MACHINE, WaterSphere(radius_mm=r), with_transit=False)[0, 0]
        for r in (80.0, 80.0 + deeper_mm)
    ]
    assert at_focus[1] / at_focus[0] == pytest.approx(np.exp(-0.00632 * deeper_mm), rel=1e-5)
