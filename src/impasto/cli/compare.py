"""``impasto compare``: two plans of the same patients."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table, progress_bars

if TYPE_CHECKING:
    from impasto.report import PairedFindings

__all__ = ["compare"]


def compare(  # noqa: PLR0913  (every option is one that changes a number)
    table: Annotated[
        Path, typer.Argument(metavar="PLANS.csv", help="A row for each patient and plan, or two columns.")
    ],
    first: Annotated[str, typer.Option(metavar="NAME", help="Plan that the other is compared with.")],
    second: Annotated[str, typer.Option(metavar="NAME", help="The other; differences are second minus first.")],
    plan: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Plans' names, a row for each patient and plan; by default columns are paired by name.",
        ),
    ] = "",
    patient: Annotated[
        str, typer.Option(metavar="COLUMN", help="Identifiers of the patients; by default rows are numbered.")
    ] = "",
    measure: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Measure to compare; may be repeated; by default all.")
    ] = None,
    zeros: Annotated[
        Literal["dropped", "ranked"], typer.Option(help="Equal pairs: Wilcoxon 1945 drops, Pratt 1959 ranks them.")
    ] = "dropped",
    confidence: Annotated[float, typer.Option(help="Confidence of the Hodges-Lehmann limits, 0 to 1.")] = 0.95,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random sign flips that more than 20 pairs need.")] = 1,
    mann_whitney: Annotated[
        bool, typer.Option("--mann-whitney", help="Print this test too, although it ignores the pairs.")
    ] = False,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Page, CSV and figure go here.")] = Path("comparison"),
    as_json: AsJson = False,
) -> None:
    r"""Compare two plans patient by patient: Wilcoxon, Hodges-Lehmann shift, rank-biserial r, permutation test.

    Columns pair up when their names differ only by the plan: "V12 \[ml], uniform" and "V12 \[ml], painted".
    With --json nothing is written.

    Example: impasto compare cohort.csv --first uniform --second painted --patient patient
    """
    from impasto.outcome.paired import ZeroRule
    from impasto.workflow import PlanComparisonRequest, compare_plans, read_patient_table, write_plan_comparison

    rule = ZeroRule.DROPPED if zeros == "dropped" else ZeroRule.RANKED
    request = PlanComparisonRequest(
        (first, second), plan, patient, tuple(measure or ()), rule, confidence, seed, mann_whitney
    )
    found = compare_plans(read_patient_table(table), request)
    if as_json:
        _print_json(found)
        return
    with progress_bars() as progress:
        written = write_plan_comparison(found, output, progress)
    _print_findings(found)
    for note in found.notes:
        print_line(f"[yellow]note[/] {note}")
    print_line(f"wrote {', '.join(str(path) for path in written)}. [bold]Research use only.[/]")


def _print_findings(found: PairedFindings) -> None:
    from impasto.report.paired_tables import paired_text_row

    first, second = found.plans
    percent = f"{found.comparisons[0].shift.confidence:.0%} CI"
    heads = ["measure", first, second, "shift", percent, "p", "r"]
    print_table(f"{second} against {first}", heads, [paired_text_row(one) for one in found.comparisons])
    print_line(f"mean ± SD; Hodges-Lehmann shift, {second} minus {first}; p of Wilcoxon's test; r rank-biserial")
    for one in found.comparisons:
        flips = one.sign_flips
        how = "all" if flips.is_exact else "random"
        print_line(
            f"{one.values.quantity}: {one.signed_rank.sentence()}; mean difference {flips.mean:+.4g}, permutation "
            f"p = {flips.p_value:.4g} ({flips.flips} {how} sign flips)"
        )
        if one.values.quantity in found.unpaired:
            print_line(f"  {found.unpaired[one.values.quantity].sentence()}")


def _print_json(found: PairedFindings) -> None:
    print_json(
        {
            "plans": found.plans,
            "measures": [
                {"name": one.values.quantity, "unit": one.values.unit, "patients": found.patients[one.values.quantity],
                 "signed_rank": {**asdict(one.signed_rank), "statistic": one.signed_rank.statistic},
                 "shift": asdict(one.shift),
                 "rank_biserial": None if one.rank_biserial != one.rank_biserial else one.rank_biserial,
                 "sign_flips": asdict(one.sign_flips),
                 "mann_whitney": asdict(found.unpaired[one.values.quantity]) if found.unpaired else None}
                for one in found.comparisons
            ],
            "notes": found.notes,
        }
    )  # fmt: skip
