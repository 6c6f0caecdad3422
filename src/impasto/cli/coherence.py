"""``impasto coherence``: whether the printed numbers of a paper can follow from each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line

__all__ = ["coherence"]


def coherence(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv|toml", help="Printed numbers; see docs/coherence.md.")],
    show_all: Annotated[bool, typer.Option("--all", help="Also what holds.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 where there is an error.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the printed numbers of a paper against each other: one finding a line, the gravest first.

    Intervals and p-values, standard errors and events, percentages and counts, means and rows, tests, sums.
    Example: impasto coherence table2.csv
    """
    from impasto.outcome.coherence import Severity, check_items, findings
    from impasto.workflow import read_printed_tables

    checks = check_items(read_printed_tables(table).items)
    found = findings(checks)
    if as_json:
        print_json([vars(check) for check in (checks if show_all else found)])
    else:
        for check in checks if show_all else found:
            print_line(_escaped(check.sentence()))
        counts = ", ".join(f"{sum(one.severity is level for one in found)} {level}s" for level in Severity)
        print_line(f"{len(checks)} checks: {counts}. [bold]Research use only.[/]")
    if strict and any(check.severity is Severity.ERROR for check in found):
        sys.exit(1)


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
