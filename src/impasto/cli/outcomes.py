"""Telling what became of steps that run one by one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from impasto.cli.console import print_json, print_line, print_problem

if TYPE_CHECKING:
    from impasto.workflow import IndependentOutcomes

__all__ = ["tell_outcomes"]


def tell_outcomes(made: IndependentOutcomes, pages: Iterable[Path], as_json: bool) -> None:
    """Print what each step left and what it says, then what failed; exit with 1 where anything did."""
    if as_json:
        print_json([{"ran": outcome.ran, **outcome.record.model_dump(mode="json")} for outcome in made.outcomes])
    for outcome in () if as_json else made.outcomes:
        record = outcome.record
        state = f"{record.seconds:.1f} s" if outcome.ran else "current"
        print_line(f"[bold]{record.step}[/] ({record.stage}, {state}): {', '.join(record.outputs)}")
        for note in record.notes:
            print_line(f"  {note}")
    for page in () if as_json else pages:
        print_line(f"wrote {page}")
    for step, error in made.failures.items():
        print_problem(f"{step}: {error}")
    if made.failures:
        raise typer.Exit(1)
