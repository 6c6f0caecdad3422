"""``impasto add``: put spectra, maps, masks or LCModel's results into a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from impasto.cli.arguments import AsJson, CaseFolder
from impasto.cli.console import print_json, print_line, print_table

__all__ = ["add"]

_Roles = Literal["GTV", "CTV", "PTV", "ORGAN", "EXTERNAL", "CAVITY", "AVOIDANCE", "CONTROL", "DOSE_REGION", "OTHER"]


def add(  # noqa: PLR0913 - one option for each thing that a file may leave unsaid
    case_folder: CaseFolder,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="One file; several for a DICOM series of spectra or the slices of an LCModel run."
        ),
    ],
    name: Annotated[str, typer.Option(help="Name of the entry; by default made of the file's.")] = "",
    kind: Annotated[
        Literal["spectra", "image", "mask", "lcmodel"] | None, typer.Option(help="What it is, where that is not plain.")
    ] = None,
    quantity: Annotated[str, typer.Option(help="What an image measures, for example Cho/NAA or SUV.")] = "",
    unit: Annotated[str, typer.Option(help="Its unit in UCUM; 1 for ratios.")] = "",
    water: Annotated[Path | None, typer.Option(help="Spectra: reference without water suppression.")] = None,
    echo_time: Annotated[float | None, typer.Option(help="Spectra: echo time in ms, where not stated.")] = None,
    drift_limit: Annotated[
        float, typer.Option(help="Spectra: search drifts of single transients up to this, in Hz; 0 for none.", min=0.0)
    ] = 20.0,
    structure: Annotated[str, typer.Option(help="Mask: name of the structure; by default the entry's.")] = "",
    role: Annotated[_Roles, typer.Option(help="Mask: what the structure stands for.")] = "OTHER",
    label: Annotated[
        int | None, typer.Option(help="Mask: value that marks the structure, where it has several.")
    ] = None,
    on: Annotated[str, typer.Option(help="Mask: image it was drawn on. LCModel: spectra that were fitted.")] = "",
    columns: Annotated[str, typer.Option(help="LCModel: index axis of its columns: i, j, k, or -i, -j, -k.")] = "i",
    rows: Annotated[str, typer.Option(help="LCModel: index axis of its rows: i, j, k, or -i, -j, -k.")] = "j",
    first_slice: Annotated[
        int | None,
        typer.Option(
            "--slice", help="LCModel: slice of the first file, from 1; none needed with a file per slice.", min=1
        ),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="LCModel: a metabolite to take; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add spectra, a map or mask, or LCModel's results to a case.

    Spectra: NIfTI-MRS, Siemens RDA and DICOM, Philips SDAT with SPAR, GE P-files; single coils and transients are
    combined. Maps that others fitted: NIfTI, a DICOM series, or LCModel's CSV with one file per slice.
    """
    from impasto.core import Role
    from impasto.files import VoxelOrder
    from impasto.workflow import AddedKind, Addition, add_files

    addition = Addition(
        name=name,
        kind=None if kind is None else AddedKind(kind),
        quantity=quantity,
        unit=unit,
        water=water,
        echo_time_s=None if echo_time is None else 1e-3 * echo_time,
        drift_limit_hz=drift_limit,
        structure=structure,
        role=Role(role),
        label=label,
        on=on,
        order=VoxelOrder(columns, rows),
        first_slice=first_slice or 0,
        only=tuple(only or ()),
    )
    _, entries = add_files(case_folder, files, addition)
    rows_shown = [[entry.kind, entry.name, entry.modality, entry.source] for entry in entries]
    if as_json:
        print_json([dict(zip(("kind", "name", "modality", "source"), row, strict=True)) for row in rows_shown])
        return
    print_table(f"added to {case_folder}", ["kind", "name", "modality", "from"], rows_shown)
    for note in dict.fromkeys(note for entry in entries for note in entry.notes):
        print_line(f"[yellow]note[/] {note}")
