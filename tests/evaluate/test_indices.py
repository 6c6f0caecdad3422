"""Indices of target dose, on spheres in a dose that falls with distance."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Dose, Grid, Image, ImpastoError, Role, Structure
from impasto.evaluate import (
    coverage,
    dose_volume_histogram,
    gradient_index,
    homogeneity_index,
    isodose_volume_ml,
    paddick_conformity_index,
    selectivity,
    target_indices,
)

# fine, for interpolation between points cuts a round isodose short: by 0.06 mm on 1.5 mm voxels, a quarter of it here
GRID = Grid.centred((81, 81, 81), (0.75, 0.75, 0.75))


def falling_dose() -> Dose:
    """30 Gy less 1 Gy/mm: the d Gy isodose is a sphere of radius 30 - d mm."""
    distance = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
    return Dose(Image(np.maximum(30.0 - distance, 0.0), GRID, "dose", "Gy"), fractions=1)


def ball(radius_mm: float) -> Structure:
    angle = np.linspace(0.0, 2.0 * np.pi, 121)[:-1]
    contours = []
    for z in np.arange(-radius_mm + 0.25, radius_mm, 0.5):
        r = np.sqrt(radius_mm**2 - z**2)
        contours.append(np.column_stack([r * np.cos(angle), r * np.sin(angle), np.full(120, z)]))
    return Structure("ball", Role.PTV, tuple(contours))


def ball_ml(radius_mm: float) -> float:
    return 4.0 / 3.0 * np.pi * radius_mm**3 / 1000.0


def test_formulas() -> None:
    assert homogeneity_index(66.0, 60.0, 57.0) == pytest.approx(0.15)
    assert coverage(9.0, 10.0) == pytest.approx(0.9)
    assert selectivity(9.0, 12.0) == pytest.approx(0.75)
    assert paddick_conformity_index(9.0, 10.0, 12.0) == pytest.approx(0.675)
    assert gradient_index(24.0, 8.0) == pytest.approx(3.0)


@pytest.mark.parametrize("level_gy", [12.0, 18.0, 24.0])
def test_isodose_volumes_are_those_of_spheres(level_gy: float) -> None:
    assert isodose_volume_ml(falling_dose(), level_gy) == pytest.approx(ball_ml(30.0 - level_gy), rel=0.02)


def test_an_isodose_that_is_not_reached_has_no_volume() -> None:
    assert isodose_volume_ml(falling_dose(), 31.0) == 0.0
    with pytest.raises(ImpastoError, match="positive"):
        isodose_volume_ml(falling_dose(), 0.0)


@pytest.mark.parametrize(("target_mm", "isodose_gy"), [(10.0, 20.0), (10.0, 22.0), (8.0, 18.0)])
def test_indices_of_concentric_spheres(target_mm: float, isodose_gy: float) -> None:
    isodose_mm = 30.0 - isodose_gy
    dose = falling_dose()
    found = target_indices(dose, dose_volume_histogram(dose, ball(target_mm)), isodose_gy)
    common = ball_ml(min(target_mm, isodose_mm))
    assert found.coverage == pytest.approx(common / ball_ml(target_mm), rel=0.02)
    assert found.selectivity == pytest.approx(common / ball_ml(isodose_mm), rel=0.02)
    assert found.paddick_conformity_index == pytest.approx(found.coverage * found.selectivity)
    assert found.gradient_index == pytest.approx(((30.0 - 0.5 * isodose_gy) / isodose_mm) ** 3, rel=0.03)
    # D_v of a falling dose is its value on the sphere that holds v
    d2, d50, d98 = (30.0 - target_mm * (0.01 * v) ** (1.0 / 3.0) for v in (2.0, 50.0, 98.0))
    assert found.homogeneity_index == pytest.approx((d2 - d98) / d50, rel=0.02)


def test_without_a_single_isodose_only_homogeneity_is_given() -> None:
    dose = falling_dose()
    found = target_indices(dose, dose_volume_histogram(dose, ball(10.0)), None)
    assert found.homogeneity_index > 0.0
    assert found.coverage is found.gradient_index is None


def test_a_missed_target_has_no_coverage() -> None:
    dose = falling_dose()
    found = target_indices(dose, dose_volume_histogram(dose, ball(10.0)), 40.0)
    assert (found.coverage, found.selectivity) == (0.0, None)
