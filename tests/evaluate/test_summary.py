"""Plans held against prescriptions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from impasto.core import (
    Dose,
    DoseGoal,
    DoseKind,
    DoseLimit,
    Grid,
    Image,
    ImpastoError,
    LimitKind,
    Prescription,
    Role,
    Structure,
    StructureSet,
)
from impasto.evaluate import EvaluationSettings, evaluate_plan

GRID = Grid.centred((24, 20, 16), (2.0, 2.0, 2.5))


def box(name: str, role: Role, i: slice, j: slice = slice(6, 14), k: slice = slice(4, 12)) -> Structure:
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[i, j, k] = True
    return Structure.from_mask(name, role, mask, GRID)


def far_away() -> Structure:
    square = np.array([[200.0, 0.0], [210.0, 0.0], [210.0, 10.0]])
    return Structure("eye", Role.ORGAN, tuple(np.column_stack([square, np.full(3, z)]) for z in (0.0, 2.5)))


STRUCTURES = StructureSet(
    (
        box("PTV", Role.PTV, slice(4, 12)),
        box("GTV", Role.GTV, slice(6, 10), slice(8, 12), slice(6, 10)),
        box("cord", Role.ORGAN, slice(16, 20)),
        box("skin", Role.ORGAN, slice(21, 23)),
        far_away(),
        Structure("undrawn"),
    )
)


def dose(target_gy: float = 60.0, organ_gy: float = 20.0) -> Dose:
    values = np.full(GRID.shape, target_gy)
    values[14:] = organ_gy
    return Dose(Image(values, GRID, "dose", "Gy"), fractions=30, label="plan A")


def prescription(*limits: DoseLimit) -> Prescription:
    return Prescription("uniform", 30, (DoseGoal("PTV", 60.0, 60.0),), limits)


def test_goals_and_limits_are_judged_with_their_margins() -> None:
    limits = (
        DoseLimit("cord", LimitKind.MAXIMUM, 45.0),
        DoseLimit("cord", LimitKind.MEAN, 15.0),
        DoseLimit("skin", LimitKind.DOSE_VOLUME, 10.0, volume_percent=30.0),
    )
    found = evaluate_plan(dose(), prescription(*limits), STRUCTURES)
    (goal,) = found.goals
    assert goal.is_met
    assert goal.reached_percent == pytest.approx(100.0)
    maximum, mean, dose_volume = found.limits
    assert (maximum.is_met, mean.is_met, dose_volume.is_met) == (True, False, False)
    assert maximum.margin == pytest.approx(25.0, abs=1e-6)
    assert mean.margin == pytest.approx(-5.0, abs=1e-6)
    assert dose_volume.margin == pytest.approx(-70.0)


@pytest.mark.parametrize(("target_gy", "is_met"), [(58.0, True), (56.0, False), (62.5, True), (64.0, False)])
def test_a_goal_may_be_missed_by_its_tolerance(target_gy: float, is_met: bool) -> None:
    found = evaluate_plan(dose(target_gy), prescription(), STRUCTURES)
    assert found.goals[0].is_met is is_met
    strict = EvaluationSettings(goal_dose_tolerance_percent=0.1)
    assert not evaluate_plan(dose(target_gy), prescription(), STRUCTURES, settings=strict).goals[0].is_met


def test_a_later_goal_is_judged_on_what_is_its_own() -> None:
    """The PTV's upper level does not count inside the GTV, which comes first and asks for more."""
    values = np.full(GRID.shape, 50.0)
    values[5:11, 7:13, 5:11] = 70.0
    two = Prescription("boost", 30, (DoseGoal("GTV", 70.0, 70.0), DoseGoal("PTV", 50.0)))
    found = evaluate_plan(Dose(Image(values, GRID, "dose", "Gy"), 30), two, STRUCTURES)
    assert [goal.structure for goal in found.goals] == ["GTV", "PTV"]
    assert all(goal.is_met for goal in found.goals)
    assert found.goals[1].exceeded_percent is None


def test_what_cannot_be_evaluated_is_named_and_targets_must_be() -> None:
    found = evaluate_plan(dose(), prescription(), STRUCTURES)
    assert found.not_evaluated == {"eye": "it lies wholly outside the dose grid", "undrawn": "it is empty"}
    assert [histogram.structure for histogram in found.histograms] == ["PTV", "GTV", "cord", "skin"]
    for target in ("eye", "undrawn"):
        with pytest.raises(ImpastoError, match=target):
            evaluate_plan(dose(), Prescription("p", 30, (DoseGoal(target, 60.0),)), STRUCTURES)


def test_the_record_is_plain_and_has_units() -> None:
    settings = EvaluationSettings(volume_at_doses_gy=(10.0, 30.0))
    limits = (DoseLimit("cord", LimitKind.MAXIMUM, 45.0),)
    steps = []
    found = evaluate_plan(
        dose(), prescription(*limits), STRUCTURES, ["skin"], settings, lambda work, fraction: steps.append(fraction)
    )
    record = json.loads(json.dumps(found.to_record()))
    assert steps[0] == 0.0
    assert steps[-1] == 1.0
    assert [item["structure"] for item in record["structures"]] == ["PTV", "cord", "skin"]
    cord = record["structures"][1]
    assert cord["maximum_gy"] == pytest.approx(20.0)
    assert cord["d2_gy"] == pytest.approx(20.0)
    assert cord["volume_at_dose"][0] == {"dose_gy": 10.0, "volume_ml": pytest.approx(2.56), "volume_percent": 100.0}
    assert record["quality"][0]["quality_factor"] == pytest.approx(0.0, abs=1e-9)
    assert record["indices"][0]["isodose_gy"] == 60.0
    assert record["limits"][0]["margin_gy"] == pytest.approx(25.0)
    assert record["dose_kind"] == "physical"


def test_eqd2_is_described_but_not_held_against_physical_goals() -> None:
    values = dose().gy
    biological = Dose(Image(values, GRID, "dose", "Gy"), 30, DoseKind.EQD2, 2.0)
    found = evaluate_plan(biological, prescription(), STRUCTURES)
    assert (found.quality, found.goals) == ((), ())
    assert found.to_record()["structures"][0]["alpha_beta_gy"] == 2.0
