"""``impasto survival``: a trial's time to event from a table of patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from impasto.cli.console import print_line, print_table, progress_bars

__all__ = ["survival"]

_Columns = list[str] | None


def survival(  # noqa: PLR0913  (every option is one that a trialist sets)
    table: Annotated[Path, typer.Argument(metavar="DATA.csv", help="One row for each patient, a header above.")],
    time: Annotated[str, typer.Option(metavar="COLUMN", help="Time to the event or to the last follow-up.")],
    event: Annotated[str, typer.Option(metavar="COLUMN[=VALUE]", help="1 for the event, or the value that means it.")],
    group: Annotated[str, typer.Option(metavar="COLUMN", help="Arms to compare.")] = "",
    reference: Annotated[str, typer.Option(metavar="VALUE", help="Arm that hazard ratios compare with.")] = "",
    strata: Annotated[_Columns, typer.Option(metavar="COLUMN", help="Stratify by it; may be repeated.")] = None,
    adjust: Annotated[_Columns, typer.Option(metavar="COLUMN", help="Adjust Cox for it; may be repeated.")] = None,
    subgroup: Annotated[_Columns, typer.Option(metavar="COLUMN", help="Forest plot by it; may be repeated.")] = None,
    causes: Annotated[str, typer.Option(metavar="COLUMN", help="Names of competing events, empty where none.")] = "",
    landmark: Annotated[float, typer.Option(min=0.0, help="Count from this time, for those still at risk.")] = 0.0,
    horizon: Annotated[float | None, typer.Option(min=0.0, help="Of the restricted mean.")] = None,
    at: Annotated[list[float] | None, typer.Option(help="Table survival at this time; may be repeated.")] = None,
    unit: Annotated[str, typer.Option(help="Unit of time.")] = "months",
    endpoint: Annotated[str, typer.Option(help="As printed.")] = "Overall survival",
    origin: Annotated[str, typer.Option(help="What time counts from, as printed.")] = "randomisation",
    interval: Annotated[
        Literal["log-log", "log", "plain"], typer.Option(help="Scale of survival's limits.")
    ] = "log-log",
    ties: Annotated[Literal["efron", "breslow"], typer.Option(help="Equal times in Cox regression.")] = "efron",
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Page and figures go here.")] = Path("survival"),
) -> None:
    """Kaplan-Meier, log-rank, Cox with diagnostics, restricted mean, subgroups and competing risks, in one report.

    Example: impasto survival trial.csv --time os --event dead --group arm --strata surgery --subgroup mgmt
    """
    from impasto.workflow import SurvivalRequest, analyse_survival, read_patient_table, write_survival_report

    request = SurvivalRequest(
        time, event, group, reference, tuple(strata or ()), tuple(adjust or ()), tuple(subgroup or ()), causes,
        landmark, horizon, tuple(at or ()), unit, endpoint, origin, interval, ties,
    )  # fmt: skip
    with progress_bars() as progress:
        found = analyse_survival(read_patient_table(table), request)
        written = write_survival_report(found, output, progress)
    rows = []
    for name, curve in found.curves.items():
        median = curve.median()
        rows.append([name, int(curve.at_risk[0]), int(curve.events.sum()),
                     f"{median.time:.1f} ({median.lower:.1f} to {median.upper:.1f})"])  # fmt: skip
    print_table(endpoint, ["group", "n", "events", f"median ({unit}, {curve.confidence:.0%} CI)"], rows)
    for one in found.comparisons:
        print_line(one.tested.sentence())
    for title, model in found.models.items():
        for term in model.terms():
            said = f"{term.hazard_ratio:.3f} ({term.lower:.3f} to {term.upper:.3f})"
            print_line(f"hazard ratio, {term.name}: {said}, {title}; {term.tested.sentence()}")
    for note in found.notes:
        print_line(note)
    print_line(f"wrote {written[0]} and {len(written) - 1} figures. [bold]Research use only.[/]")
