"""Writing what a trial's design gives: allocation lists and logs, figures of boundaries."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from impasto.files import replacing_file
from impasto.outcome.design import Allocation, SequentialTrial
from impasto.report.figures.sequential_boundaries import sequential_boundaries_figure
from impasto.report.theme import figure_style

__all__ = ["draw_boundaries", "write_allocations"]

_DOTS_PER_INCH = 300


def write_allocations(rows: Sequence[Allocation], path: Path) -> None:
    """Write allocations as CSV: number, factors, arm, rule, draw and reason; a failure leaves what was there."""
    factors = list(rows[0].factors) if rows else []
    with replacing_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", *factors, "arm", "rule", "draw", "reason"])
        for row in rows:
            draw = "" if row.draw is None else f"{row.draw:.9f}"
            writer.writerow([row.number, *(row.factors[name] for name in factors), row.arm, row.rule, draw, row.reason])


def draw_boundaries(trial: SequentialTrial, path: Path) -> None:
    """Draw the boundaries of a trial; the suffix chooses the format."""
    with figure_style(), replacing_file(path) as beside:
        sequential_boundaries_figure(trial).savefig(beside, dpi=_DOTS_PER_INCH)
