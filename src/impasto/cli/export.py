"""``impasto export``: DICOM for a planning system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from impasto.cli.arguments import AsJson, CaseFolder
from impasto.cli.console import print_json, print_line, print_table, progress_bars

__all__ = ["export"]


def export(
    case_folder: CaseFolder,
    folder: Annotated[Path, typer.Argument(help="New or empty folder for the DICOM files.")],
    protocol: Annotated[str, typer.Option(help="Whose results to write; needed when several made plans.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write a protocol's targets, prescription and plans as RTSTRUCT, RTPLAN and RTDOSE.

    RTSTRUCT: all structures on the slices of the planning image; those whose volume changes by that are listed.
    RTPLAN: the prescription, and each Gamma Knife plan with its shots.
    RTDOSE: every plan and the prescription.
    A painting for a system that plans with fluence comes with structures of its dose levels and its base dose.
    """
    from impasto.files import open_case
    from impasto.workflow import export_case

    with progress_bars() as progress:
        written = export_case(open_case(case_folder), folder, protocol or None, progress)
    if as_json:
        print_json(
            [
                {"file": file.path.name, "modality": file.modality, "about": file.about, "notes": list(file.notes)}
                for file in written
            ]
        )
        return
    rows = [[file.path.name, file.modality, file.about] for file in written]
    print_table(str(folder), ["file", "modality", "what it is"], rows)
    for file in written:
        for note in file.notes:
            print_line(f"[yellow]note[/] {file.path.name}: {escape(note)}")
