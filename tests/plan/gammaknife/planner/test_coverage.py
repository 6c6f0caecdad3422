"""Scaling to coverage: exact for a dose that falls linearly, also with a dose that does not scale."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import DoseGoal, Grid, Image, ImpastoError, Prescription, Role, Structure, StructureSet
from impasto.plan.gammaknife.planner import target_levels
from impasto.plan.gammaknife.planner.coverage import CoverageSamples, coverage_samples

GRID = Grid.centred((40, 30, 30), (1.0, 1.0, 1.0), (5.0, 6.0, 7.0))
X_MM = GRID.voxel_centres_mm()[..., 0] - GRID.bounds_mm()[0, 0]
SLAB = Structure.from_mask("slab", Role.GTV, (X_MM > 10.0) & (X_MM < 30.0), GRID)


def samples(lower: float | Image = 16.0) -> CoverageSamples:
    structures, prescription = StructureSet((SLAB,)), Prescription("p", 1, (DoseGoal("slab", lower),))
    return coverage_samples(prescription, structures, target_levels(prescription, structures, GRID))


@pytest.mark.parametrize("coverage", [0.9, 0.98])
def test_the_factor_lifts_the_right_share_of_a_falling_dose_to_its_level(coverage: float) -> None:
    """40 - x Gy from 10 to 30 mm: what covers 98 % is the dose at 29.6 mm."""
    found = samples()
    factor = found.covering_factor(found.interpolated(40.0 - X_MM), np.zeros(len(found.share)), coverage)
    assert factor == pytest.approx(16.0 / (40.0 - (10.0 + 20.0 * coverage)), rel=2e-3)


def test_a_fixed_dose_counts_but_does_not_scale() -> None:
    found = samples()
    dose, fixed = found.interpolated(40.0 - X_MM), np.full(len(found.share), 2.0)
    assert found.covering_factor(dose, fixed, 0.9) == pytest.approx(14.0 / 12.0, rel=2e-3)


def test_voxels_at_the_border_take_the_level_of_the_map_beside_them() -> None:
    """A map that is 0 outside the target must not spare the parts of voxels at its border."""
    shared = Structure.from_mask("slab", Role.GTV, np.where(X_MM < 10.0, 0.4 * (X_MM > 9.0), X_MM < 30.0), GRID)
    level = Image(np.where((X_MM > 10.0) & (X_MM < 30.0), 16.0, 0.0), GRID, "dose", "Gy")
    structures, prescription = StructureSet((shared,)), Prescription("p", 1, (DoseGoal("slab", level),))
    found = coverage_samples(prescription, structures, target_levels(prescription, structures, GRID))
    np.testing.assert_allclose(found.lower_gy, 16.0)
    assert found.share.sum() / 8.0 == pytest.approx(20.4 * 30.0 * 30.0, rel=1e-3)


def test_what_an_earlier_goal_owns_is_not_counted_again() -> None:
    inner = Structure.from_mask("inner", Role.GTV, (X_MM > 14.0) & (X_MM < 20.0), GRID)
    structures = StructureSet((SLAB, inner))
    prescription = Prescription("p", 1, (DoseGoal("inner", 18.0), DoseGoal("slab", 15.0)))
    found = coverage_samples(prescription, structures, target_levels(prescription, structures, GRID))
    volumes = [found.share[found.goal == number].sum() / 8.0 for number in (0, 1)]
    assert volumes == pytest.approx([6.0 * 900.0, 14.0 * 900.0])


def test_a_target_without_dose_is_one_clear_error() -> None:
    found = samples()
    dose = found.interpolated(np.where(X_MM < 25.0, 20.0, 0.0))
    with pytest.raises(ImpastoError, match="outside the head"):
        found.covering_factor(dose, np.zeros(len(dose)), 0.98)


def test_a_small_target_is_scaled_with_the_largest_that_it_touches() -> None:
    """Slabs of 0.9, 5.4 and 9 ml in a row, and one of 1.8 ml away from them."""
    edges = (("rim", 10.0, 11.0), ("middle", 11.0, 17.0), ("rest", 17.0, 27.0), ("apart", 35.0, 37.0))
    slabs = StructureSet(
        tuple(
            Structure.from_mask(name, Role.GTV, np.abs(X_MM - 0.5 * (low + high)) < 0.5 * (high - low), GRID)
            for name, low, high in edges
        )
    )
    prescription = Prescription("p", 1, tuple(DoseGoal(name, 16.0) for name, *_ in edges))
    levels = target_levels(prescription, slabs, GRID)
    assert levels.scaled_with(0.5) == (0, 1, 2, 3)
    assert levels.scaled_with(2.0) == (1, 1, 2, 3)
    assert levels.scaled_with(6.0) == (2, 2, 2, 3)
    # the rim is cold: alone it would need eight times the dose
    alone, together = (coverage_samples(prescription, slabs, levels, least_ml) for least_ml in (0.0, 2.0))
    dose = np.where(X_MM < 11.0, 2.0, 16.0)
    factors = [
        found.covering_factor(found.interpolated(dose), np.zeros(len(found.share)), 0.8) for found in (alone, together)
    ]
    assert factors[0] == pytest.approx(8.0, rel=0.05)
    assert factors[1] == pytest.approx(1.0, rel=0.15)
