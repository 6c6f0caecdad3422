"""Doses over a whole head, and biologically effective doses, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError, Shot
from impasto.plan.gammaknife import (
    BiologicalDoseSettings,
    GammaKnife,
    WaterSphere,
    biologically_effective_dose,
    dose_of_shots,
    wide_dose_of_shots,
)
from impasto.radiobiology import radiosurgery_bed_gy

SHOTS = (Shot((10.0, 0.0, 0.0), (16.0,) * 8, 4.0), Shot((2.0, 6.0, -4.0), (4.0, 8.0, 0.0, 16.0) * 2, 6.0))
GRID = Grid.centred((68, 60, 48), (1.25, 1.25, 1.25), (5.0, 0.0, 0.0))


def test_far_doses_are_those_of_the_full_sum(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    """Near the shots they are the same; beyond 15 mm within 0.5 % of the largest dose."""
    full = dose_of_shots(SHOTS, GRID, perfexion, sphere, with_transit=True).gy
    wide = wide_dose_of_shots(SHOTS, GRID, perfexion, sphere, ((17, 12, 8), (51, 48, 38))).gy
    np.testing.assert_allclose(wide[17:51, 12:48, 8:38], full[17:51, 12:48, 8:38], rtol=1e-5, atol=1e-5)
    assert np.abs(wide - full).max() <= 0.005 * full.max()
    assert wide.sum() == pytest.approx(full.sum(), rel=5e-3)


def test_a_part_beyond_the_grid_is_one_clear_error(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    with pytest.raises(ImpastoError, match="not in it"):
        wide_dose_of_shots(SHOTS, GRID, perfexion, sphere, ((0, 0, 0), (69, 10, 10)))


def test_one_shot_has_the_bed_of_its_dose_and_time(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    grid = Grid.centred((5, 5, 5), (3.0, 3.0, 3.0), (10.0, 0.0, 0.0))
    dose = dose_of_shots(SHOTS[:1], grid, perfexion, sphere, with_transit=True).gy
    bed = biologically_effective_dose(SHOTS[:1], grid, perfexion, sphere).data
    expected = radiosurgery_bed_gy(dose[None], [0.0], [4.0])
    np.testing.assert_allclose(bed, expected, rtol=1e-4)


def test_a_longer_way_between_shots_spares(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    """Between no repair, ``D (1 + D / (alpha / beta))``, and none of the shots meeting the other."""
    grid = Grid.centred((4, 4, 4), (3.0, 3.0, 3.0), (6.0, 3.0, -2.0))
    dose = dose_of_shots(SHOTS, grid, perfexion, sphere, with_transit=True).gy
    quick, slow = (
        biologically_effective_dose(SHOTS, grid, perfexion, sphere, BiologicalDoseSettings(minutes)).data
        for minutes in (0.1, 60.0)
    )
    assert np.all(slow < quick)
    assert np.all(quick < dose * (1.0 + dose / 2.47))
    assert np.all(slow > dose)
