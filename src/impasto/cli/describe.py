"""``impasto describe``: table 1 and adverse events of a trial's patients."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from impasto.cli.console import print_line, print_table, progress_bars

if TYPE_CHECKING:
    from impasto.report import DescriptionFindings

__all__ = ["describe"]

_Columns = list[str] | None


def describe(  # noqa: PLR0913  (every option is one that changes a number)
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="One row for each patient, a header above.")],
    by: Annotated[
        str, typer.Option(metavar="COLUMN", help="Groups to compare: the arms; by default all patients are one.")
    ] = "",
    variable: Annotated[
        _Columns, typer.Option(metavar="COLUMN", help="Row of table 1; may be repeated; by default every column.")
    ] = None,
    category: Annotated[
        _Columns,
        typer.Option(
            metavar="COLUMN", help="Numbers that are codes; may be repeated; by default text alone is counted."
        ),
    ] = None,
    grades: Annotated[
        _Columns,
        typer.Option(
            metavar="COLUMN", help="Worst CTCAE grade, 0 to 5, of an adverse event; may be repeated; none by default."
        ),
    ] = None,
    test: Annotated[
        Literal["chi-square", "chi-square-corrected", "fisher", "none"], typer.Option(help="Test of categories.")
    ] = "chi-square",
    decimals: Annotated[int, typer.Option(min=0, max=4, help="Decimals of percentages.")] = 1,
    half: Annotated[
        Literal["half-up", "half-even"], typer.Option(help="Rounding of percentages that lie half-way.")
    ] = "half-up",
    severe: Annotated[int, typer.Option(min=1, max=5, help="Grade from which an adverse event is severe.")] = 3,
    confidence: Annotated[float, typer.Option(help="Confidence of the exact limits, 0 to 1.")] = 0.95,
    patient: Annotated[
        str, typer.Option(metavar="COLUMN", help="Identifiers; refuse one that occurs twice; not checked by default.")
    ] = "",
    unpaired: Annotated[
        bool, typer.Option("--unpaired", help="Test groups although the same patients are in several.")
    ] = False,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Page, CSV and figure go here.")] = Path("description"),
) -> None:
    """Table 1 by arm with named tests and missing values counted; adverse events by CTCAE grade with exact limits.

    Numbers are summed up by medians and tested by Mann-Whitney or Kruskal-Wallis; text is counted.

    Example: impasto describe trial.csv --by arm --grades headache --grades fatigue
    """
    from impasto.workflow import DescriptionRequest, describe_patients, read_patient_table, write_description

    request = DescriptionRequest(
        by, tuple(variable or ()), tuple(category or ()), tuple(grades or ()),
        "chi-square corrected" if test == "chi-square-corrected" else test, decimals, half, severe, confidence, patient,
        unpaired,
    )  # fmt: skip
    with progress_bars() as progress:
        found = describe_patients(read_patient_table(table), request)
        written = write_description(found, output, progress)
    _print_characteristics(found)
    _print_adverse_events(found)
    for note in found.notes:
        print_line(f"[yellow]note[/] {note}")
    print_line(f"wrote {', '.join(str(path) for path in written)}. [bold]Research use only.[/]")


def _print_characteristics(found: DescriptionFindings) -> None:
    from impasto.report.description_tables import text_rows

    if not found.rows:
        return
    groups = [f"{name}, n = {size}" for name, size in zip(found.groups, found.sizes, strict=True)]
    groups += [f"all, n = {sum(found.sizes)}"] if len(found.groups) > 1 else []
    lines = text_rows(found)
    rows = [
        [line.variable, line.level, *line.cells, "" if line.test is None else f"{line.test.p_value:.4f}"]
        for line in lines
    ]
    print_table(found.heading.title, ["", "", *groups, "p"], rows)
    for line in lines:
        if line.test is not None:
            print_line(f"{line.variable}: {line.test.sentence()}")


def _print_adverse_events(found: DescriptionFindings) -> None:
    from impasto.outcome.description import percentage
    from impasto.report.description_tables import share_text

    rows = []
    for event in found.events:
        for place, (name, graded) in enumerate(event.by_group.items()):
            shares = [graded.at_least[grade] for grade in (1, found.severe_grade)]
            said = [
                f"{one.count}/{one.of}, {percentage(one.count, one.of, found.decimals, found.half)} "
                f"({share_text(one, max(found.decimals, 1))})"
                for one in shares
            ]
            p = "" if place or event.test is None else f"{event.test.p_value:.4f}"
            rows.append([event.term if place == 0 else "", name, *said, str(graded.missing), p])
    if rows:
        heads = ["adverse event", "group", "any grade, % (exact limits)", f"grade >= {found.severe_grade}, %"]
        print_table("Adverse events (CTCAE), worst grade", [*heads, "not assessed", "p, Fisher"], rows)
