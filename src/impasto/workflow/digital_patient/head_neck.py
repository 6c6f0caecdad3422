"""A digital head-and-neck patient's scans in the course of treatment and the truth behind them, as files."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from impasto.core import Image, Progress
from impasto.phantom import (
    FDG,
    FMISO,
    HEAD_NECK_GRID,
    HeadNeckState,
    ct_scan,
    head_neck_course,
    head_neck_glucose_uptake,
    head_neck_hypoxia_uptake,
    head_neck_oxygen_mmhg,
    pet_scan,
)
from impasto.workflow.digital_patient.kinds import COURSE_FRACTIONS, Examination, PatientKind
from impasto.workflow.digital_patient.truth import write_anatomy_truth
from impasto.workflow.digital_patient.writing import ScanWriter, Study, write_json

__all__ = ["write_head_neck"]

_TAKEN = datetime(2020, 1, 1, 8)
_CONTRAST_HU = 120.0


def write_head_neck(folder: Path, kind: PatientKind, seed: int, examination: Examination, progress: Progress) -> None:
    """Write ``scans/`` and ``truth/``, each with one folder for the scans before fraction 1, 8 and 18.

    Parameters
    ----------
    folder : Path
        Exists and is empty.
    kind : PatientKind
    seed : int
    examination : Examination
    progress : Progress
    """
    grid = HEAD_NECK_GRID if examination.anatomy_mm is None else HEAD_NECK_GRID.with_spacing(examination.anatomy_mm)
    work = "digital patient"
    progress(work, 0.0)
    with ExitStack() as last:
        for done, state in enumerate(head_neck_course(grid, seed, COURSE_FRACTIONS)):
            # the scans before are written while these are simulated
            last.close()
            name = f"fraction-{state.fraction:02d}"
            described = f"digital {kind}, fraction {state.fraction}"
            study = Study(f"DIGITAL-{kind}-{seed}", described, _moment(state.fraction))
            scans, truth = folder / "scans" / name, folder / "truth" / name
            scans.mkdir(parents=True)
            truth.mkdir(parents=True)
            writer, truths = (last.enter_context(ScanWriter(place, study)) for place in (scans, truth))
            _write_state(state, examination, seed, writer, truths)
            decided = {"lesions": asdict(state.lesions), "course": asdict(state.course), "fraction": state.fraction}
            write_json(decided, truth / "state.json")
            progress(work, (done + 0.8) / len(COURSE_FRACTIONS))
    progress(work, 1.0)


def _write_state(
    state: HeadNeckState, examination: Examination, seed: int, writer: ScanWriter, truths: ScanWriter
) -> None:
    anatomy = state.anatomy
    # noise differs from day to day
    noise = 1000 * state.fraction + seed
    ct = ct_scan(anatomy, noise, contrast_hu=_CONTRAST_HU)
    writer.series_with_structures(ct, "CT", "CT", anatomy.structures)
    grid = anatomy.grid.with_spacing(examination.pet_mm)
    tracers = ((FDG, head_neck_glucose_uptake(state), 1), (FMISO, head_neck_hypoxia_uptake(state), 25))
    for tracer, uptake, hours_later in tracers:
        injection = writer.study.taken + timedelta(hours=hours_later)
        activity, acquisition = pet_scan(uptake, tracer, grid, noise, injection=injection)
        writer.series(activity, "PT", f"PET-{tracer.name}", acquisition)
        truths.image(uptake, f"suv-{tracer.name.lower()}")
    truths.image(head_neck_oxygen_mmhg(state), "oxygen")
    write_anatomy_truth(anatomy, truths)
    supply = Image(state.blood_supply, anatomy.grid, "relative blood supply", "1")
    truths.image(supply, "blood-supply")
    for axis, moved in zip("xyz", state.movement_mm, strict=True):
        truths.image(moved, f"movement-{axis}")


def _moment(fraction: int) -> datetime:
    """Day of the scan: five fractions a week, the first the day after planning."""
    weeks, days = divmod(fraction, 5)
    return _TAKEN + timedelta(days=7 * weeks + days)
