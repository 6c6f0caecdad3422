"""Axes: Leksell, LPS, and where the beams come from."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Shot
from impasto.plan.gammaknife import (
    GammaKnife,
    WaterSphere,
    leksell_from_lps_mm,
    lps_from_leksell_mm,
    shot_doses_gy,
)

coordinates = st.tuples(*[st.floats(-200.0, 200.0)] * 3)


def test_leksell_runs_to_left_anterior_and_inferior() -> None:
    centre = np.array([3.0, -7.0, 11.0])
    assert leksell_from_lps_mm(centre, centre).tolist() == [100.0, 100.0, 100.0]
    left, anterior, inferior = np.diag([1.0, -1.0, -1.0])
    for axis, step in enumerate((left, anterior, inferior)):
        assert (leksell_from_lps_mm(centre + step, centre) - 100.0).tolist() == np.eye(3)[axis].tolist()


@settings(max_examples=30, deadline=None)
@given(coordinates, coordinates)
def test_there_and_back(point: tuple[float, ...], centre: tuple[float, ...]) -> None:
    np.testing.assert_allclose(lps_from_leksell_mm(leksell_from_lps_mm(point, centre), centre), point, atol=1e-9)


def test_all_beams_come_from_above_the_focus(perfexion: GammaKnife) -> None:
    assert np.all(perfexion.beams.towards_source[..., 2] > 0.0)
    in_leksell = leksell_from_lps_mm(perfexion.beams.towards_source, [0.0, 0.0, 0.0]) - 100.0
    assert np.all(in_leksell[..., 2] < 0.0)


def test_sectors_go_from_left_to_anterior(perfexion: GammaKnife) -> None:
    rays = perfexion.beams.towards_source[1]
    means = np.array([rays[perfexion.beams.sector == sector].mean(axis=0) for sector in range(8)])
    azimuth = np.rad2deg(np.arctan2(-means[:, 1], means[:, 0])) % 360.0
    np.testing.assert_allclose(azimuth, 22.5 + 45.0 * np.arange(8))


def test_one_sector_gives_its_dose_on_the_line_through_its_beams(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    """Sector 3 lies between anterior and right: upstream of the focus its dose is there, and nowhere else."""
    shot = Shot((0.0, 0.0, 0.0), (0.0, 0.0, 8.0, 0.0, 0.0, 0.0, 0.0, 0.0), 1.0)
    towards = perfexion.beams.towards_source[1][perfexion.beams.sector == 2].mean(axis=0)
    upstream = 25.0 * towards / np.linalg.norm(towards)
    assert upstream[0] < 0.0
    assert upstream[1] < 0.0
    places = [upstream * (1, 1, 1), upstream * (-1, 1, 1), upstream * (1, -1, 1), upstream * (1, 1, -1)]
    dose = shot_doses_gy(places, [shot], perfexion, sphere, with_transit=False)[0]
    assert dose[0] > 5.0 * dose[1:].max()
