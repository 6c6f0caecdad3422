"""Radiosurgery figures of a cone-shaped dose, whose volumes and integrals are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import (
    Dose,
    DoseGoal,
    Grid,
    Image,
    ImpastoError,
    Prescription,
    Role,
    Structure,
    StructureSet,
)
from impasto.evaluate import (
    dose_volume_histogram,
    efficiency_index,
    integral_dose_j,
    volume_at_dose,
    zone_doses,
)

GRID = Grid.centred((61, 61, 61), (1.0, 1.0, 1.0))
RADIUS_MM = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
PEAK_GY, REACH_MM = 32.0, 24.0


@pytest.fixture(scope="module")
def cone() -> Dose:
    """32 Gy in the middle, falling linearly to 0 at 24 mm."""
    gy = np.maximum(PEAK_GY * (1.0 - RADIUS_MM / REACH_MM), 0.0).astype(np.float32)
    return Dose(Image(gy, GRID, "dose", "Gy"), fractions=1, label="cone")


def ball(name: str, radius_mm: float, inner_mm: float = 0.0) -> Structure:
    """A ball or shell whose voxels at the border are filled in part."""
    fill = np.clip(radius_mm - RADIUS_MM + 0.5, 0.0, 1.0)
    if inner_mm:
        fill = fill * np.clip(RADIUS_MM - inner_mm + 0.5, 0.0, 1.0)
    return Structure.from_mask(name, Role.GTV, fill, GRID)


def ball_ml(radius_mm: float) -> float:
    return 4.0 / 3.0 * np.pi * radius_mm**3 / 1000.0


def ball_gy_ml(radius_mm: float) -> float:
    """Integral of the cone over a ball: 4 pi P (r^3 / 3 - r^4 / 4 R)."""
    return 4.0 * np.pi * PEAK_GY * (radius_mm**3 / 3.0 - radius_mm**4 / (4.0 * REACH_MM)) / 1000.0


def test_efficiency_index_is_the_share_of_energy_in_the_target(cone: Dose) -> None:
    """16 Gy at 12 mm, 8 Gy at 18 mm: the target of 12 mm against all within 18 mm."""
    histogram = dose_volume_histogram(cone, ball("target", 12.0))
    assert efficiency_index(cone, histogram, 16.0) == pytest.approx(ball_gy_ml(12.0) / ball_gy_ml(18.0), rel=5e-3)


def test_efficiency_index_without_dose_names_the_isodose(cone: Dose) -> None:
    histogram = dose_volume_histogram(cone, ball("target", 12.0))
    with pytest.raises(ImpastoError, match="50 Gy"):
        efficiency_index(cone, histogram, 100.0)


def test_volume_at_dose_counts_shared_voxels_once(cone: Dose) -> None:
    """12 Gy lies at 15 mm."""
    found = volume_at_dose(cone, (ball("target", 12.0), ball("core", 6.0)), 12.0)
    assert found.total_ml == pytest.approx(ball_ml(15.0), rel=3e-3)
    assert found.outside_targets_ml == pytest.approx(ball_ml(15.0) - ball_ml(12.0), rel=1e-2)


def test_volume_at_a_dose_that_nothing_receives_is_none(cone: Dose) -> None:
    assert volume_at_dose(cone, (), 40.0).total_ml == 0.0


def test_integral_dose_is_dose_times_mass(cone: Dose) -> None:
    """A whole ball in water, and the same from a density map of 1.04."""
    target = ball("brain", 20.0)
    assert integral_dose_j(cone, target, 1.0) == pytest.approx(1e-3 * ball_gy_ml(20.0), rel=5e-3)
    density = Image(np.full(GRID.shape, 1.04, dtype=np.float32), GRID, "mass density", "g/ml")
    assert integral_dose_j(cone, target, density) == pytest.approx(integral_dose_j(cone, target), rel=5e-3)


def test_zones_are_judged_by_their_own_level() -> None:
    """Slabs of whole voxels in a dose that rises by 1 Gy/mm: every figure lies on a straight line."""
    x_mm = GRID.voxel_centres_mm()[..., 0]
    near = np.abs(GRID.voxel_centres_mm()[..., 1:]).max(axis=-1) < 20.0
    rising = Dose(Image((x_mm + 31.0).astype(np.float32), GRID, "dose", "Gy"), fractions=1, label="rising")
    hot = Structure.from_mask("hot", Role.GTV, near & (x_mm > -0.5) & (x_mm < 19.5), GRID)
    cold = Structure.from_mask("cold", Role.GTV, near & (x_mm > -20.5) & (x_mm < -0.5), GRID)
    prescription = Prescription("painted", 1, (DoseGoal("hot", 30.5), DoseGoal("cold", 11.0)))
    first, second = zone_doses(rising, prescription, StructureSet((cold, hot)), isodose=0.75)
    assert (first.structure, first.volume_ml) == ("hot", pytest.approx(30.42, abs=0.01))
    assert (first.d98_gy, first.d50_gy, first.d2_gy) == pytest.approx((30.9, 40.5, 50.1), abs=0.02)
    assert second.mean_gy == pytest.approx(20.5, abs=0.01)
    assert first.most_gy == pytest.approx(1.25 * 30.5 / 0.75)
    assert first.is_kept
    assert not second.is_kept
