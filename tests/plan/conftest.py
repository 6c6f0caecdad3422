"""Fixtures of the planning tests: a water tank, and the plan of one small target in it."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, Role, Structure, StructureSet


@pytest.fixture(scope="session")
def water_tank() -> Image:
    """CT numbers of a cube of water, 240 mm, 4 mm voxels, in air."""
    grid = Grid.centred((70, 70, 70), (4.0, 4.0, 4.0))
    hu = np.full(grid.shape, -1000.0)
    hu[5:65, 5:65, 5:65] = 0.0
    return Image(hu, grid, "CT number", "[hnsf'U]")


@pytest.fixture(scope="session")
def tank_structures(water_tank: Image) -> StructureSet:
    """A ball of 16 mm radius at the tank's centre, an organ beside it, and the tank's outline."""
    grid = water_tank.grid
    points = grid.voxel_centres_mm()
    target = np.linalg.norm(points, axis=-1) <= 16.0
    organ = np.linalg.norm(points - (32.0, 0.0, 0.0), axis=-1) <= 14.0
    return StructureSet(
        (
            Structure.from_mask("PTV", Role.PTV, target, grid),
            Structure.from_mask("organ", Role.ORGAN, organ, grid),
            Structure.from_mask("BODY", Role.EXTERNAL, water_tank.data > -500.0, grid),
        )
    )
