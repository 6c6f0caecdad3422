"""Oxygen enhancement against published values."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.radiobiology import oxygen_dose_modification, oxygen_enhancement_ratio, oxygen_from_fmiso_mmhg


def test_enhancement_of_known_pressures() -> None:
    found = oxygen_enhancement_ratio([0.0, 2.5, 3.0, 60.0])
    assert found == pytest.approx([1.0, 1.90909, 2.0, 2.90476], abs=1e-5)


def test_a_third_of_the_dose_counts_in_anoxia() -> None:
    assert float(oxygen_dose_modification(0.0)) == pytest.approx(1 / 3)
    assert float(oxygen_dose_modification(1e6)) == pytest.approx(1.0, abs=1e-5)


def test_uptake_is_read_back_as_pressure() -> None:
    pressure = np.array([0.5, 2.5, 10.0, 40.0])
    uptake = 10.9 - 10.7 * pressure / (2.5 + pressure)
    assert oxygen_from_fmiso_mmhg(uptake) == pytest.approx(pressure)


def test_uptake_beyond_the_curve_is_bounded() -> None:
    found = oxygen_from_fmiso_mmhg([0.0, 0.1, 12.0, np.nan])
    assert found[:3] == pytest.approx([60.0, 60.0, 0.0])
    assert np.isnan(found[3])


def test_refuses_negative_pressure() -> None:
    with pytest.raises(ImpastoError, match="negative"):
        oxygen_enhancement_ratio([-1.0])
