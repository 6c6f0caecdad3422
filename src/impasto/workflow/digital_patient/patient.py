"""One digital patient as a folder of files, and many of them as a cohort."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from threadpoolctl import threadpool_limits

from impasto import __version__
from impasto.core import ImpastoError, Progress, silent
from impasto.files import replacing_folder
from impasto.workflow.digital_patient.glioma import write_glioma
from impasto.workflow.digital_patient.head_neck import write_head_neck
from impasto.workflow.digital_patient.kinds import Examination, PatientKind
from impasto.workflow.digital_patient.truth import README, parameters
from impasto.workflow.digital_patient.writing import write_json

__all__ = ["Cohort", "DigitalPatient", "write_cohort", "write_digital_patient"]

_PARAMETERS = Path("truth") / "patient.json"

_WRITERS: dict[PatientKind, Callable[[Path, PatientKind, int, Examination, Progress], None]] = {
    PatientKind.GLIOMA: write_glioma,
    PatientKind.RECURRENT_GLIOMA: write_glioma,
    PatientKind.HEAD_NECK: write_head_neck,
}


@dataclass(frozen=True)
class DigitalPatient:
    """What was written.

    Parameters
    ----------
    folder : Path
    kind : PatientKind
    seed : int
    files : int
        How many.
    megabytes : float
    """

    folder: Path
    kind: PatientKind
    seed: int
    files: int
    megabytes: float


@dataclass(frozen=True)
class Cohort:
    """A cohort on disk: how many patients were made now, and how many were there already."""

    folder: Path
    made: int
    kept: int


def write_digital_patient(
    kind: PatientKind,
    folder: Path,
    seed: int = 0,
    progress: Progress = silent,
    examination: Examination | None = None,
) -> DigitalPatient:
    """Write scans and truth of one digital patient.

    ``scans/`` holds what a clinic would hand over, ``truth/`` what it was simulated from. Everything says that it is
    simulated. The same kind, seed and version give the same values. The folder appears whole or not at all.

    Parameters
    ----------
    kind : PatientKind
    folder : Path
        New or empty.
    seed : int
    progress : Progress
    examination : Examination, optional
        Voxels and protocols of the scans; the usual ones without.

    Returns
    -------
    DigitalPatient

    Raises
    ------
    ImpastoError
        When the folder holds something, the seed is negative, the kind has no treatment effect, or something cannot
        be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ImpastoError(str(folder), "exists and is not empty", "choose a new folder")
    if seed < 0:
        raise ImpastoError("seed", f"{seed} is negative", "give 0 or more")
    examination = examination or Examination()
    if kind is PatientKind.HEAD_NECK and examination.treatment_effect_share != 0.0:
        raise ImpastoError("treatment effect", f"is none of {kind}", "ask for it in gliomas")
    # the other core writes: linear algebra on both would wait for it
    with replacing_folder(folder) as fresh, threadpool_limits(1, user_api="blas"):
        _WRITERS[kind](fresh, kind, seed, examination, progress)
        write_json(parameters(kind, seed, examination), fresh / _PARAMETERS)
        (fresh / "README.txt").write_text(README.format(kind=kind, seed=seed, version=__version__), encoding="utf-8")
        files = [path for path in fresh.rglob("*") if path.is_file()]
        megabytes = sum(path.stat().st_size for path in files) / 1e6
        return DigitalPatient(folder, kind, seed, len(files), megabytes)


def write_cohort(
    kind: PatientKind,
    folder: Path,
    count: int,
    seed: int = 0,
    workers: int = 1,
    progress: Progress = silent,
    examination: Examination | None = None,
) -> Cohort:
    """Write ``patient-001``, ``patient-002``, ... into a folder, one after the other; those that are there stay.

    Patient n has the seed ``seed + n - 1``. No more than one patient a worker is in memory.

    Parameters
    ----------
    kind : PatientKind
    folder : Path
        New, empty, or holding some patients of the same cohort.
    count : int
    seed : int
        Of the first patient.
    workers : int
        Processes that make patients at the same time.
    progress : Progress
    examination : Examination, optional

    Returns
    -------
    Cohort

    Raises
    ------
    ImpastoError
        When a number is not positive, a folder holds a patient of another kind, seed or share of treatment effect, or
        something cannot be written.
    """
    if count < 1 or workers < 1:
        raise ImpastoError("cohort", f"{count} patients by {workers} workers", "give at least one of each")
    planned = [(folder / f"patient-{number + 1:03d}", seed + number) for number in range(count)]
    share = (examination or Examination()).treatment_effect_share
    missing = [(path, one) for path, one in planned if not _is_finished(path, kind, one, share)]
    kept = count - len(missing)
    progress("cohort", kept / count)
    for done, _ in enumerate(_made(kind, missing, workers, progress, examination), start=kept + 1):
        progress("cohort", done / count)
    return Cohort(folder, len(missing), kept)


def _is_finished(folder: Path, kind: PatientKind, seed: int, treatment_effect_share: float | None) -> bool:
    """Whether a patient is there; folders appear whole or not at all."""
    note = folder / "README.txt"
    if not note.is_file():
        return False
    if f"({kind}, seed {seed})" not in note.read_text(encoding="utf-8"):
        raise ImpastoError(str(folder), f"holds another patient than {kind}, seed {seed}", "choose another folder")
    told = folder / _PARAMETERS
    if told.is_file():
        made = json.loads(told.read_text(encoding="utf-8"))["examination"].get("treatment_effect_share", 0.0)
        if made != treatment_effect_share:
            raise ImpastoError(str(folder), "was made with another share of treatment effect", "choose another folder")
    return True


def _made(
    kind: PatientKind,
    missing: list[tuple[Path, int]],
    workers: int,
    progress: Progress,
    examination: Examination | None,
) -> Iterator[DigitalPatient]:
    if workers == 1 or len(missing) < 2:
        for path, seed in missing:
            yield write_digital_patient(kind, path, seed, progress, examination)
        return
    # spawned, not forked: threads of numerical libraries do not survive a fork
    with ProcessPoolExecutor(min(workers, len(missing)), get_context("spawn")) as pool:
        running = [
            pool.submit(write_digital_patient, kind, path, seed, examination=examination) for path, seed in missing
        ]
        for future in as_completed(running):
            yield future.result()
