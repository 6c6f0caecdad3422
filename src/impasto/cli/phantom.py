"""``impasto phantom``: digital patients, one or many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from impasto.cli.console import print_line, progress_bars

__all__ = ["phantom"]

Kind = Literal["glioma", "recurrent-glioma", "head-neck"]

phantom = typer.Typer(
    no_args_is_help=True,
    help="Make digital patients: scans as a clinic has them, truth beside. All simulated, no persons.",
)

_KindOption = Annotated[Kind, typer.Option("--kind", help="What it has: glioma, recurrent-glioma, head-neck.")]


@phantom.command()
def make(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="New or empty folder.")],
    kind: _KindOption = "glioma",
    seed: Annotated[int, typer.Option(help="Another seed gives another patient.", min=0)] = 0,
) -> None:
    """Make one digital patient: DICOM and NIfTI in OUT/scans, what they were made of in OUT/truth. Simulated."""
    from impasto.workflow import PatientKind, write_digital_patient

    with progress_bars() as progress:
        patient = write_digital_patient(PatientKind(kind), folder, seed, progress)
    print_line(f"wrote {patient.files} files, {patient.megabytes:.0f} MB, to {folder} (simulated)")
    scans = folder / "scans" / ("fraction-00" if kind == "head-neck" else "")
    print_line(f"next: impasto import {scans} CASE")


@phantom.command()
def cohort(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the patients' folders.")],
    count: Annotated[int, typer.Option("--n", help="Number of patients.", min=1)] = 23,
    kind: _KindOption = "glioma",
    seed: Annotated[int, typer.Option(help="Seed of the first patient; the next ones follow.", min=0)] = 0,
    workers: Annotated[int, typer.Option(help="Patients made at the same time.", min=1)] = 1,
) -> None:
    """Make many digital patients; those that are already there are kept, so an interrupted call goes on. Simulated."""
    from impasto.workflow import PatientKind, write_cohort

    with progress_bars() as progress:
        made = write_cohort(PatientKind(kind), folder, count, seed, workers, progress)
    print_line(f"{folder}: {made.made} patients made, {made.kept} kept (simulated)")
