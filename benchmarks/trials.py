"""Trial statistics: boundaries against multivariate normal integrals, alpha held, speed, libraries beside ours."""

from __future__ import annotations

import numpy as np

from benchmarks.genz import FloatArray, probability_between
from benchmarks.harness import Cost, Verdict, measured, print_table
from impasto.outcome.design import (
    BoundaryFamily,
    TrialScenario,
    crossing_probabilities,
    equal_looks,
    exponential_hazard,
    named_boundaries,
    operating_characteristics,
    spending_boundaries,
)
from impasto.outcome.survival import FollowUp, covariates, cox_model, log_rank

_FAMILIES: tuple[BoundaryFamily, ...] = ("obrien-fleming", "pocock", "hwang-shih-decani")
_CONTROL = exponential_hazard(0.25, 24.0)
_ALPHA = 0.05
_LOG2_POINTS, _MOST_SCRAMBLES, _WANTED_ERROR = 17, 200, 2.5e-5


def run(quick: bool) -> list[Verdict]:
    return [_boundaries(quick), _alpha(quick), _speed(), _beside_libraries(quick)]


def _boundaries(quick: bool) -> Verdict:
    """Distance of the last boundary from the one that the integral over all looks asks for."""
    rows, worst, uncertain = [], 0.0, 0.0
    for family in _FAMILIES:
        for looks in range(2, 6 if quick else 11):
            found = named_boundaries(family, equal_looks(looks))
            off, error = _last_z_off_by(found.information, found.z)
            rows.append([family, looks, f"{found.z[-1]:.6f}", f"{off:+.1e}", f"{error:.1e}"])
            worst, uncertain = max(worst, abs(off)), max(uncertain, error)
    print_table(["spending", "looks", "last z", "off by", "error of the integral"], rows)
    said = f"boundaries off by {worst:.1e} (the integral's own error reaches {uncertain:.1e})"
    return Verdict(said, "1e-4", worst < 1e-4)


def _last_z_off_by(information: FloatArray, z: FloatArray) -> tuple[float, float]:
    """Average scrambles of the integral until its own error is a small part of what is looked for."""
    slope = _spent_per_z(information, z)
    spent: list[float] = []
    for seed in range(_MOST_SCRAMBLES):
        spent.append(1.0 - probability_between(information, -z, z, _LOG2_POINTS, seed))
        error = float(np.std(spent, ddof=1) / np.sqrt(seed + 1.0) / slope) if seed else np.inf
        if seed >= 3 and error < _WANTED_ERROR:
            break
    return (float(np.mean(spent)) - _ALPHA) / slope, error


def _spent_per_z(information: FloatArray, z: FloatArray) -> float:
    lower, higher = z.copy(), z.copy()
    lower[-1], higher[-1] = z[-1] - 1e-3, z[-1] + 1e-3
    spent = [sum(part.sum() for part in crossing_probabilities(information, -one, one, 0.0)) for one in (lower, higher)]
    return float((spent[0] - spent[1]) / 2e-3)


def _alpha(quick: bool) -> Verdict:
    """Type I error of whole simulated trials, entry to last look."""
    trials = 1000 if quick else 10_000
    found = operating_characteristics(
        TrialScenario(180, 36.0, _CONTROL, 1.0), spending_boundaries([0.5, 1.0]), 128, trials, seed=1
    )
    low, high = found.rejected.limits
    said = f"alpha {found.rejected.value:.4f} ({low:.4f} to {high:.4f}) in {trials} trials"
    return Verdict(said, "holds 0.05", low < _ALPHA < high)


def _speed() -> Verdict:
    """Simulate and analyse, by log-rank and Cox, a thousand trials of 180 patients."""
    scenario, limits = TrialScenario(180, 36.0, _CONTROL, 0.66), spending_boundaries([1.0])
    _, cost = measured(lambda: operating_characteristics(scenario, limits, 128, 1000, seed=2))
    return Verdict(f"1000 trials of 180 in {cost.wall_s:.2f} s", "10 s", cost.wall_s <= 10.0)


def _beside_libraries(quick: bool) -> Verdict:
    """Single log-rank tests and Cox models beside lifelines and statsmodels, on the same patients."""
    import pandas as pd
    from lifelines import CoxPHFitter
    from statsmodels.duration.survfunc import survdiff

    generator = np.random.default_rng(3)
    rows, worst = [], 0.0
    for patients in (180,) if quick else (180, 1000):
        time = np.ceil(generator.exponential(20.0, patients))
        event, arm = generator.random(patients) < 0.7, generator.integers(0, 2, patients).astype(float)
        age = generator.normal(60.0, 10.0, patients)
        follow_up = FollowUp(time, event)
        frame = pd.DataFrame({"time": time, "event": event, "arm": arm, "age": age})
        columns = covariates({"arm": arm, "age": age})
        model, own = measured(lambda f=follow_up, c=columns: cox_model(f, c))  # type: ignore[misc]
        peer, theirs = measured(lambda d=frame: CoxPHFitter().fit(d, "time", "event"))  # type: ignore[misc]
        off = float(np.abs(model.coefficient - peer.params_.to_numpy()).max())
        rows.append([patients, "Cox, 2 covariates", "lifelines", *_milliseconds(own, theirs), f"{off:.1e}"])
        worst = max(worst, off)
        test, own = measured(lambda f=follow_up, a=arm: log_rank(f, a))  # type: ignore[misc]
        other, theirs = measured(lambda t=time, e=event, a=arm: survdiff(t, e.astype(int), a))  # type: ignore[misc]
        off = abs(test.tested.statistic - float(other[0]))
        rows.append([patients, "log-rank", "statsmodels", *_milliseconds(own, theirs), f"{off:.1e}"])
        worst = max(worst, off)
    print_table(["patients", "analysis", "peer", "impasto ms", "peer ms", "off by"], rows)
    return Verdict(f"off libraries by {worst:.0e}", "1e-5", worst < 1e-5)


def _milliseconds(*costs: Cost) -> list[str]:
    return [f"{1e3 * cost.wall_s:.1f}" for cost in costs]
