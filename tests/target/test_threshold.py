"""Targets by threshold: a fixed value and a share of the maximum."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.target import above_threshold, share_of_maximum

GRID = Grid.centred((40, 40, 20), (2, 2, 4))
DISTANCE_MM = np.linalg.norm(GRID.voxel_centres_mm() - [6.0, -4.0, 2.0], axis=-1)
SUV = Image(1.0 + 9.0 * np.exp(-((DISTANCE_MM / 15.0) ** 2)), GRID, "SUV body weight", "g/mL")
EVERYWHERE = Structure.from_mask("region", Role.OTHER, np.ones(GRID.shape), GRID)


def test_fixed_value_has_the_radius_of_the_isosurface():
    found = above_threshold(SUV, 2.5, EVERYWHERE, "GTV", Role.GTV)
    radius_mm = 15.0 * np.sqrt(np.log(9.0 / 1.5))
    assert found.role is Role.GTV
    assert found.volume_ml() == pytest.approx(4 / 3 * np.pi * radius_mm**3 / 1000, rel=0.02)
    assert np.array_equal(found.voxels(GRID), SUV.data >= 2.5)


def test_share_of_maximum_is_of_the_maximum_in_the_region():
    data = SUV.data.copy()
    data[0, 0, 0] = 100.0
    region = Structure.from_mask("region", Role.OTHER, DISTANCE_MM < 30.0, GRID)
    found = share_of_maximum(SUV.with_data(data), 0.41, region, "GTV", Role.GTV)
    assert np.array_equal(found.voxels(GRID), SUV.data >= 0.41 * SUV.data.max())


def test_only_the_largest_part_counts():
    data = SUV.data.copy()
    data[2:4, 2:4, 2] = 8.0
    assert not above_threshold(SUV.with_data(data), 2.5, EVERYWHERE, "GTV", Role.GTV).voxels(GRID)[2:4, 2:4, 2].any()


def test_what_cannot_be_found_is_said():
    with pytest.raises(ImpastoError, match="region: no voxel reaches 50 g/mL; lower the threshold"):
        above_threshold(SUV, 50.0, EVERYWHERE, "GTV", Role.GTV)
    with pytest.raises(ImpastoError, match="region: it holds no voxel"):
        share_of_maximum(SUV, 0.4, Structure("region"), "GTV", Role.GTV)
    with pytest.raises(ImpastoError, match="give a share between 0 and 1"):
        share_of_maximum(SUV, 40.0, EVERYWHERE, "GTV", Role.GTV)
