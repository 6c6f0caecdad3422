"""``impasto survival``: a trial's time to event from a table of patients."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table, progress_bars

if TYPE_CHECKING:
    from impasto.outcome.survival import SurvivalTime, Tested
    from impasto.report import SurvivalFindings

__all__ = ["survival"]

_Columns = list[str] | None


def survival(  # noqa: PLR0913  (every option is one that a trialist sets)
    table: Annotated[Path, typer.Argument(metavar="DATA.csv", help="One row for each patient, a header above.")],
    time: Annotated[str, typer.Option(metavar="COLUMN", help="Time to the event or to the last follow-up, in --unit.")],
    event: Annotated[str, typer.Option(metavar="COLUMN[=VALUE]", help="1 for the event, or the value that means it.")],
    group: Annotated[str, typer.Option(metavar="COLUMN", help="Arms to compare; none by default.")] = "",
    reference: Annotated[
        str,
        typer.Option(
            metavar="VALUE", help="Arm that hazard ratios compare with; by default the first in sorted order."
        ),
    ] = "",
    strata: Annotated[
        _Columns, typer.Option(metavar="COLUMN", help="Stratify by it; may be repeated; none by default.")
    ] = None,
    adjust: Annotated[
        _Columns, typer.Option(metavar="COLUMN", help="Adjust Cox for it; may be repeated; none by default.")
    ] = None,
    subgroup: Annotated[
        _Columns, typer.Option(metavar="COLUMN", help="Forest plot by it; may be repeated; none by default.")
    ] = None,
    causes: Annotated[
        str,
        typer.Option(metavar="COLUMN", help="Names of competing events, empty where none came; no column by default."),
    ] = "",
    landmark: Annotated[
        float, typer.Option(min=0.0, help="Count from this time, in --unit, for those still at risk; 0 for none.")
    ] = 0.0,
    horizon: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Horizon of the restricted mean, in --unit; by default the last whole one that all arms reach.",
        ),
    ] = None,
    at: Annotated[
        list[float] | None,
        typer.Option(
            help="Table survival at this time, in --unit; may be repeated; up to three round ones by default."
        ),
    ] = None,
    unit: Annotated[
        str, typer.Option(help="Unit of every time, as the table has it and the report prints it.")
    ] = "months",
    endpoint: Annotated[str, typer.Option(help="Name of the endpoint, as printed.")] = "Overall survival",
    origin: Annotated[str, typer.Option(help="What time counts from, as printed.")] = "randomisation",
    interval: Annotated[
        Literal["log-log", "log", "plain"], typer.Option(help="Scale on which limits of survival are symmetric.")
    ] = "log-log",
    ties: Annotated[
        Literal["efron", "breslow"], typer.Option(help="Rule for equal times in Cox regression.")
    ] = "efron",
    time_scale: Annotated[
        Literal["km", "identity", "rank", "log"],
        typer.Option(help="Scale of time in the test of proportional hazards; km is 1 - survival."),
    ] = "km",
    confidence: Annotated[float, typer.Option(help="Confidence of all intervals, 0 to 1.")] = 0.95,
    patient: Annotated[
        str, typer.Option(metavar="COLUMN", help="Identifiers; refuse one that occurs twice; not checked by default.")
    ] = "",
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Page and figures go here.")] = Path("survival"),
    as_json: AsJson = False,
) -> None:
    """Kaplan-Meier, log-rank, Cox with diagnostics, restricted mean, subgroups and competing risks, in one report.

    With --json nothing is written.

    Example: impasto survival trial.csv --time os --event dead --group arm --strata surgery --subgroup mgmt
    """
    from impasto.workflow import SurvivalRequest, analyse_survival, read_patient_table, write_survival_report

    request = SurvivalRequest(
        time, event, group, reference, tuple(strata or ()), tuple(adjust or ()), tuple(subgroup or ()), causes,
        landmark, horizon, tuple(at or ()), unit, endpoint, origin, interval, ties, time_scale, confidence, patient,
    )  # fmt: skip
    with progress_bars() as progress:
        found = analyse_survival(read_patient_table(table), request)
        written = () if as_json else write_survival_report(found, output, progress)
    if as_json:
        print_json(_as_json(found))
        return
    _print_findings(found)
    for note in found.notes:
        print_line(f"[yellow]note[/] {note}")
    print_line(f"wrote {written[0]} and {len(written) - 1} figures. [bold]Research use only.[/]")


def _print_findings(found: SurvivalFindings) -> None:
    from impasto.report.survival_tables import time_text

    rows = []
    for name, curve in found.curves.items():
        followed = found.observation[name].median()
        counts = [name, int(curve.at_risk[0]), int(curve.events.sum())]
        rows.append([*counts, time_text(curve.median()), time_text(followed)])
    share = f"{next(iter(found.curves.values())).confidence:.0%} CI"
    columns = ["group", "n", "events", f"median ({found.time_unit}, {share})", f"follow-up ({share})"]
    print_table(found.endpoint, columns, rows)
    for one in found.comparisons:
        print_line(one.tested.sentence())
    for title, model in found.models.items():
        for term in model.terms(found.confidence):
            said = f"{term.hazard_ratio:.3f} ({term.lower:.3f} to {term.upper:.3f})"
            print_line(f"hazard ratio, {term.name}: {said}, {title}; {term.tested.sentence()}")
    _print_further(found)


def _print_further(found: SurvivalFindings) -> None:
    from impasto.report.survival_tables import difference_text

    for title, diagnosed in found.diagnostics.items():
        for name, tested in diagnosed.tested.items():
            print_line(f"proportional hazards, {name}, {title}: p = {tested.p_value:.4f} (Grambsch-Therneau)")
    for name, one in found.restricted_means.items():
        reach = f"{one.lower:.2f} to {one.upper:.2f}"
        print_line(f"restricted mean to {one.horizon:g} {found.time_unit}, {name}: {one.mean:.2f} ({reach})")
    difference = found.restricted_difference
    if difference is not None:
        reach = f"{difference.lower:.2f} to {difference.upper:.2f}"
        what = f"restricted mean to {difference.first.horizon:g} {found.time_unit}, {difference_text(found)}"
        print_line(f"{what}: {difference.difference:.2f} ({reach}); {difference.tested.sentence()}")
    for incidence in found.incidences:
        if incidence.tested is not None:
            print_line(f"{incidence.cause}: {incidence.tested.sentence()}")


def _as_json(found: SurvivalFindings) -> dict[str, Any]:
    return {
        "endpoint": found.endpoint,
        "unit": found.time_unit,
        "groups": [
            {"name": name, "patients": int(curve.at_risk[0]), "events": int(curve.events.sum()),
             "median": _times(curve.median()), "follow_up": _times(found.observation[name].median()),
             "survival": [{"time": time, "share": _finite(value)}
                          for time, value in zip(found.times, curve.at(found.times), strict=True)]}
            for name, curve in found.curves.items()
        ],
        "comparisons": [_test(one.tested) for one in found.comparisons],
        "models": {
            title: [{"name": term.name, "hazard_ratio": term.hazard_ratio, "limits": [term.lower, term.upper],
                     "p": _finite(term.tested.p_value), "patients": term.tested.patients,
                     "events": term.tested.events} for term in model.terms(found.confidence)]
            for title, model in found.models.items()
        },
        "proportional_hazards": {
            title: {name: _finite(tested.p_value) for name, tested in one.tested.items()}
            for title, one in found.diagnostics.items()
        },
        "restricted_means": {
            name: {"horizon": one.horizon, "mean": one.mean, "standard_error": one.standard_error}
            for name, one in found.restricted_means.items()
        },
        "competing": {one.cause: None if one.tested is None else _test(one.tested) for one in found.incidences},
        "left_out": asdict(found.left_out),
        "notes": found.notes,
    }  # fmt: skip


def _times(time: SurvivalTime) -> list[float | None]:
    return [_finite(value) for value in (time.time, time.lower, time.upper)]


def _test(tested: Tested) -> dict[str, float | str | None]:
    return {"name": tested.name, "statistic": _finite(tested.statistic), "p": _finite(tested.p_value)}


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None
