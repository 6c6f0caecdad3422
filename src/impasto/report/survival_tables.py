"""The tables of a report of survival; every p-value stands beside the name of its test."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from impasto.outcome.survival import CoxModel, SurvivalTime, Tested
from impasto.report.survival_findings import SurvivalFindings
from impasto.report.tables import Cell, Table, columns, number

__all__ = [
    "diagnostics_table",
    "difference_text",
    "incidence_table",
    "medians_table",
    "model_table",
    "p_text",
    "restricted_mean_table",
    "survival_at_table",
    "tests_table",
    "time_text",
]

_DASH = "\u2013"


def p_text(value: float) -> str:
    """Write a p-value with four decimals, or as below 0.0001."""
    if value != value:
        return _DASH
    return f"{value:.4f}" if value >= 1e-4 else "<0.0001"


def time_text(time: SurvivalTime, time_unit: str = "") -> str:
    """Write a survival time with its limits, or that it is not reached; with its unit where that is given."""
    unit = f" {time_unit}" if time_unit and np.isfinite(time.time) else ""
    is_limited = np.isfinite([time.lower, time.upper]).any()
    return f"{_one(time.time)}{unit}" + (f" ({_one(time.lower)} to {_one(time.upper)})" if is_limited else "")


def difference_text(found: SurvivalFindings) -> str:
    """Name the difference of two restricted means by both groups, in the order of subtraction."""
    reference, other = found.restricted_means
    return f"{other} minus {reference}"


def medians_table(found: SurvivalFindings) -> Table:
    """Patients, events, median survival, and median follow-up of each group."""
    rows = []
    for name, curve in found.curves.items():
        observed = found.observation[name].median()
        counts = (Cell(str(int(curve.at_risk[0]))), Cell(str(int(curve.events.sum()))))
        rows.append((Cell(name), *counts, _time_cell(curve.median()), _time_cell(observed)))
    first = next(iter(found.curves.values()))
    note = (
        f"Kaplan-Meier, {_percent(first.confidence)} limits on the {first.interval} scale (Greenwood), of medians by "
        "inverting the limits of the curve (Brookmeyer-Crowley). Follow-up: reverse Kaplan-Meier."
    )
    overall = found.observation.get("all")
    if overall is not None and len(found.curves) > 1:
        note += f" All patients: median follow-up {time_text(overall.median(), found.time_unit)}."
    if found.left_out.primary:
        note += f" {found.left_out.primary[0].upper()}{found.left_out.primary[1:]}."
    heads = columns(("Group",), ("n", ""), ("Events", ""), ("Median", found.time_unit), ("Follow-up", found.time_unit))
    return Table(f"Median {found.endpoint.lower()}", heads, tuple(rows), note)


def survival_at_table(found: SurvivalFindings) -> Table:
    """Survival at chosen times, with limits and numbers at risk."""
    rows = []
    for name, curve in found.curves.items():
        cells = []
        for value, low, high, left in zip(
            curve.at(found.times), *curve.limits_at(found.times), curve.at_risk_at(found.times), strict=True
        ):
            if np.isnan(value):
                cells.append(Cell(_DASH, detail="beyond follow-up"))
                continue
            # Greenwood's variance is 0 before the first event: that is no certainty
            limits = "no event yet" if value == 1.0 else f"{100 * low:.1f} to {100 * high:.1f}"
            cells.append(Cell(f"{100 * value:.1f}", detail=f"{limits}; {left} at risk"))
        rows.append((Cell(name), *cells))
    heads = columns(("Group",), *((f"{time:g} {found.time_unit}", "%") for time in found.times))
    return Table(f"{found.endpoint} at fixed times", heads, tuple(rows))


def tests_table(caption: str, tests: Iterable[Tested]) -> Table:
    """Write one row a test: what it is, what it tests, its statistic, its p-value, and on what."""
    rows = tuple(
        (
            Cell(test.name),
            Cell(test.null_hypothesis),
            Cell(test.distribution, detail=test.alternative),
            Cell(f"{test.statistic:.4f}"),
            Cell(p_text(test.p_value)),
            Cell(f"{test.events}/{test.patients}"),
            Cell(test.correction, detail=f"ties: {test.ties}" if test.ties else ""),
        )
        for test in tests
    )
    heads = columns(
        ("Test",), ("Null hypothesis",), ("Distribution",), ("Statistic", ""), ("p", ""), ("Events/n", ""),
        ("Correction",),
    )  # fmt: skip
    return Table(caption, heads, rows)


def model_table(title: str, model: CoxModel, confidence: float = 0.95, left_out: str = "") -> Table:
    """Hazard ratios of one Cox model; `left_out` says whom it leaves out, and why."""
    terms = model.terms(confidence)
    rows = tuple(
        (
            Cell(term.name),
            Cell(f"{term.hazard_ratio:.3f}", detail=f"{term.lower:.3f} to {term.upper:.3f}"),
            number(term.coefficient, 4),
            number(term.standard_error, 4),
            Cell(p_text(term.tested.p_value)),
        )
        for term in terms
    )
    layers = f", {model.strata_count} strata" if model.strata_count > 1 else ""
    note = (
        f"Cox regression, {model.ties.capitalize()}'s rule for ties{layers}; {model.follow_up.patients} patients, "
        f"{model.follow_up.events} events. Intervals ({_percent(terms[0].confidence)}) and p-values by Wald, "
        f"two-sided, not corrected for the number of covariates. All together: {model.likelihood_ratio.sentence()}."
    )
    note += f" Of the primary analysis, {left_out}." if left_out else ""
    heads = columns(("Covariate",), ("Hazard ratio", ""), ("Coefficient", ""), ("Standard error", ""), ("p", ""))
    return Table(f"Cox model, {title}", heads, rows, note)


def diagnostics_table(found: SurvivalFindings) -> Table:
    """List the tests of proportional hazards of every model."""
    named = [
        (title, name, test)
        for title, one in found.diagnostics.items()
        for name, test in one.tested.items()
        if name != "all" or len(one.tested) > 2
    ]
    rows = tuple(
        (Cell(title), Cell(name), Cell(f"{test.distribution} = {test.statistic:.3f}"), Cell(p_text(test.p_value)))
        for title, name, test in named
    )
    scales = {"km": "1 - survival", "identity": "time", "rank": "rank of time", "log": "log of time"}
    used = {scales[one.time_scale] for one in found.diagnostics.values()}
    note = (
        f"Score test of a coefficient that changes with {', '.join(sorted(used))} (Grambsch-Therneau), two-sided, no "
        "correction. A small p speaks against one hazard ratio for all times; a large one does not prove it."
    )
    return Table("Proportional hazards", columns(("Model",), ("Covariate",), ("Statistic", ""), ("p", "")), rows, note)


def restricted_mean_table(found: SurvivalFindings) -> Table:
    """Restricted means and, for two groups, their difference."""
    rows = [
        (
            Cell(name),
            Cell(f"{one.mean:.2f}", detail=f"{one.lower:.2f} to {one.upper:.2f}"),
            number(one.standard_error, 3),
        )
        for name, one in found.restricted_means.items()
    ]
    horizon = next(iter(found.restricted_means.values())).horizon
    note = f"Area below the curve to {horizon:g} {found.time_unit}; {_percent(found.confidence)} intervals by Wald. "
    note += f"{found.patients} patients."
    difference = found.restricted_difference
    if difference is not None:
        limits = f"{difference.lower:.2f} to {difference.upper:.2f}"
        rows.append((Cell(f"Difference, {difference_text(found)}"), Cell(f"{difference.difference:.2f}", detail=limits),
                     number(difference.standard_error, 3)))  # fmt: skip
        note += f" {difference.tested.sentence()}."
    heads = columns(("Group",), ("Restricted mean", found.time_unit), ("Standard error", found.time_unit))
    return Table("Restricted mean survival time", heads, tuple(rows), note)


def incidence_table(found: SurvivalFindings) -> Table:
    """Cumulative incidence of every cause at the chosen times."""
    rows = []
    for incidence in found.incidences:
        for name, curve in incidence.curves.items():
            place = np.searchsorted(curve.time, found.times, side="right") - 1
            cells = [
                Cell(_DASH, detail="beyond follow-up") if np.isnan(value) else
                Cell(f"{100 * value:.1f}", detail=f"{100 * curve.lower[at]:.1f} to {100 * curve.upper[at]:.1f}")
                for value, at in zip(curve.at(found.times), place, strict=True)
            ]  # fmt: skip
            rows.append((Cell(incidence.cause), Cell(name), Cell(str(int(curve.events.sum()))), *cells))
    heads = columns(
        ("Cause",), ("Group",), ("Events", ""), *((f"{time:g} {found.time_unit}", "%") for time in found.times)
    )
    note = (
        f"Aalen-Johansen; {_percent(found.confidence)} limits on the log-log scale from a Greenwood-type variance. "
        f"Other causes prevent, not censor. {found.patients} patients."
    )
    return Table("Cumulative incidence", heads, tuple(rows), note)


def _time_cell(time: SurvivalTime) -> Cell:
    is_limited = np.isfinite([time.lower, time.upper]).any()
    return Cell(_one(time.time), detail=f"{_one(time.lower)} to {_one(time.upper)}" if is_limited else "no limits")


def _one(value: float) -> str:
    return f"{value:.1f}" if np.isfinite(value) else "not reached"


def _percent(confidence: float) -> str:
    return f"{100.0 * confidence:g} %"
