from __future__ import annotations

import numpy as np
import pytest

from impasto.maps.dsc import convolved_again, exponential_residue, residue_convolution, residue_functions

INTERVAL = 1.5
TIMES = np.arange(80) * INTERVAL
BOLUS = np.exp(-0.5 * ((TIMES - 25.0) / 4.0) ** 2)
TISSUE = 0.01 * residue_convolution(exponential_residue(TIMES, [4.0, 6.0]), BOLUS, INTERVAL)


@pytest.mark.parametrize(("method", "limit"), [("sSVD", 1e-3), ("cSVD", 1e-3), ("oSVD", 0.2)])
def test_deconvolution_without_truncation_explains_the_whole_curve(method, limit: float) -> None:
    residue = residue_functions(TISSUE, BOLUS, INTERVAL, method, limit)
    np.testing.assert_allclose(convolved_again(residue, BOLUS, INTERVAL), TISSUE, atol=1e-3 * TISSUE.max())


@pytest.mark.parametrize("method", ["sSVD", "cSVD", "oSVD"])
def test_truncated_deconvolution_explains_less_than_noise_adds(method) -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.02 * TISSUE.max(), TISSUE.shape)
    explained = convolved_again(residue_functions(TISSUE + noise, BOLUS, INTERVAL, method), BOLUS, INTERVAL)
    left = TISSUE + noise - explained
    assert np.sqrt(np.mean(left**2)) < 1.1 * np.sqrt(np.mean(noise**2))
    assert np.sqrt(np.mean((explained - TISSUE) ** 2)) < np.sqrt(np.mean(noise**2))
