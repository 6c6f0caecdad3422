"""Figures of uptake: maximum, peak, mean, volume, glycolysis."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.target.pet import peak_uptake, uptake_statistics

GRID = Grid.centred((24, 24, 16), (2.0, 2.0, 3.0))


def image(values: np.ndarray) -> Image:
    return Image(values, GRID, "SUV body weight", "g/mL")


def test_volume_and_glycolysis_count_filled_shares() -> None:
    values = np.full(GRID.shape, 3.0)
    values[12, 12, 8] = 7.0
    occupancy = np.zeros(GRID.shape)
    occupancy[10:15, 10:15, 7:10] = 1.0
    occupancy[15, 10:15, 7:10] = 0.4
    found = uptake_statistics(image(values), occupancy)
    voxels = 75 + 15 * 0.4
    assert found.metabolic_tumour_volume_ml == pytest.approx(voxels * 0.012)
    assert found.maximum == 7.0
    assert found.mean == pytest.approx(3.0 + 4.0 / voxels)
    assert found.total_lesion_glycolysis_ml == pytest.approx(found.mean * found.metabolic_tumour_volume_ml)


def test_peak_of_one_hot_voxel_is_its_share_of_a_millilitre() -> None:
    values = np.ones(GRID.shape)
    values[12, 12, 8] = 101.0
    everywhere = np.ones(GRID.shape, dtype=bool)
    assert peak_uptake(image(values), everywhere) == pytest.approx(1.0 + 100.0 * 0.012, rel=0.01)


def test_peak_of_a_slope_lies_at_its_upper_end() -> None:
    # a linear uptake: the mean over a sphere is the value at its centre
    values = 5.0 + 0.05 * GRID.voxel_centres_mm()[..., 0]
    within = np.zeros(GRID.shape, dtype=bool)
    within[6:15, 12, 8] = True
    assert peak_uptake(image(values), within) == pytest.approx(values[14, 12, 8], rel=1e-6)


def test_empty_or_misplaced_lesions_are_refused() -> None:
    with pytest.raises(ImpastoError, match="empty"):
        uptake_statistics(image(np.ones(GRID.shape)), np.zeros(GRID.shape))
    with pytest.raises(ImpastoError, match="same voxels"):
        uptake_statistics(image(np.ones(GRID.shape)), np.zeros((3, 3, 3)))
