"""Flow by deconvolution: against plain matrix algebra, known beds, delays and the errors it states."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import circulant

from impasto.core import ImpastoError
from impasto.maps.dce import ArterialInput, parker_blood_concentration
from impasto.maps.dsc import (
    capillary_concentration,
    deconvolve,
    gamma_residue,
    oscillation_index,
    residue_convolution,
    residue_functions,
)

TIMES = np.arange(80) * 1.25
ARTERIAL = parker_blood_concentration(TIMES, 15.0)


def simulated(count: int, noise: float, delay_s: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Curves from sampling a hundred times finer, flow per second and mean transit times."""
    rng = np.random.default_rng(4)
    flow, transit = rng.uniform(10.0, 70.0, count) / 6000.0, rng.uniform(3.0, 12.0, count)
    fine = np.arange(0.0, TIMES[-1] + 0.01, 0.125)
    curves = residue_convolution(
        gamma_residue(fine, transit, 3.0), parker_blood_concentration(fine, 15.0 + delay_s), 0.125
    )[:, ::10]
    return flow[:, None] * curves + rng.normal(0.0, noise, (count, len(TIMES))), flow, transit


def plain_residue(curve: np.ndarray, limit: float) -> np.ndarray:
    """Block-circulant deconvolution by a dense singular value decomposition, one more pair at a time."""
    padded = np.concatenate([ARTERIAL, np.zeros(80)])
    column = (np.roll(padded, 1) + 4.0 * padded + np.roll(padded, -1)) / 6.0
    left, singular, right = np.linalg.svd(circulant(column) * 1.25)
    wanted = left.T @ np.concatenate([curve, np.zeros(80)])
    best = np.zeros(160)
    for kept in range(1, 160):
        if singular[kept] > singular[kept - 1] * (1.0 - 1e-9):
            continue
        residue = right[:kept].T @ (wanted[:kept] / singular[:kept])
        if oscillation_index(residue[None])[0] > limit:
            break
        best = residue
    return best


def test_oscillation_limited_flow_is_that_of_the_plain_method() -> None:
    curves, _, _ = simulated(25, 0.004)
    found = deconvolve(curves, ARTERIAL, 1.25, "oSVD", 0.05)
    residues = residue_functions(curves, ARTERIAL, 1.25, "oSVD", 0.05)
    for n, curve in enumerate(curves):
        plain = plain_residue(curve, 0.05)
        assert found.flow_per_s[n] == pytest.approx(plain.max(), rel=1e-4)
        np.testing.assert_allclose(residues[n], plain, atol=1e-4 * plain.max())
    assert (oscillation_index(residues) <= 0.05 + 1e-5).all()


def test_triangular_inversion_is_that_of_least_squares() -> None:
    curves, _, _ = simulated(5, 0.002)
    padded = np.concatenate([[0.0], ARTERIAL, [0.0]])
    weights = (padded[:-2] + 4.0 * padded[1:-1] + padded[2:]) / 6.0
    matrix = np.array([[weights[i - j] if i >= j else 0.0 for j in range(80)] for i in range(80)]) * 1.25
    expected = np.linalg.lstsq(matrix, curves.T, rcond=0.2)[0].T
    np.testing.assert_allclose(residue_functions(curves, ARTERIAL, 1.25, "sSVD", 0.2), expected, atol=1e-9)
    found = deconvolve(curves, ARTERIAL, 1.25, "sSVD", 0.2)
    np.testing.assert_allclose(found.flow_per_s, expected.max(axis=1), rtol=1e-9)


@pytest.mark.parametrize("method", ["oSVD", "cSVD", "sSVD"])
def test_flow_of_known_beds(method: str) -> None:
    """Slow beds come out right; fast ones too low, as truncation must have it (Ostergaard 1996)."""
    curves, flow, transit = simulated(1500, 1.0 / (100.0 * 0.03 * 87.0))
    found = deconvolve(curves, ARTERIAL, 1.25, method)  # type: ignore[arg-type]
    ratio = found.flow_per_s / flow
    assert np.median(ratio[transit > 8.0]) == pytest.approx(1.0, abs=0.17)
    assert 0.5 < np.median(ratio[transit < 5.0]) < 1.0
    assert np.corrcoef(found.flow_per_s, flow)[0, 1] > 0.9
    # digital reference objects allow 15 mL/100mL/min and a tenth
    if method == "oSVD":
        allowed = (15.0 + 0.1 * 6000.0 * flow) / 6000.0
        assert np.mean(np.abs(found.flow_per_s - flow) <= allowed) > 0.75


