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

_EffectOption = Annotated[
    str,
    typer.Option(
        "--treatment-effect",
        metavar="SHARE|drawn",
        help=(
            "Share of a glioma's enhancing tissue that is radiation necrosis or pseudoprogression, not tumour: 0 to 1, "
            "or 'drawn' from the seed (.35 to .6). Above 0 some tumour enhances faintly as well. 0: all is tumour."
        ),
    ),
]
_KindOption = Annotated[Kind, typer.Option("--kind", help="What it has: glioma, recurrent-glioma, head-neck.")]


@phantom.command()
def make(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="New or empty folder.")],
    kind: _KindOption = "glioma",
    seed: Annotated[int, typer.Option(help="Another seed gives another patient.", min=0)] = 0,
    treatment_effect: _EffectOption = "0",
) -> None:
    """Make one digital patient: DICOM and NIfTI in OUT/scans, what they were made of in OUT/truth. Simulated."""
    from impasto.workflow import Examination, PatientKind, write_digital_patient

    examination = Examination(treatment_effect_share=_share(treatment_effect))
    with progress_bars() as progress:
        patient = write_digital_patient(PatientKind(kind), folder, seed, progress, examination)
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
    treatment_effect: _EffectOption = "0",
) -> None:
    """Make many digital patients; those that are already there are kept, so an interrupted call goes on. Simulated."""
    from impasto.workflow import Examination, PatientKind, write_cohort

    examination = Examination(treatment_effect_share=_share(treatment_effect))
    with progress_bars() as progress:
        made = write_cohort(PatientKind(kind), folder, count, seed, workers, progress, examination)
    print_line(f"{folder}: {made.made} patients made, {made.kept} kept (simulated)")


def _share(text: str) -> float | None:
    """Read a share; None where it is to be drawn."""
    if text == "drawn":
        return None
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        said = f"{text!r} is neither a share from 0 to 1 nor 'drawn'"
        raise typer.BadParameter(said, param_hint="--treatment-effect")
    return share
