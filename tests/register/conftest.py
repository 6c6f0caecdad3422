"""Brains with a known rigid map between them, on voxels coarse enough for a test."""

from __future__ import annotations

import pytest
from benchmarks.simulated_registration import RegistrationPair, rigid_pair

from impasto.register import LinearSettings, Registration, register_linear

FAST = LinearSettings(levels_mm=(8.0, 4.0), samples=(10_000, 15_000))


@pytest.fixture(scope="session")
def fast() -> LinearSettings:
    """Two levels, as many places as coarse voxels hold."""
    return FAST


@pytest.fixture(scope="session")
def pair() -> RegistrationPair:
    """T1-weighted against T1-weighted, 20 mm apart, 4 mm voxels."""
    return rigid_pair("T1", 4.0, seed=3)


@pytest.fixture(scope="session")
def registered(pair: RegistrationPair) -> Registration:
    """The pair, registered from the centres of mass."""
    return register_linear(pair.fixed, pair.moving, settings=FAST)
