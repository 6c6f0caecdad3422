"""The stage gamma-knife-plan on a small head of water."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from impasto.core import (
    Dose,
    DoseGoal,
    DoseLimit,
    Grid,
    Image,
    ImpastoError,
    LimitKind,
    Plan,
    Prescription,
    Role,
    Structure,
    StructureSet,
    silent,
)
from impasto.workflow.artefacts import Figures
from impasto.workflow.settings import stage_named
from impasto.workflow.stage import Inputs, StageResult
from impasto.workflow.stages.gamma_knife_metrics import MetricSettings, limit_notes, radiosurgery_metrics

GRID = Grid.centred((90, 90, 90), (2.0, 2.0, 2.0))
RADIUS_MM = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
FINE = Grid.centred((20, 20, 20), (1.0, 1.0, 1.0), (10.0, 0.0, 0.0))
HEAD = Structure.from_mask("skin", Role.EXTERNAL, RADIUS_MM < 80.0, GRID)
BRAIN = Structure.from_mask("brain", Role.OTHER, RADIUS_MM < 70.0, GRID)
TARGET = Structure.from_mask(
    "GTV", Role.GTV, np.linalg.norm(FINE.voxel_centres_mm() - (10.0, 0.0, 0.0), axis=-1) < 7.0, FINE
)
LOCKED = {"isocentre_mm": (10.0, 0.0, 2.0), "collimators_mm": (8.0,) * 8, "minutes": 2.0}


def planned(structures: StructureSet, **settings: Any) -> StageResult:
    stage = stage_named("gamma-knife-plan")
    prescription = Prescription("16 Gy", 1, (DoseGoal("GTV", 16.0),))
    loaders = {"structures": lambda: structures, "prescription": lambda: prescription}
    coarse = {"name": "radiosurgery", "dose_grid_mm": 2.0, "most_isocentres": 6}
    return stage.run(Inputs("plan", loaders), stage.settings(**{**coarse, **settings}), silent)


@pytest.fixture(scope="module")
def result() -> StageResult:
    return planned(StructureSet((HEAD, BRAIN, TARGET)), locked_shots=(LOCKED,))


def test_the_plan_holds_locked_shots_and_what_a_reader_must_know(result: StageResult) -> None:
    plan = result.outputs["plan"]
    assert isinstance(plan, Plan)
    first = plan.shots[0]
    assert (first.isocentre_mm, first.collimators_mm, first.minutes) == tuple(LOCKED.values())
    notes = " ".join(plan.notes)
    assert "taken as water" in notes
    assert "without decay" in notes
    # the dose covers the whole head
    assert np.all(plan.dose.grid.bounds_mm()[1] >= 79.0)


def test_the_metrics_agree_with_the_dose(result: StageResult) -> None:
    plan, figures = result.outputs["plan"], result.outputs["metrics"]
    assert isinstance(plan, Plan)
    assert isinstance(figures, Figures)
    found = figures.values
    gy, grid = plan.dose.gy, plan.dose.grid
    assert found["coverage"] == pytest.approx(0.98, abs=0.02)
    assert found["volumes"][0]["total_ml"] == pytest.approx(np.sum(gy >= 12.0) * grid.voxel_volume_ml, rel=0.05)
    inside = BRAIN.occupancy(grid)
    (brain,) = (entry for entry in found["energies"] if entry["structure"] == "brain")
    joule = 1.04e-3 * grid.voxel_volume_ml * np.sum(inside * gy)
    assert brain["integral_dose_j"] == pytest.approx(joule, rel=0.02)
    assert found["beam-on minutes"] == pytest.approx(sum(shot.minutes for shot in plan.shots))


def test_a_head_without_outline_is_one_clear_error() -> None:
    with pytest.raises(ImpastoError, match="EXTERNAL"):
        planned(StructureSet((TARGET,)))


def test_one_date_of_calibration_is_not_enough() -> None:
    with pytest.raises(ImpastoError, match="two dates"):
        planned(StructureSet((HEAD, TARGET)), calibrated_on="2024-01-01")


def test_limits_that_are_not_kept_are_said_with_what_can_be_done() -> None:
    """A dose of 0.5 Gy per mm from left to right, and an organ from 20 to 24 mm."""
    gy = Image((0.5 * (GRID.voxel_centres_mm()[..., 0] + 100.0)).astype(np.float32), GRID, "dose", "Gy")
    slab = np.abs(GRID.voxel_centres_mm()[..., 0] - 22.0) < 2.0
    organ = Structure.from_mask("nerve", Role.ORGAN, slab, GRID)
    limits = (DoseLimit("nerve", LimitKind.MAXIMUM, 60.0), DoseLimit("nerve", LimitKind.MEAN, 64.0))
    painted = Prescription("p", 1, (DoseGoal("GTV", 16.0),), limits)
    structures = StructureSet((HEAD, TARGET, organ))
    rows = radiosurgery_metrics(Dose(gy, 1), painted, structures, 0.5, MetricSettings())["limits"]
    assert [row["is_kept"] for row in rows] == [False, True]
    assert rows[0]["achieved"] == pytest.approx(62.0, abs=0.6)
    (note,) = limit_notes(rows, "painted")
    assert "nerve (maximum 6" in note
    assert "--set painted.coverage" in note
    assert limit_notes(rows[1:], "painted") == ()


def test_zones_of_one_grid_are_one_target_without_a_loss_at_their_border() -> None:
    """Two zones whose border runs through voxels: what each fills of them adds up."""
    x_mm = GRID.voxel_centres_mm()[..., 0]
    inside = (RADIUS_MM < 12.0).astype(float)
    share = np.clip(0.5 + x_mm / 6.0, 0.0, 1.0)
    zones = [Structure.from_mask(n, Role.GTV, inside * part, GRID) for n, part in (("a", share), ("b", 1.0 - share))]
    painted = Prescription("p", 1, tuple(DoseGoal(zone.name, 16.0) for zone in zones))
    gy = Image(np.maximum(40.0 - RADIUS_MM, 0.0).astype(np.float32), GRID, "dose", "Gy")
    found = radiosurgery_metrics(Dose(gy, 1), painted, StructureSet((HEAD, *zones)), 0.5, MetricSettings())
    assert found["target_ml"] == pytest.approx(inside.sum() * GRID.voxel_volume_ml, rel=0.01)
