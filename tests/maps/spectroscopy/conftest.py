"""Spectra with known content, for all tests of this room."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import BasisSet
from impasto.maps.spectroscopy.basis import simulate_basis
from impasto.maps.spectroscopy.pulse_sequences import Press

DWELL_S = 5e-4
POINTS = 512
FREQUENCY_MHZ = 123.25


@pytest.fixture(scope="session")
def brain() -> BasisSet:
    """Eight metabolites at TE 30 ms and 3 T."""
    names = ("NAA", "NAAG", "Cr", "PCr", "GPC", "Ins", "Glu", "Lac")
    return simulate_basis(names, Press(0.03), FREQUENCY_MHZ, DWELL_S, POINTS)


@pytest.fixture(scope="session")
def usual_amplitudes() -> np.ndarray:
    """Amplitudes of `brain` in a normal voxel."""
    return np.array([9.0, 1.2, 4.2, 3.4, 1.5, 5.0, 8.0, 0.8])
