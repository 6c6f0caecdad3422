"""Calibration of a scanner by spheres."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.phantom.pet_spheres import PetPhantomSettings, sphere_pet_phantom
from impasto.target.pet import DEFAULT_COEFFICIENTS, PetScanner, SphereScan, calibrated_scanner, delineated, lesion_at


def scan(diameter_mm: float, contrast: float, fwhm_mm: float) -> SphereScan:
    settings = PetPhantomSettings(contrast, fwhm_mm, spacing_mm=3.0, margin_mm=24.0)
    phantom = sphere_pet_phantom(diameter_mm, settings, int(10 * diameter_mm + contrast))
    return SphereScan(lesion_at(phantom.image, phantom.centre_mm, PetScanner(6.0)), diameter_mm)


def test_default_coefficients_of_daisne_are_found_again() -> None:
    scans = [scan(diameter_mm, contrast, 6.0) for diameter_mm in (16.0, 24.0) for contrast in (2.5, 12.0)]
    found = calibrated_scanner(scans, "test").scanner
    assert found.fwhm_mm == pytest.approx(6.0, abs=0.05)
    assert found.coefficients.daisne_offset == pytest.approx(DEFAULT_COEFFICIENTS.daisne_offset, abs=0.02)
    assert found.coefficients.daisne_slope == pytest.approx(DEFAULT_COEFFICIENTS.daisne_slope, abs=0.04)


def test_calibration_on_another_scanner_makes_its_thresholds_right() -> None:
    scans = [scan(diameter_mm, contrast, 8.5) for diameter_mm in (22.0, 32.0) for contrast in (3.0, 8.0)]
    calibration = calibrated_scanner(scans, "test")
    scanner = calibration.scanner
    assert scanner.fwhm_mm == pytest.approx(8.5, abs=0.08)
    assert calibration.point_spread_error_mm < 0.1
    unseen = scan(27.0, 5.0, 8.5)
    true_ml = np.pi / 6000.0 * 27.0**3
    for method in ("daisne", "schaefer", "iterative-threshold"):
        assert delineated(unseen.lesion, scanner, method).volume_ml(unseen.lesion) == pytest.approx(true_ml, rel=0.08)


def test_too_few_spheres_are_refused() -> None:
    with pytest.raises(ImpastoError, match="too few"):
        calibrated_scanner([scan(22.0, 4.0, 6.0)], "test")
