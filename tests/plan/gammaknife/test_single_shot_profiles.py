"""One shot with every sector open, at the centre of a 160 mm water sphere, against the planning system's profiles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from impasto.plan.gammaknife import GammaKnife, WaterSphere, decayed_dose_rate_gy_per_min, summed_sector_dose_rates

AXIS_MM = np.arange(-30.0, 30.001, 0.05)
CENTRE = [[0.0, 0.0, 0.0]]
# FWHM, left and right 20-80 % penumbra of the planning system in mm
PUBLISHED_MM = {
    (4, "x"): (6.14, 2.87, 2.85), (4, "z"): (5.05, 1.65, 1.60),
    (8, "x"): (11.04, 3.98, 4.02), (8, "z"): (9.79, 2.32, 2.44),
    (16, "x"): (21.73, 9.22, 8.76), (16, "z"): (17.37, 2.85, 2.43),
}  # fmt: skip


@pytest.fixture(scope="module")
def profiles(perfexion: GammaKnife, sphere: WaterSphere) -> dict[tuple[int, str], np.ndarray]:
    points = np.concatenate([np.outer(AXIS_MM, np.eye(3)[axis]) for axis in range(3)])
    rates = summed_sector_dose_rates(points, CENTRE, perfexion, sphere)[0].sum(axis=0)
    lines = rates.reshape(3, 3, len(AXIS_MM))
    return {(c, a): lines[i, j] for i, c in enumerate((4, 8, 16)) for j, a in enumerate("xyz")}


def crossings(position: np.ndarray, dose: np.ndarray, level: float) -> tuple[float, float]:
    above = np.flatnonzero(dose >= level * dose.max())
    first, last = above[0], above[-1]
    left = np.interp(level * dose.max(), dose[first - 1 : first + 1], position[first - 1 : first + 1])
    right = np.interp(-level * dose.max(), -dose[last : last + 2], position[last : last + 2])
    return float(left), float(right)


def shape(position: np.ndarray, dose: np.ndarray) -> tuple[float, float, float]:
    (low20, high20), (low50, high50), (low80, high80) = (crossings(position, dose, f) for f in (0.2, 0.5, 0.8))
    return high50 - low50, low80 - low20, high20 - high80


@pytest.mark.parametrize(("collimator", "axis"), PUBLISHED_MM)
def test_width_and_penumbra(profiles: dict[tuple[int, str], np.ndarray], collimator: int, axis: str) -> None:
    width, left, right = shape(AXIS_MM, profiles[collimator, axis])
    published = PUBLISHED_MM[collimator, axis]
    penumbra_mm = 0.6 if (collimator, axis) == (16, "x") else 0.3
    assert width == pytest.approx(published[0], abs=0.15)
    assert (left, right) == pytest.approx(published[1:], abs=penumbra_mm)


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("collimator", [4, 8, 16])
def test_profile_within_25_mm(
    profiles: dict[tuple[int, str], np.ndarray],
    reference_data: Callable[[str], Path],
    collimator: int,
    axis: str,
) -> None:
    folder = reference_data("gamma_knife")
    position = np.load(folder / f"position_{collimator}mm_{axis}.npy")
    dose = np.load(folder / f"dose_{collimator}mm_{axis}.npy")
    position = position - np.mean(crossings(position, dose, 0.5))
    near = np.abs(AXIS_MM) <= 25.0
    own = profiles[collimator, axis] / profiles[collimator, axis].max()
    assert np.abs(own - np.interp(AXIS_MM, position, dose / dose.max()))[near].max() <= 0.025


def test_output_factors_and_calibration(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    at_centre = summed_sector_dose_rates(CENTRE, CENTRE, perfexion, sphere)[0, :, :, 0].sum(axis=0)
    np.testing.assert_allclose(at_centre / at_centre[2], [0.814, 0.900, 1.000], atol=1e-3)
    assert at_centre[2] == pytest.approx(3.0, rel=1e-5)


def test_dose_rate_halves_with_cobalts_half_life(perfexion: GammaKnife) -> None:
    calibrated_on, treated_on = date(2024, 3, 1), date(2025, 3, 1)
    rate = decayed_dose_rate_gy_per_min(3.6, calibrated_on, treated_on, perfexion.half_life_years)
    # 1 % in a month is the physicist's rule: 12.34 % in a year of 365 days
    assert rate == pytest.approx(3.6 * (1 - 0.1234), abs=3.6 * 1e-4)
    back = decayed_dose_rate_gy_per_min(rate, treated_on, calibrated_on, perfexion.half_life_years)
    assert back == pytest.approx(3.6)
