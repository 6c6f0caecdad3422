"""A small target near the middle of the calibration sphere, and one plan for it."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import DoseGoal, Grid, Prescription, Role, Shot, Structure, StructureSet
from impasto.plan.gammaknife import GammaKnife, WaterSphere
from impasto.plan.gammaknife.planner import (
    PackingSettings,
    PlannedShots,
    PlannerSettings,
    RadiosurgeryAims,
    SearchSettings,
    plan_shots,
)

CENTRE_MM = np.array([12.0, -8.0, 5.0])
GRID = Grid.centred((46, 46, 46), (1.0, 1.0, 1.0), CENTRE_MM)
LOCKED = Shot((12.0, -8.0, 8.0), (4.0, 8.0, 0.0, 4.0, 4.0, 0.0, 8.0, 4.0), 1.25)
FEW = PlannerSettings(
    packing=PackingSettings(most=8),
    aims=RadiosurgeryAims(surface_points=400, core_points=150, inner_points=400, outer_points=300, outer_ring_mm=8.0),
    search=SearchSettings(moves=1),
)


def ball(name: str, radius_mm: float, outside_mm: float = 0.0) -> Structure:
    away = np.linalg.norm(GRID.voxel_centres_mm() - CENTRE_MM, axis=-1)
    return Structure.from_mask(name, Role.GTV, (away < radius_mm) & (away >= outside_mm), GRID)


@pytest.fixture(scope="session")
def structures() -> StructureSet:
    return StructureSet((ball("GTV", 9.0), ball("core", 5.0), ball("shell", 9.0, outside_mm=5.0)))


@pytest.fixture(scope="session")
def uniform() -> Prescription:
    return Prescription("16 Gy", 1, (DoseGoal("GTV", 16.0),))


@pytest.fixture(scope="session")
def around_locked(
    perfexion: GammaKnife, sphere: WaterSphere, uniform: Prescription, structures: StructureSet
) -> PlannedShots:
    """16 Gy at any isodose, around a locked shot."""
    settings = PlannerSettings(FEW.packing, FEW.aims, FEW.search, locked=(LOCKED,))
    return plan_shots(uniform, structures, GRID, perfexion, sphere, settings)
