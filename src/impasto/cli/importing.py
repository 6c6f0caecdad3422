"""``impasto import``: make a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder
from impasto.cli.console import print_json, print_line, print_table, progress_bars

__all__ = ["import_case"]


def import_case(
    source: Annotated[
        Path, typer.Argument(help="Folder or zip of DICOM, spectra and NIfTI files, or an OpenKBP patient's folder.")
    ],
    case_folder: CaseFolder,
    subject: Annotated[
        str, typer.Option(help="Pseudonym shown in reports; by default the case folder's name, never the patient's.")
    ] = "",
    fractions: Annotated[
        int | None, typer.Option(help="Fractions of doses whose plan is not there to say.", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a case of a folder of images, spectra, structures, doses and plans.

    Any mixture of CT, MR, PET, RTSTRUCT, RTDOSE, RTPLAN and SEG, with any file names, nested folders or a zip; spectra
    as NIfTI-MRS, RDA, SDAT with SPAR, DICOM or GE P-files; NIfTI images, with a JSON file that says what they measure.
    """
    from impasto.workflow import import_folder

    with progress_bars() as progress:
        imported = import_folder(source, case_folder, subject or case_folder.resolve().name, fractions, progress)
    rows = [[entry.kind, entry.name, entry.modality, entry.source] for entry in imported.case.entries]
    if as_json:
        keys = ("kind", "name", "modality", "source")
        entries = [dict(zip(keys, row, strict=True)) for row in rows]
        print_json({"case": str(case_folder), "entries": entries, "skipped": imported.skipped})
        return
    print_table(str(case_folder), ["kind", "name", "modality", "from"], rows)
    for entry in imported.case.entries:
        for note in entry.notes:
            print_line(f"[yellow]note[/] {entry.name}: {note}")
    for name, reason in imported.skipped:
        print_line(f"[yellow]skipped[/] {name}: {reason}")
