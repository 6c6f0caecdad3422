"""The stage gamma-knife-plan on a small head of water."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from impasto.core import DoseGoal, Grid, ImpastoError, Plan, Prescription, Role, Structure, StructureSet, silent
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, StageResult
from impasto.workflow.stages import STAGES

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
    stage = STAGES["gamma-knife-plan"]
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
