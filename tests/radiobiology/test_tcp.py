"""Tumour control against published and hand-computed values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from impasto.core import ImpastoError
from impasto.radiobiology import log_survival, poisson_tcp, population_tcp

CLONOGENS = np.full(10, 1e7)


@pytest.mark.parametrize(("dose_gy", "tcp", "population"), [(60, 0.959240, 0.671077), (72, 0.999767, 0.858443)])
def test_control_of_uniform_doses(dose_gy: float, tcp: float, population: float) -> None:
    """10 ml of 1e7 clonogens a ml, alpha .3, alpha/beta 10, 30 fractions; spread .08 (Webb and Nahum 1993)."""
    survival = np.full(10, log_survival(dose_gy, 30, 0.3, 10.0))
    assert poisson_tcp(CLONOGENS, survival) == pytest.approx(tcp, abs=1e-6)
    assert population_tcp(CLONOGENS, survival, 0.3, 0.08) == pytest.approx(population, abs=2e-4)


def test_population_control_against_quadrature() -> None:
    survival = log_survival(np.array([58.0, 66.0]), 30, 0.35, 10.0)
    number = np.array([3e7, 1e8])

    def integrand(alpha: float) -> float:
        return poisson_tcp(number, survival * alpha / 0.35) * stats.norm.pdf(alpha, 0.35, 0.05)

    expected, _ = integrate.quad(integrand, 0.0, 1.0, points=[0.2, 0.35], limit=200)
    assert population_tcp(number, survival, 0.35, 0.05) == pytest.approx(expected, abs=2e-4)


def test_one_untreated_voxel_decides() -> None:
    survival = np.full(10, log_survival(80.0, 40, 0.3, 10.0))
    survival[4] = 0.0
    assert poisson_tcp(CLONOGENS, survival) == 0.0


def test_voxels_without_cells_do_not_count() -> None:
    assert poisson_tcp([0.0, 0.0], [np.nan, 0.0]) == 1.0


def test_refuses_cells_without_a_dose() -> None:
    with pytest.raises(ImpastoError, match="clonogens"):
        poisson_tcp([1.0], [np.nan])
