"""``impasto run``: run a protocol on a case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder, Settings, parsed_settings
from impasto.cli.console import print_json, print_line, print_table, progress_bars

if TYPE_CHECKING:
    from impasto.files import Case

__all__ = ["run"]


def run(
    protocol_name: Annotated[str, typer.Argument(metavar="PROTOCOL", help="Name of a protocol, or a .toml file.")],
    case_folder: CaseFolder,
    only: Annotated[str, typer.Option(metavar="STEP", help="Run this step alone.")] = "",
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Run a protocol on a case; what is current is skipped, so a second run does nothing.

    Example: impasto run pet-painting CASE --set targets.margin_mm=5
    """
    from impasto.files import open_case
    from impasto.workflow import current_report, load_protocol, run_protocol, write_case_report

    protocol = load_protocol(protocol_name).with_settings(parsed_settings(settings))
    with progress_bars() as progress:
        case = open_case(case_folder)
        outcomes = run_protocol(case, protocol, only or None, progress)
        has_report = protocol.report is not None and protocol.report.with_run and not only
        page = current_report(case, protocol.name) if has_report else None
        is_new = has_report and page is None
        if is_new:
            [page] = write_case_report(case, protocol=protocol.name, progress=progress)
    if as_json:
        print_json([{"ran": outcome.ran, **outcome.record.model_dump(mode="json")} for outcome in outcomes])
        return
    rows = [
        [
            outcome.record.step,
            "done" if outcome.ran else "current",
            outcome.record.seconds,
            ", ".join(outcome.record.outputs),
        ]
        for outcome in outcomes
    ]
    print_table(protocol.title, ["step", "", "time [s]", "outputs"], rows)
    for outcome in outcomes:
        for note in outcome.record.notes:
            print_line(f"[yellow]note[/] {outcome.record.step}: {note}")
    if page is not None:
        _print_comparison(case, protocol.name)
        print_line(f"{f'wrote {page}' if is_new else f'{page} is current'}. [bold]Research use only.[/]")


def _print_comparison(case: Case, protocol: str) -> None:
    from impasto.workflow import radiosurgery_comparison

    for table in radiosurgery_comparison(case, protocol):
        heads = [f"{column.name} {column.unit}".strip() for column in table.columns]
        rows: list[list[str]] = []
        for row in table.rows:
            # the first cell of a row may stand for the rows below it
            spanned = [""] * (len(heads) - len(row))
            rows.append([*spanned, *(cell.text for cell in row)])
        print_table(table.caption, heads, rows)
