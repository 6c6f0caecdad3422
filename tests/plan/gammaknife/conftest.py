"""Fixtures of the Gamma Knife tests: the machine at 3 Gy/min and the calibration sphere."""

from __future__ import annotations

import pytest

from impasto.plan.gammaknife import GammaKnife, WaterSphere, gamma_knife


@pytest.fixture(scope="session")
def perfexion() -> GammaKnife:
    return gamma_knife("perfexion", dose_rate_gy_per_min=3.0)


@pytest.fixture(scope="session")
def sphere() -> WaterSphere:
    return WaterSphere()
