"""``impasto export``: DICOM for a planning system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder
from impasto.cli.console import print_json, print_table, progress_bars

__all__ = ["export"]


def export(
    case_folder: CaseFolder,
    folder: Annotated[Path, typer.Argument(help="New or empty folder for the DICOM files.")],
    protocol: Annotated[str, typer.Option(help="Protocol whose results to write; needed when several were run.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write RTSTRUCT with dose-level structures, RTDOSE of every plan, of the prescription and of its base dose."""
    from impasto.files import open_case
    from impasto.workflow import export_case

    with progress_bars() as progress:
        written = export_case(open_case(case_folder), folder, protocol or None, progress)
    rows = [[file.path.name, file.modality, file.about] for file in written]
    if as_json:
        print_json([dict(zip(("file", "modality", "about"), row, strict=True)) for row in rows])
    else:
        print_table(str(folder), ["file", "modality", "what it is"], rows)
