"""From a table of two plans to their paired comparison, as findings, as a page, and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from impasto import __version__
from impasto.core import ImpastoError, Progress, silent
from impasto.outcome.paired import PairedComparison, PairedValues, ZeroRule, compare_pairs, rank_sum_test
from impasto.report import Heading, PairedFindings, Setting, Step, write_report
from impasto.report.figure_files import write_figures
from impasto.report.figures.paired_lines import paired_figure
from impasto.workflow.outcome.csv_cells import write_csv_rows
from impasto.workflow.outcome.paired.table import MeasuredPairs, pairs_from_columns, pairs_from_rows
from impasto.workflow.outcome.patient_table import PatientTable

__all__ = ["PlanComparisonRequest", "compare_plans", "write_plan_comparison"]


@dataclass(frozen=True)
class PlanComparisonRequest:
    """What is compared, and how.

    Parameters
    ----------
    plans : tuple of str
        The first, and the one compared with it.
    plan : str
        Column of the plans; when empty each measure has a column for each plan.
    patient : str
        Column of identifiers.
    measures : tuple of str
        All when empty.
    zero_rule : ZeroRule
    confidence : float
    seed : int
        Of random sign flips, where there are more than 20 pairs.
    unpaired : bool
        Test by Mann-Whitney as well, which ignores the pairs: to reproduce what others printed.
    """

    plans: tuple[str, str]
    plan: str = ""
    patient: str = ""
    measures: tuple[str, ...] = ()
    zero_rule: ZeroRule = ZeroRule.DROPPED
    confidence: float = 0.95
    seed: int = 1
    unpaired: bool = False

    def __post_init__(self) -> None:
        if self.plans[0] == self.plans[1]:
            raise ImpastoError("plans", f"both are {self.plans[0]!r}", "name two")


def compare_plans(table: PatientTable, request: PlanComparisonRequest) -> PairedFindings:
    """Compare two plans measure by measure; patients without one of both values are left out and counted.

    Parameters
    ----------
    table : PatientTable
    request : PlanComparisonRequest

    Raises
    ------
    ImpastoError
        When columns are missing, a patient has two rows of one plan, or no patient has both values of a measure.
    """
    notes = list(table.notes)
    if request.plan:
        pairs = pairs_from_rows(table, request.plan, request.plans, request.patient, request.measures)
        others = [name for name in table.groups(request.plan) if name not in request.plans]
        if others:
            notes.append(f"Not compared: {', '.join(others)}.")
    else:
        pairs = pairs_from_columns(table, request.plans, request.patient, request.measures)
    comparisons, patients = [], {}
    for one in pairs:
        values, patients[one.name] = _values(one, request, table.source, notes)
        comparisons.append(compare_pairs(values, request.zero_rule, request.confidence, request.seed))
    notes += [_too_few(one) for one in comparisons if one.shift.reached < request.confidence - 1e-9]
    unpaired = {}
    if request.unpaired:
        unpaired = {one.values.quantity: rank_sum_test(one.values, ignoring_pairs=True) for one in comparisons}
        notes.append("Mann-Whitney's test was asked for: it ignores that the values are of the same patients.")
    first, second = request.plans
    return PairedFindings(
        heading=Heading(f"{second} against {first}", table.source, "paired comparison", f"{date.today()}", False),
        plans=request.plans,
        comparisons=tuple(comparisons),
        patients=patients,
        unpaired=unpaired,
        notes=tuple(notes),
        settings=_settings(request),
        provenance=(Step("comparison", (table.source,), f"{table.patients} rows", __version__),),
    )


def write_plan_comparison(found: PairedFindings, folder: Path, progress: Progress = silent) -> tuple[Path, ...]:
    """Write ``comparison.html``, ``comparison.csv``, ``pairs.csv`` and the figure as PDF and PNG.

    A failure leaves what was there.

    Parameters
    ----------
    found : PairedFindings
    folder : Path
    progress : Progress

    Returns
    -------
    tuple of Path
        What was written, the page first.
    """
    page, measures, pairs = (folder / name for name in ("comparison.html", "comparison.csv", "pairs.csv"))
    write_report(found, page, progress)
    write_csv_rows(measures, _measure_rows(found))
    write_csv_rows(pairs, _pair_rows(found))
    figures = write_figures(lambda: {"comparison": paired_figure(found.comparisons)}, folder)
    return (page, measures, pairs, *figures)


def _values(
    one: MeasuredPairs, request: PlanComparisonRequest, source: str, notes: list[str]
) -> tuple[PairedValues, tuple[str, ...]]:
    known = np.isfinite(one.first) & np.isfinite(one.second)
    if not known.any():
        problem = f"no patient has {one.name} of both {request.plans[0]} and {request.plans[1]}"
        raise ImpastoError(source, problem, "give both plans of each patient, under one name of the patient")
    if not known.all():
        left = [name for name, is_known in zip(one.patients, known, strict=True) if not is_known]
        shown = ", ".join(left[:5]) + (", ..." if len(left) > 5 else "")
        notes.append(f"{one.name}: left out without both values: {shown} ({len(left)} of {len(known)}).")
    kept = tuple(name for name, is_known in zip(one.patients, known, strict=True) if is_known)
    return PairedValues(one.name, one.unit, request.plans, one.first[known], one.second[known]), kept


def _too_few(one: PairedComparison) -> str:
    """Say that even all averages together hold less than was asked for."""
    shift = one.shift
    return (
        f"{one.values.quantity}: {shift.pairs} pairs cannot give {100.0 * shift.confidence:g} % limits; those shown "
        f"reach {100.0 * shift.reached:.1f} %."
    )


def _settings(request: PlanComparisonRequest) -> tuple[Setting, ...]:
    exact = "exact up to 60 pairs, else normal approximation without continuity correction"
    return (
        Setting("difference", f"{request.plans[1]} minus {request.plans[0]}", "", ""),
        Setting("pairs without a difference", request.zero_rule.value, "", "of Wilcoxon's test"),
        Setting("Wilcoxon's test", exact, "", "two-sided; ties keep their mean rank"),
        Setting("confidence", f"{request.confidence:g}", "", "of the Hodges-Lehmann limits"),
        Setting("permutation", f"all signs up to 20 pairs, else 100 000 random ones, seed {request.seed}", "", ""),
    )


def _measure_rows(found: PairedFindings) -> list[Sequence[object]]:
    first, second = found.plans
    heads = ["measure", "unit", "pairs", "without difference", f"mean {first}", f"SD {first}", f"mean {second}"]
    heads += [f"SD {second}", f"median {first}", f"median {second}", "shift (Hodges-Lehmann)", "low", "high"]
    heads += ["confidence reached", "W", "p (Wilcoxon)", "exact", "zero rule", "rank-biserial r", "mean difference"]
    heads += ["p (permutation)"] + (["U", "p (Mann-Whitney, ignores pairs)"] if found.unpaired else [])
    rows: list[Sequence[object]] = [heads]
    for one in found.comparisons:
        values, tested, shift = one.values, one.signed_rank, one.shift
        groups = (values.first, values.second)
        described = [
            text for group in groups
            for text in (_digits(float(group.mean())), _digits(float(group.std(ddof=1))) if len(group) > 1 else "")
        ]  # fmt: skip
        medians = [_digits(float(np.median(group))) for group in groups]
        shifts = [_digits(value) for value in (shift.estimate, shift.low, shift.high, shift.reached)]
        test = [_digits(tested.statistic), _digits(tested.p_value), "yes" if tested.is_exact else "no"]
        rest = [tested.zero_rule.value, _digits(one.rank_biserial), _digits(one.sign_flips.mean)]
        unpaired = found.unpaired.get(values.quantity)
        more = [] if unpaired is None else [_digits(unpaired.statistic), _digits(unpaired.p_value)]
        rows.append([values.quantity, values.unit, tested.pairs, tested.zeros, *described, *medians, *shifts, *test,
                     *rest, _digits(one.sign_flips.p_value), *more])  # fmt: skip
    return rows


def _pair_rows(found: PairedFindings) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = [["measure", "unit", "patient", *found.plans, "difference"]]
    for one in found.comparisons:
        values = one.values
        columns = (found.patients[values.quantity], values.first, values.second, values.differences)
        for name, *numbers in zip(*columns, strict=True):
            rows.append([values.quantity, values.unit, name, *(_digits(float(number)) for number in numbers)])
    return rows


def _digits(value: float) -> str:
    return "" if value != value else f"{value:.8g}"
