"""What is left of a prescription: whole courses must come out as wanted, whatever was given before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.adapt import (
    AccumulatedDose,
    Correspondence,
    MappedDose,
    RemainingSettings,
    remaining_dose_gy,
    remaining_prescription,
)
from impasto.core import (
    DoseGoal,
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
from impasto.radiobiology import eqd2_gy

FREE = RemainingSettings(10.0, 0.0, 50.0)
GRID = Grid.axis_aligned((4, 4, 4), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0))


def test_a_course_as_planned_goes_on_as_planned() -> None:
    left, bounded, unknown = remaining_dose_gy(np.array([70.0]), eqd2_gy([14.0], 7, 10.0), (35, 28), FREE)
    assert left == pytest.approx([56.0])
    assert not bounded.any()
    assert not unknown.any()


@given(st.floats(60.0, 90.0), st.floats(0.0, 50.0), st.sampled_from([(35, 28), (35, 18), (30, 5)]))
def test_whole_course_has_the_eqd2_wanted(wanted: float, before: float, fractions: tuple[int, int]) -> None:
    whole, left = fractions
    given_eqd2 = float(eqd2_gy(before, whole - left, 10.0))
    dose, _, _ = remaining_dose_gy(np.array([wanted]), np.array([given_eqd2]), fractions, FREE)
    total = given_eqd2 + float(eqd2_gy(dose[0], left, 10.0))
    assert total == pytest.approx(max(float(eqd2_gy(wanted, whole, 10.0)), given_eqd2), rel=1e-9)


def test_newborn_hypoxia_gets_more_a_fraction() -> None:
    """34 Gy in 17 fractions given; a voxel that turns out hypoxic wants 84 Gy of 35."""
    so_far = eqd2_gy(np.array([34.0, 34.0]), 17, 10.0)
    dose, bounded, _ = remaining_dose_gy(np.array([70.0, 84.0]), so_far, (35, 18), RemainingSettings(10.0, 0.0, 3.0))
    assert dose[0] / 18 == pytest.approx(2.0)
    assert 2.6 < dose[1] / 18 < 84.0 / 18 - 34.0 / 18
    assert not bounded.any()


def test_bounds_hold_and_are_told() -> None:
    dose, bounded, _ = remaining_dose_gy(
        np.array([90.0, 70.0]), np.array([20.0, 90.0]), (35, 18), RemainingSettings(10.0, 0.5, 2.5)
    )
    assert dose.tolist() == pytest.approx([45.0, 9.0])
    assert bounded.all()


def test_unknown_dose_goes_on_at_its_pace() -> None:
    dose, _, unknown = remaining_dose_gy(np.array([70.0]), np.array([np.nan]), (35, 18), FREE)
    assert dose == pytest.approx([36.0])
    assert unknown.all()


def course(gy: float, fractions: int) -> AccumulatedDose:
    reason = np.full(GRID.shape, Correspondence.FOUND, dtype=np.uint8)
    return AccumulatedDose((MappedDose(np.full(GRID.shape, gy, np.float32), GRID, fractions, reason),))


def test_prescription_of_what_is_left() -> None:
    target = np.zeros(GRID.shape)
    target[:2] = 1.0
    structures = StructureSet(
        (
            Structure.from_mask("PTV", Role.PTV, target, GRID),
            Structure.from_mask("organ", Role.ORGAN, 1.0 - target, GRID),
        )
    )
    level = Image(np.full(GRID.shape, 70.0, np.float32), GRID, "prescribed dose", "Gy")
    limits = (
        DoseLimit("organ", LimitKind.MAXIMUM, 45.0),
        DoseLimit("organ", LimitKind.MEAN, 26.0),
        DoseLimit("organ", LimitKind.DOSE_VOLUME, 30.0, 50.0),
    )
    whole = Prescription("painted", 35, (DoseGoal("PTV", level, level), DoseGoal("organ", 20.0, 21.4)), limits)
    rest = remaining_prescription(whole, course(15.4, 7), structures, 28, FREE)
    assert rest.fractions == 28
    lower = rest.goals[0].lower_on(GRID)
    assert lower == pytest.approx(54.55, abs=0.05)
    assert rest.goals[0].upper_on(GRID) == pytest.approx(lower)
    assert rest.goals[1].upper_on(GRID).max() > rest.goals[1].lower_on(GRID).max()
    assert [limit.dose_gy for limit in rest.limits] == pytest.approx([29.6, 20.8, 24.0])
    assert "28 left" in rest.method
    spared = remaining_prescription(whole, course(3.0, 7), structures, 28, FREE)
    assert [limit.dose_gy for limit in spared.limits] == pytest.approx([42.0, 23.0, 24.0])


def test_refuses_a_course_that_is_over() -> None:
    with pytest.raises(ImpastoError, match="0 of 35"):
        remaining_dose_gy(np.array([70.0]), np.array([70.0]), (35, 0), FREE)
    with pytest.raises(ImpastoError, match="a fraction"):
        RemainingSettings(10.0, 3.0, 2.0)
