import numpy as np
import pytest
from scipy.interpolate import BSpline

from impasto.core import ImpastoError
from impasto.maps.spectroscopy.baseline import stiff_baseline

PPM = np.linspace(4.1, 0.5, 230)


def test_smoother_is_the_penalised_least_squares_fit() -> None:
    baseline = stiff_baseline(PPM, 4.0)
    rng = np.random.default_rng(0)
    data = rng.normal(size=len(PPM))
    # the same fit as one long least-squares problem: splines, and weighted second differences below them
    count = round(3.6 * 15)
    step = 3.6 / (count - 3)
    knots = 0.5 + step * np.arange(-3, count + 1)
    splines = BSpline.design_matrix(np.clip(PPM[::-1], 0.5, 4.1 - 1e-9 * step), knots, 3).toarray()[::-1]
    rough = np.sqrt(baseline.penalty) * np.diff(np.eye(count), 2, axis=0)
    stacked = np.vstack([splines, rough])
    coefficients = np.linalg.lstsq(stacked, np.concatenate([data, np.zeros(len(rough))]), rcond=None)[0]
    np.testing.assert_allclose(baseline.smoother @ data, splines @ coefficients, atol=1e-8)


def test_what_is_removed_leaves_the_penalised_residual() -> None:
    baseline = stiff_baseline(PPM, 3.0)
    data = np.random.default_rng(1).normal(size=len(PPM)).astype(np.float32)
    expected = data @ (data - baseline.smoother @ data)
    assert np.sum(baseline.removed(data).astype(float) ** 2) == pytest.approx(expected, rel=1e-3)


def test_straight_lines_pass_and_singlets_stay() -> None:
    baseline = stiff_baseline(PPM, 4.0)
    line = 3.0 - 2.0 * PPM
    np.testing.assert_allclose(baseline.smoother @ line, line, atol=1e-4)
    singlet = np.exp(-(((PPM - 2.01) / 0.03) ** 2))
    assert np.max(np.abs(baseline.smoother @ singlet)) < 0.25


def test_stiffer_means_smoother() -> None:
    data = np.random.default_rng(2).normal(size=len(PPM))
    bends = [
        np.abs(np.diff(stiff_baseline(PPM, freedom).smoother @ data, 2)).sum() for freedom in (1.5, 3.0, 6.0, 10.0)
    ]
    assert bends == sorted(bends)


def test_freedom_that_cannot_be_had_is_refused() -> None:
    with pytest.raises(ImpastoError, match=r"choose between 0\.6 and 15"):
        stiff_baseline(PPM, 40.0)
    with pytest.raises(ImpastoError, match="cannot be had"):
        stiff_baseline(PPM, 0.1)
