from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from impasto.core import ImpastoError
from impasto.maps.dce import (
    ArterialInput,
    extended_tofts_concentration,
    fitted_components,
    parker_blood_concentration,
    patlak_concentration,
    tofts_concentration,
)

TIMES = np.arange(0.0, 300.0, 3.0)
ARTERIAL = ArterialInput(TIMES, parker_blood_concentration(TIMES, 20.0), 0.42)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("Tofts", tofts_concentration(TIMES, ARTERIAL, 0.1, 0.25)),
        ("extended Tofts", extended_tofts_concentration(TIMES, ARTERIAL, 0.1, 0.25, 0.03)),
        ("Patlak", patlak_concentration(TIMES, ARTERIAL, 0.1, 0.03)),
    ],
)
def test_parts_sum_to_the_forward_model(model, expected: np.ndarray) -> None:
    parts = fitted_components(model, {"Ktrans": 0.1, "kep": 0.4, "ve": 0.25, "vp": 0.03}, TIMES, ARTERIAL)
    np.testing.assert_allclose(sum(parts.values()), expected, atol=1e-12)


def test_exchanging_compartments_are_those_of_the_differential_equations() -> None:
    flow, ps, ve, vp = 40.0 / 6000.0, 0.08 / 60.0, 0.2, 0.05

    def change(time_s: float, held: np.ndarray) -> list[float]:
        plasma = np.interp(time_s, TIMES, ARTERIAL.plasma_mmol_l)
        leaving = ps * (held[0] / vp - held[1] / ve)
        return [flow * (plasma - held[0] / vp) - leaving, leaving]

    solved = solve_ivp(change, (0.0, TIMES[-1]), [0.0, 0.0], t_eval=TIMES, max_step=0.5, rtol=1e-8, atol=1e-10)
    parts = fitted_components("2CXM", {"Ktrans": 0.0, "Fp": 40.0, "PS": 0.08, "ve": ve, "vp": vp}, TIMES, ARTERIAL)
    np.testing.assert_allclose(parts["plasma"], solved.y[0], atol=2e-6)
    np.testing.assert_allclose(parts["extravascular"], solved.y[1], atol=2e-6)


def test_without_leakage_what_it_gives_a_meaning_may_be_unknown() -> None:
    parts = fitted_components(
        "extended Tofts", {"Ktrans": 0.0, "kep": np.nan, "ve": np.nan, "vp": 0.03}, TIMES, ARTERIAL
    )
    assert not parts["extravascular"].any()
    np.testing.assert_allclose(parts["plasma"], 0.03 * ARTERIAL.plasma_mmol_l)
    parts = fitted_components("2CXM", {"Ktrans": 0.0, "Fp": 40.0, "PS": 0.0, "ve": np.nan, "vp": 0.05}, TIMES, ARTERIAL)
    assert not parts["extravascular"].any()
    assert np.isfinite(parts["plasma"]).all()


def test_failed_fit_gives_no_curve_and_a_missing_estimate_is_refused() -> None:
    nothing = dict.fromkeys(("Ktrans", "kep", "ve", "vp", "Fp", "PS"), np.nan)
    for model in ("Tofts", "extended Tofts", "2CXM"):
        parts = fitted_components(model, nothing, TIMES, ARTERIAL)
        assert np.isnan(sum(parts.values())).all()
    with pytest.raises(ImpastoError, match="no value of vp"):
        fitted_components("Patlak", {"Ktrans": 0.1}, TIMES, ARTERIAL)
