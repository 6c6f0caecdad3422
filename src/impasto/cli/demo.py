"""``impasto demo``: the whole way on a digital patient."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table, progress_bars

__all__ = ["demo"]


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the results; a former demo in it is replaced.")] = Path(
        "demo"
    ),
    seed: Annotated[int, typer.Option(help="Another seed gives another patient.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Go the whole way on a digital glioma: scans in, metabolite maps, boosted and standard plan, report, DICOM out."""
    from impasto.workflow import run_demo

    started = time.perf_counter()
    with progress_bars() as progress:
        summary = run_demo(folder, seed, progress)
    if as_json:
        rows = [dict(zip(summary.header, row, strict=True)) for row in summary.rows]
        print_json({"simulated": True, "figures": rows, "wrote": [str(path) for path, _ in summary.written]})
        return
    print_table("Boost by spectroscopy against standard dose (digital glioma, simulated)", summary.header, summary.rows)
    for path, about in summary.written:
        print_line(f"{path}  {about}")
    print_line(f"done in {time.perf_counter() - started:.0f} s. [bold]Research use only.[/]")
