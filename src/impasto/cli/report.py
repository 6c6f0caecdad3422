"""``impasto report``: the report of a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import CaseFolder
from impasto.cli.console import print_line, progress_bars

__all__ = ["report"]


def report(
    case_folder: CaseFolder,
    protocol: Annotated[
        str, typer.Option(help="Protocol whose results to show; by default the only one that plans.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option(help="Where to write; by default report.html in the case, for maps beside them.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a PDF beside the page (needs the extra 'pdf').")] = False,
) -> None:
    """Write one self-contained HTML page with pictures, tables and provenance: of plans, or of maps.

    Example: impasto report CASE --protocol maps --pdf
    """
    from impasto.files import open_case
    from impasto.workflow import write_case_report

    with progress_bars() as progress:
        written = write_case_report(open_case(case_folder), output, protocol or None, pdf, progress)
    for path in written:
        print_line(f"wrote {path}")
