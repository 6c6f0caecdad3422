"""Targets apart from each other are each planned on its own isodose; those outside the head are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from impasto.core import DoseGoal, Grid, ImpastoError, Prescription, Role, Structure, StructureSet
from impasto.plan.gammaknife import GammaKnife, WaterSphere, dose_of_shots
from impasto.plan.gammaknife.planner import (
    PackingSettings,
    PlannerSettings,
    RadiosurgeryAims,
    SearchSettings,
    plan_shots,
    planning_points,
    target_levels,
)

GRID = Grid.centred((64, 34, 34), (1.0, 1.0, 1.0))
AIMS = RadiosurgeryAims(surface_points=300, core_points=100, inner_points=300, outer_points=200, outer_ring_mm=6.0)


def ball(name: str, x_mm: float, radius_mm: float) -> Structure:
    away = np.linalg.norm(GRID.voxel_centres_mm() - [x_mm, 0.0, 0.0], axis=-1)
    return Structure.from_mask(name, Role.GTV, away < radius_mm, GRID)


SMALL, LARGE = ball("small", -20.0, 2.4), ball("large", 12.0, 9.0)
BOTH = StructureSet((LARGE, SMALL))
PRESCRIPTION = Prescription("both", 1, (DoseGoal("large", 16.0), DoseGoal("small", 20.0)))


def test_goals_that_touch_make_a_group() -> None:
    core = ball("core", 12.0, 4.0)
    goals = (DoseGoal("core", 18.0), DoseGoal("large", 16.0), DoseGoal("small", 20.0))
    levels = target_levels(Prescription("three", 1, goals), StructureSet((core, LARGE, SMALL)), GRID)
    assert levels.groups() == [(0, 1), (2,)]


def test_no_ring_reaches_into_another_target() -> None:
    levels = target_levels(PRESCRIPTION, BOTH, GRID)
    small = levels.limited_to((1,))
    assert np.array_equal(small.goal >= 0, SMALL.voxels(GRID))
    assert np.unique(small.lower_gy).tolist() == [0.0, 20.0]
    wide = replace(AIMS, outer_ring_mm=30.0)
    large = LARGE.voxels(GRID)
    for elsewhere, share in ((None, 1.0), (large, 0.0)):
        points, _ = planning_points(small, (), BOTH, wide, elsewhere)
        at = np.floor(GRID.index_from_world(points.points_mm) + 0.5).astype(int)
        assert np.any(large[tuple(at.T)]) == bool(share)


def test_a_small_target_does_not_make_a_large_one_hot(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    settings = PlannerSettings(PackingSettings(most=4), AIMS, SearchSettings(moves=0), isodose=0.5)
    planned = plan_shots(PRESCRIPTION, BOTH, GRID, perfexion, sphere, settings)
    assert min(shot.isocentre_mm[0] for shot in planned.shots) < -15.0
    dose = np.asarray(dose_of_shots(planned.shots, GRID, perfexion, sphere, with_transit=True).gy)
    coldest = [float(np.quantile(dose[one.voxels(GRID)], 0.02)) for one in (LARGE, SMALL)]
    assert coldest[0] == pytest.approx(16.0, rel=0.06)
    # half the peak of a 4 mm shot reaches beyond 2.4 mm
    assert 20.0 <= coldest[1] < 25.0
    hottest = [float(dose[one.voxels(GRID)].max()) for one in (LARGE, SMALL)]
    # each its own isodose; four isocentres steer it only so well
    assert hottest == pytest.approx([32.0, 40.0], rel=0.06)
    assert [note.split(":")[0] for note in planned.notes] == ["large", "small"]


def test_a_target_outside_the_head_is_named(perfexion: GammaKnife) -> None:
    head = WaterSphere((30.0, 0.0, 0.0), 45.0)
    with pytest.raises(ImpastoError, match="small: .* of it lies outside the head; correct the target or"):
        plan_shots(PRESCRIPTION, BOTH, GRID, perfexion, head, PlannerSettings(aims=AIMS))


def test_an_inner_target_that_is_listed_last_is_told_from_one_without_voxels() -> None:
    core = ball("core", 12.0, 4.0)
    late = Prescription("late", 1, (DoseGoal("large", 16.0), DoseGoal("core", 18.0)))
    with pytest.raises(ImpastoError, match="core: goals listed before it own all of its voxels"):
        target_levels(late, StructureSet((LARGE, core)), GRID)
    speck = Structure.from_mask("speck", Role.GTV, np.where(core.voxels(GRID), 0.1, 0.0), GRID)
    with pytest.raises(ImpastoError, match="speck: it fills half of no voxel"):
        target_levels(Prescription("p", 1, (DoseGoal("speck", 18.0),)), StructureSet((speck,)), GRID)
