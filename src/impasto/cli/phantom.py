"""``impasto phantom``: digital patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.console import print_line, progress_bars

__all__ = ["phantom"]


def phantom(
    folder: Annotated[Path, typer.Argument(help="New or empty folder for the DICOM files.")],
    seed: Annotated[int, typer.Option(help="Another seed gives another tumour border and other noise.")] = 0,
) -> None:
    """Make a digital head with a tumour as DICOM: CT, amino-acid PET and structures. Simulated, not a patient."""
    from impasto.workflow import write_digital_patient

    with progress_bars() as progress:
        count = write_digital_patient(folder, seed, progress)
    print_line(f"wrote {count} DICOM files to {folder} (simulated)")
