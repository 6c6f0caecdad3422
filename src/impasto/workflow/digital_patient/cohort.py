"""Many digital patients on disk, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from impasto.core import ImpastoError, Progress, silent
from impasto.workflow.digital_patient.patient import FINISHED_MARK, PatientKind, write_digital_patient

__all__ = ["write_digital_cohort"]


def write_digital_cohort(
    kind: PatientKind, folder: Path, count: int, first_seed: int = 0, progress: Progress = silent
) -> Iterator[tuple[Path, bool]]:
    """Make `count` patients with consecutive seeds, each in a folder of its own; finished ones are kept.

    Parameters
    ----------
    kind : PatientKind
    folder : Path
        May hold patients of an earlier, interrupted call.
    count : int
    first_seed : int
    progress : Progress

    Yields
    ------
    folder : Path
        Of one patient, when it is there.
    made : bool
        Whether it was made now.

    Raises
    ------
    ImpastoError
        When no patient is wanted, or a folder in the way holds something else.
    """
    if count < 1:
        raise ImpastoError("cohort", f"{count} patients", "ask for one or more")
    for number in range(count):
        patient = folder / f"{kind.value}-{first_seed + number:03d}"
        is_there = (patient / FINISHED_MARK).exists()
        if not is_there:
            write_digital_patient(kind, patient, first_seed + number, _numbered(progress, number, count))
        yield patient, not is_there


def _numbered(progress: Progress, number: int, count: int) -> Progress:
    def inner(work: str, fraction: float) -> None:
        progress(f"patient {number + 1} of {count}: {work}", (number + fraction) / count)

    return inner
