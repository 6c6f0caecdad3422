"""The shot kernel against the full sum."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.plan.gammaknife import (
    DensityHead,
    GammaKnife,
    Head,
    WaterSphere,
    gamma_knife,
    sector_dose_rates,
    shot_kernel,
    summed_sector_dose_rates,
)


@pytest.fixture(scope="module")
def ellipsoid() -> DensityHead:
    """A head 144 mm wide, 184 mm long, 160 mm high, on a neck, in 4 mm voxels."""
    grid = Grid.centred((46, 56, 56), (4.0, 4.0, 4.0))
    x, y, z = np.moveaxis(grid.voxel_centres_mm(), -1, 0)
    inside = ((x / 72) ** 2 + (y / 92) ** 2 + (z / 80) ** 2 <= 1) | ((np.hypot(x, y) <= 55) & (z < 0))
    return DensityHead(Image(inside.astype(np.float32), grid, "relative electron density", "1"), "water")


def around(rng: np.random.Generator) -> np.ndarray:
    lines = np.concatenate([np.outer(np.arange(-40.0, 40.01, 0.5), axis) for axis in np.eye(3)])
    return np.concatenate([rng.uniform(-40.0, 40.0, (4000, 3)), rng.normal(0.0, 6.0, (4000, 3)), lines])


def largest_error(isocentre: list[float], machine: GammaKnife, head: Head) -> float:
    points = around(np.random.default_rng(1)) + isocentre
    points = points[head.contains(points)]
    quick = sector_dose_rates(points, [isocentre], machine, head)[0].sum(axis=0)
    full = summed_sector_dose_rates(points, [isocentre], machine, head)[0].sum(axis=0)
    return float(np.max(np.abs(quick - full).max(axis=1) / full.max(axis=1)))


@pytest.mark.parametrize("isocentre", [[0.0, 0.0, 0.0], [0.0, 0.0, 55.0], [50.0, 30.0, -20.0]])
def test_within_one_per_cent_in_a_sphere(isocentre: list[float], perfexion: GammaKnife, sphere: WaterSphere) -> None:
    assert largest_error(isocentre, perfexion, sphere) <= 0.01


@pytest.mark.parametrize("isocentre", [[50.0, 0.0, 20.0], [0.0, 50.0, 45.0], [-30.0, 60.0, -20.0]])
def test_within_one_per_cent_in_a_head(isocentre: list[float], perfexion: GammaKnife, ellipsoid: DensityHead) -> None:
    assert largest_error(isocentre, perfexion, ellipsoid) <= 0.01


def test_every_sector_and_collimator_is_right_at_the_focus(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    isocentres = np.array([[0.0, 0.0, 0.0], [30.0, -25.0, 40.0]])
    for isocentre in isocentres:
        quick = sector_dose_rates(isocentre[None], isocentres, perfexion, sphere)
        full = summed_sector_dose_rates(isocentre[None], isocentres, perfexion, sphere)
        assert quick.shape == (2, 8, 3, 1)
        np.testing.assert_allclose(quick, full, atol=0.01 * full.max())


def test_far_away_the_rate_on_the_border_holds(perfexion: GammaKnife) -> None:
    reach = shot_kernel(perfexion).reach_mm
    head = WaterSphere(radius_mm=300.0)
    rates = sector_dose_rates([[reach, 0, 0], [reach + 50.0, 0, 0]], [[0.0, 0.0, 0.0]], perfexion, head)[0]
    np.testing.assert_allclose(rates[..., 1], rates[..., 0], rtol=1e-2)


def test_a_machine_without_sectors_is_summed(sphere: WaterSphere) -> None:
    machine = gamma_knife("model_c", 3.0)
    with pytest.raises(ImpastoError, match="no kernel"):
        shot_kernel(machine)
    rates = sector_dose_rates([[40.0, 0.0, 0.0]], [[40.0, 0.0, 0.0]], machine, sphere)
    assert rates.shape == (1, 1, 4, 1)
    assert np.all(np.diff(rates[0, 0, :, 0]) > 0)


def test_refuses_isocentres_outside_the_head(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    with pytest.raises(ImpastoError, match=r"\(90.0, 0.0, 0.0\) mm lies outside the head"):
        sector_dose_rates([[0, 0, 0]], [[90.0, 0.0, 0.0]], perfexion, sphere)
