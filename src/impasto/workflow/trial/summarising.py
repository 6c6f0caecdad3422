"""From simulated trials to the findings of a report."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from impasto import __version__
from impasto.core.arrays import BoolArray, FloatArray
from impasto.outcome.design import Boundaries, Share, futility_boundaries, spending_boundaries
from impasto.report import (
    CalibrationRow,
    Heading,
    PublishedResult,
    Setting,
    Step,
    TrialFindings,
    WorldDesign,
    WorldFindings,
)
from impasto.workflow.trial.assumptions import Assumptions, Design
from impasto.workflow.trial.calibration import Calibration
from impasto.workflow.trial.replicates import QUANTITIES
from impasto.workflow.trial.running import TrialRun

__all__ = ["answer", "boundaries_of", "summarise_trial", "trial_document"]

_DAYS_PER_MONTH = 365.25 / 12.0
_WANTED_POWER = 0.8
_FITTED, _STEERED, _FOLLOWS = "fitted", "an assumption was chosen near it", "follows from the rest"
_NOTES = (
    "A model, not evidence: no number here says what 72 Gy does to a patient.",
    "The dose is a surrogate: three levels with sharp edges, no beam, no organ at risk, no toxicity.",
    "Not in the model: age, performance status, centre, oxygen, plasticity induced by radiation, death from other "
    "causes; salvage treatment only by its part in the fitted doubling time. The analysis is stratified by surgery and "
    "MGMT.",
)


def boundaries_of(design: Design, alpha: float) -> Boundaries:
    """Boundaries of Lan-DeMets O'Brien-Fleming type that spend all of alpha at the last look."""
    planned = design.planned_events.value
    shares = [design.interim_events.value / planned, design.events.value / planned]
    return spending_boundaries(shares, alpha, spend_all_at_last=True)


def summarise_trial(run: TrialRun) -> TrialFindings:
    """Judge every trial by the boundaries and count."""
    assumptions = run.assumptions
    worlds = tuple(_world(run, place) for place in range(len(run.scenarios)))
    published = assumptions.published
    limits = {
        name: boundaries_of(design, assumptions.design.alpha.value) for name, design in assumptions.designs().items()
    }
    growth = f"{run.request.replicates} replicates, seed {run.request.seed}"
    return TrialFindings(
        heading=Heading(assumptions.title, assumptions.name, "in-silico trial", date.today().isoformat(), True),
        about=assumptions.about,
        published=PublishedResult(
            published.hazard_ratio.value, published.lower.value, published.upper.value,
            assumptions.design.planned_hazard_ratio.value,
        ),
        worlds=worlds,
        impossible={scenario.name: why for scenario, why in run.impossible},
        calibration=_calibration(run),
        fitted=_fitted(run.calibrations[0]),
        assumptions=tuple(Setting(*row) for row in assumptions.rows()),
        boundaries={name: _in_words(one, assumptions.designs()[name]) for name, one in limits.items()},
        replicates=run.request.replicates,
        notes=(answer(worlds), *_NOTES),
        provenance=(Step("trial", (run.request.name, run.key[:12]), growth, __version__),),
    )  # fmt: skip


def trial_document(found: TrialFindings) -> dict[str, Any]:
    """Give findings as plain values, for other programs."""
    return {
        "simulated": True,
        "replicates": found.replicates,
        "calibration": [_calibration_document(row) for row in found.calibration],
        "impossible": dict(found.impossible),
        "worlds": [
            {"name": world.name, "kind": world.kind, "alpha_per_gy": world.alpha_per_gy,
             "alpha_spread": world.alpha_spread, "sensitivity": world.sensitivity,
             "doubling_days": world.doubling_days,
             "designs": {name: _design_document(design) for name, design in world.designs.items()}}
            for world in found.worlds
        ],
    }  # fmt: skip


def _calibration_document(row: CalibrationRow) -> dict[str, Any]:
    published = None if np.isnan(row.published) else row.published
    return {"name": row.name, "published": published, "simulated": row.simulated, "unit": row.unit, "role": row.role}


def answer(worlds: tuple[WorldFindings, ...]) -> str:
    """Say in which worlds the trial would have found a benefit."""
    works = [
        f"{world.name} ({', '.join(enough)})"
        for world in worlds
        if (enough := [name for name, one in world.designs.items() if one.for_benefit.value >= _WANTED_POWER])
    ]
    verb = "has" if len(works) == 1 else "have"
    among = f"{len(worlds)} simulated world{'s' if len(worlds) != 1 else ''}"
    said = f"Of {among}, {len(works)} {verb} a power of {_WANTED_POWER:.0%} or more"
    return f"{said}: {'; '.join(works)}." if works else f"{said}."


def _design_document(design: WorldDesign) -> dict[str, Any]:
    low, middle, high = np.nanpercentile(design.hazard_ratio, [2.5, 50.0, 97.5]).tolist()
    return {
        "power": design.for_benefit.value, "power_limits": list(design.for_benefit.limits),
        "harm": design.for_harm.value, "stopped_early": design.stopped_early.value, "hazard_ratio": middle,
        "hazard_ratio_95": [low, high], "at_most_published": design.at_most_published,
        "within_published": design.within_published,
        "progression_hazard_ratio": design.progression_hazard_ratio, "survival_months": list(design.survival),
        "deaths": design.deaths, "futile": design.futile.value,
        "futile_with_benefit": design.futile_with_benefit.value,
    }  # fmt: skip