@given(delay=st.integers(-8, 12))
@settings(max_examples=12)
def test_a_delay_moves_tmax_alone(delay: int) -> None:
    times = np.arange(100.0)
    bolus = np.exp(-0.5 * ((times - 30.0) / 4.0) ** 2)
    curve = residue_convolution(gamma_residue(times, 5.0, 4.0), bolus, 1.0)
    moved = np.roll(curve, delay)[None]
    for method in ("oSVD", "cSVD"):
        still = deconvolve(curve[None], bolus, 1.0, method)  # type: ignore[arg-type]
        found = deconvolve(moved, bolus, 1.0, method)  # type: ignore[arg-type]
        assert found.flow_per_s[0] == pytest.approx(still.flow_per_s[0], rel=1e-3)
        assert found.tmax_s[0] - still.tmax_s[0] == pytest.approx(delay, abs=0.02)


def test_triangular_inversion_minds_a_delay() -> None:
    curves, _, _ = simulated(200, 0.0)
    late, _, _ = simulated(200, 0.0, delay_s=-5.0)
    early = deconvolve(late, ARTERIAL, 1.25, "sSVD").flow_per_s / deconvolve(curves, ARTERIAL, 1.25, "sSVD").flow_per_s
    assert np.median(np.abs(early - 1.0)) > 0.05


@pytest.mark.parametrize(("method", "limit"), [("oSVD", 0.065), ("cSVD", 0.05), ("sSVD", 0.1)])
def test_stated_error_is_the_scatter(method: str, limit: float) -> None:
    curve = 50.0 / 6000.0 * residue_convolution(gamma_residue(TIMES, 6.0, 3.0), ARTERIAL, 1.25)
    noisy = curve + np.random.default_rng(3).normal(0.0, 0.002, (2000, 80))
    found = deconvolve(noisy, ARTERIAL, 1.25, method, limit)  # type: ignore[arg-type]
    stated = 0.002 * np.median(found.flow_error_per_s)
    # the choice of the rank scatters too
    assert stated == pytest.approx(np.std(found.flow_per_s), rel=0.15 if method != "oSVD" else 0.35)


def test_blocks_change_nothing() -> None:
    curves, _, _ = simulated(300, 0.003)
    many = np.tile(curves, (30, 1))
    alone = deconvolve(curves, ARTERIAL, 1.25)
    np.testing.assert_allclose(deconvolve(many, ARTERIAL, 1.25).flow_per_s, np.tile(alone.flow_per_s, 30), rtol=1e-4)


def test_volume_over_flow_is_transit_time_in_a_slow_bed() -> None:
    arterial = ArterialInput(TIMES, ARTERIAL, 0.45)
    curve = capillary_concentration(TIMES, arterial, [12.0], [15.0], 0.45)
    flow = deconvolve(curve, ARTERIAL, 1.25).flow_per_s
    assert 6000.0 * flow[0] == pytest.approx(12.0, rel=0.15)


def test_nothing_in_nothing_out_and_bad_input_refused() -> None:
    found = deconvolve(-ARTERIAL[None], ARTERIAL, 1.25)
    assert np.isnan(found.flow_per_s).all()
    assert np.isnan(found.tmax_s).all()
    assert len(deconvolve(np.zeros((0, 80)), ARTERIAL, 1.25).flow_per_s) == 0
    with pytest.raises(ImpastoError, match="tissue of shape"):
        deconvolve(ARTERIAL, ARTERIAL, 1.25)
    with pytest.raises(ImpastoError, match="no positive area"):
        deconvolve(ARTERIAL[None], 0.0 * ARTERIAL, 1.25)
    with pytest.raises(ImpastoError, match="a limit of 2"):
        deconvolve(ARTERIAL[None], ARTERIAL, 1.25, "cSVD", 2.0)
    with pytest.raises(ImpastoError, match="no method"):
        deconvolve(ARTERIAL[None], ARTERIAL, 1.25, "tSVD")  # type: ignore[arg-type]
