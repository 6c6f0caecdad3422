"""Whole plans for a ball of 3 ml: coverage and isodose as asked for, locked shots untouched, zones painted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from impasto.core import Dose, DoseGoal, ImpastoError, Prescription, Shot, StructureSet
from impasto.evaluate import dose_volume_histogram, target_indices, zone_doses
from impasto.plan.gammaknife import GammaKnife, WaterSphere, dose_of_shots
from impasto.plan.gammaknife.planner import PlannedShots, PlannerSettings, plan_shots

from .conftest import FEW, GRID, LOCKED


def dose_of(planned: PlannedShots, machine: GammaKnife, head: WaterSphere) -> Dose:
    return dose_of_shots(planned.shots, GRID, machine, head, with_transit=True)


def test_locked_shots_stay_and_the_rest_covers_the_target(
    around_locked: PlannedShots, perfexion: GammaKnife, sphere: WaterSphere, structures: StructureSet
) -> None:
    """The coverage is what evaluation finds, by its own sampling."""
    assert around_locked.shots[0] == LOCKED
    assert all(shot.minutes >= 0.9 * FEW.search.shortest_minutes for shot in around_locked.shots)
    dose = dose_of(around_locked, perfexion, sphere)
    found = target_indices(dose, dose_volume_histogram(dose, structures["GTV"]), 16.0)
    assert found.coverage == pytest.approx(0.981, abs=0.0012)
    assert found.paddick_conformity_index is not None
    assert found.paddick_conformity_index > 0.85


def test_zones_get_their_levels_at_the_isodose(
    perfexion: GammaKnife, sphere: WaterSphere, structures: StructureSet
) -> None:
    """18 Gy in the core at 50 %: the largest dose is 36 Gy, and every zone keeps its rule."""
    painted = Prescription("painted", 1, (DoseGoal("core", 18.0), DoseGoal("shell", 15.0)))
    planned = plan_shots(painted, structures, GRID, perfexion, sphere, replace(FEW, isodose=0.5))
    dose = dose_of(planned, perfexion, sphere)
    assert float(dose.gy.max()) == pytest.approx(36.0, rel=2e-3)
    core, shell = zone_doses(dose, painted, structures, isodose=0.5)
    assert core.is_kept
    assert shell.is_kept
    assert core.mean_gy > shell.mean_gy


def test_locked_shots_that_cover_the_target_alone_are_an_error(
    perfexion: GammaKnife, sphere: WaterSphere, uniform: Prescription, structures: StructureSet
) -> None:
    long = Shot((12.0, -8.0, 5.0), (16.0,) * 8, 60.0)
    with pytest.raises(ImpastoError, match="locked shots alone"):
        plan_shots(uniform, structures, GRID, perfexion, sphere, replace(FEW, locked=(long,)))


@pytest.mark.parametrize("settings", [{"coverage": 1.0}, {"isodose": 0.0}])
def test_impossible_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ImpastoError, match="share"):
        PlannerSettings(**settings)  # type: ignore[arg-type]