def _world(run: TrialRun, place: int) -> WorldFindings:
    scenario, calibration = run.scenarios[place], run.calibrations[place]
    assumed = scenario.of(run.assumptions)
    designs = {name: _design(assumed, name, results[place]) for name, results in run.results.items()}
    sensitive = assumed.radiosensitivity
    return WorldFindings(
        scenario.name, scenario.kind, sensitive.alpha_per_gy.value, sensitive.alpha_spread.value,
        assumed.mrsi.sensitivity.value, calibration.growth.doubling_months * _DAYS_PER_MONTH, designs,
    )  # fmt: skip


def _design(assumptions: Assumptions, name: str, values: FloatArray) -> WorldDesign:
    limits = boundaries_of(assumptions.designs()[name], assumptions.design.alpha.value)
    z = np.column_stack([_column(values, "z interim"), _column(values, "z final")])
    early_benefit, early_harm = z[:, 0] >= limits.z[0], z[:, 0] <= limits.lower_z[0]
    goes_on = ~(early_benefit | early_harm)
    futile = goes_on & (z[:, 0] <= _futility_z(limits))
    ratio, published = _column(values, "hazard ratio"), assumptions.published
    within = (ratio >= published.lower.value) & (ratio <= published.upper.value)
    return WorldDesign(
        ratio, _share(early_benefit | (goes_on & (z[:, 1] >= limits.z[1]))),
        _share(early_harm | (goes_on & (z[:, 1] <= limits.lower_z[1]))), _share(~goes_on),
        float((ratio <= published.hazard_ratio.value).mean()), float(within.mean()),
        float(np.median(_column(values, "progression hazard ratio"))),
        (float(np.median(_column(values, "survival control"))), float(np.median(_column(values, "survival boost")))),
        float(np.median(_column(values, "deaths control") + _column(values, "deaths boost"))),
        _share(futile), _share(futile & (z[:, 1] >= limits.z[1])),
    )  # fmt: skip


def _futility_z(limits: Boundaries) -> float:
    """Boundary of futility at the first look: type II error spent by Lan-DeMets O'Brien-Fleming, not binding."""
    return float(futility_boundaries(limits, 1.0 - _WANTED_POWER).z[0])


def _calibration(run: TrialRun) -> tuple[CalibrationRow, ...]:
    found, target, published = run.calibrations[0], run.assumptions.calibration, run.assumptions.published
    as_run = next(iter(run.results.values()))[0]
    unknown = float("nan")

    def mean(name: str) -> float:
        return float(np.mean(_column(as_run, name)))

    return (
        CalibrationRow("median survival, control arm", target.overall_survival_months.value, found.survival,
                       "months", _FITTED),
        CalibrationRow("median survival, control arm, MGMT methylated", target.methylated_survival_months.value,
                       found.methylated_survival, "months", _FITTED),
        CalibrationRow("median survival, control arm, MGMT unmethylated", unknown, found.unmethylated_survival,
                       "months", _FOLLOWS),
        CalibrationRow("median progression-free survival, control arm", target.progression_free_months.value,
                       found.progression_free, "months", _FITTED),
        CalibrationRow("deaths in the control arm at the analysis, as run", published.control_deaths.value,
                       mean("deaths control"), "", _STEERED),
        CalibrationRow("share of boosts that MRSI changed", published.modified_share.value, mean("modified share"), "",
                       _STEERED),
        CalibrationRow("hazard ratio of progression or death, as run", published.progression_hazard_ratio.value,
                       float(np.median(_column(as_run, "progression hazard ratio"))), "", _FOLLOWS),
        CalibrationRow("mean boost volume, with what is marked", unknown, mean("boost ml"), "ml", _FOLLOWS),
        CalibrationRow("mean boost volume, tumour bed alone", unknown, mean("bed ml"), "ml", _FOLLOWS),
    )  # fmt: skip


def _fitted(calibration: Calibration) -> tuple[Setting, ...]:
    growth, ten = calibration.growth, np.log(10.0)
    return (
        Setting("doubling time, median", f"{growth.doubling_months * _DAYS_PER_MONTH:.0f}", "d",
                "to median survival; Qi, Schultz and Li 2006 fitted 50 \u00b1 30 d"),
        Setting("effect of temozolomide in methylated tumours", f"{growth.temozolomide_log_kill / ten:.2f}",
                "log10 cells", "to median survival of the methylated; effect in others is part of the doubling time"),
        Setting("burden that imaging shows", f"{np.exp(growth.log_progression_burden):.2g}", "clonogens",
                "to median progression-free survival"),
        Setting("nothing survives", f"{100.0 * calibration.cured_share:.2f}", "% of patients", "follows from the rest"),
    )  # fmt: skip


def _in_words(limits: Boundaries, design: Design) -> str:
    z = " and ".join(f"{value:.4f}" for value in limits.z)
    looks = f"{design.interim_events.value:g} and {design.events.value:g} of {design.planned_events.value:g}"
    futility = f"futility, not binding and not followed: z of {_futility_z(limits):.4f} at the first look"
    return f"{limits.name}, {limits.sided} alpha {limits.alpha:g}: |z| of {z} at {looks} planned events; {futility}"


def _column(values: FloatArray, name: str) -> FloatArray:
    column: FloatArray = values[:, QUANTITIES.index(name)]
    return column


def _share(found: BoolArray) -> Share:
    return Share(int(found.sum()), len(found))
