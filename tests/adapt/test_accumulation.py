"""Sums of phases: fractions are kept, EQD2 is that of each phase, what is missing stays missing."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.adapt import AccumulatedDose, Correspondence, MappedDose, alpha_beta_map
from impasto.core import DoseKind, Grid, ImpastoError, Role, Structure, StructureSet

GRID = Grid.axis_aligned((3, 1, 1), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))


def phase(gy: tuple[float, float, float], fractions: int) -> MappedDose:
    values = np.array(gy, dtype=np.float32).reshape(3, 1, 1)
    reason = np.where(np.isnan(values), Correspondence.OUTSIDE_DOSE, Correspondence.FOUND).astype(np.uint8)
    return MappedDose(values, GRID, fractions, reason)


def test_physical_doses_add_and_fractions_too() -> None:
    course = AccumulatedDose((phase((14.0, 0.0, 1.0), 7), phase((20.0, 5.0, 2.0), 10)))
    assert course.fractions == 17
    assert course.physical().gy.ravel() == pytest.approx([34.0, 5.0, 3.0])
    assert course.physical().fractions == 17


def test_eqd2_is_taken_in_each_phases_fractions() -> None:
    """2 Gy fractions count as they are; 30 Gy in 10 is 36 Gy at alpha/beta 3, 32.5 Gy at 10 (published)."""
    course = AccumulatedDose((phase((14.0, 14.0, 0.0), 7), phase((30.0, 30.0, 30.0), 10)))
    assert course.eqd2_gy(3.0).ravel() == pytest.approx([50.0, 50.0, 36.0])
    assert course.eqd2_gy(10.0).ravel() == pytest.approx([46.5, 46.5, 32.5])
    dose = course.eqd2(10.0)
    assert dose.kind is DoseKind.EQD2
    assert dose.alpha_beta_gy == 10.0


def test_alpha_beta_may_be_a_map_by_structure() -> None:
    tumour = Structure.from_mask("GTV", Role.GTV, np.array([1.0, 0.0, 0.0]).reshape(3, 1, 1), GRID)
    cord = Structure.from_mask("cord", Role.ORGAN, np.array([1.0, 1.0, 0.0]).reshape(3, 1, 1), GRID)
    ratios = alpha_beta_map(GRID, StructureSet((cord, tumour)), {"GTV": 10.0, "cord": 2.0}, 3.0)
    assert ratios.ravel().tolist() == [10.0, 2.0, 3.0]
    course = AccumulatedDose((phase((30.0, 30.0, 30.0), 10),))
    assert course.eqd2_gy(ratios).ravel() == pytest.approx([32.5, 37.5, 36.0])


def test_what_one_phase_lacks_is_missing_in_the_sum() -> None:
    course = AccumulatedDose((phase((14.0, np.nan, 1.0), 7), phase((20.0, 5.0, np.nan), 10)))
    assert course.is_found.ravel().tolist() == [True, False, False]
    assert np.isnan(course.physical().gy.ravel()[1:]).all()
    assert np.isnan(course.eqd2_gy(10.0).ravel()[1:]).all()
    assert course.reason.ravel().tolist() == [0, 1, 1]


def test_refuses_doses_that_hide_what_is_missing() -> None:
    with pytest.raises(ImpastoError, match="do not agree"):
        MappedDose(np.zeros((3, 1, 1), np.float32), GRID, 7, np.ones((3, 1, 1), np.uint8))


def test_refuses_no_parts_and_different_grids() -> None:
    with pytest.raises(ImpastoError, match="no part"):
        AccumulatedDose(())
    other = Grid.axis_aligned((3, 1, 1), (3.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    elsewhere = MappedDose(np.zeros((3, 1, 1), np.float32), other, 7, np.zeros((3, 1, 1), np.uint8))
    with pytest.raises(ImpastoError, match="different grids"):
        AccumulatedDose((phase((1.0, 1.0, 1.0), 7), elsewhere))
