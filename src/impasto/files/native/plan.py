"""Plans as JSON for machine, beams and shots, npz for fluence, and the dose beside them."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from pydantic import Field

from impasto.core.errors import ImpastoError
from impasto.core.plan import Beam, Plan
from impasto.files.native.document import StrictModel, read_document, write_document
from impasto.files.native.dose import read_dose, write_dose
from impasto.files.native.shots import ShotRecord

__all__ = ["read_plan", "write_plan"]


class _BeamRecord(StrictModel):
    gantry_deg: float
    couch_deg: float
    isocentre_mm: tuple[float, float, float]
    bixel_width_mm: float


class _PlanRecord(StrictModel):
    name: str
    machine: str
    beams: list[_BeamRecord]
    notes: list[str]
    shots: list[ShotRecord] = Field(default_factory=list)


def write_plan(plan: Plan, folder: Path) -> None:
    """Write ``plan.json``, ``fluence.npz`` and the dose into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    beams = [
        _BeamRecord(
            gantry_deg=beam.gantry_deg,
            couch_deg=beam.couch_deg,
            isocentre_mm=beam.isocentre_mm,
            bixel_width_mm=beam.bixel_width_mm,
        )
        for beam in plan.beams
    ]
    bixels = {f"bixels_mm_{number}": beam.bixels_mm for number, beam in enumerate(plan.beams)}
    np.savez_compressed(folder / "fluence.npz", weights=plan.weights, allow_pickle=False, **bixels)
    shots = [ShotRecord.from_shot(shot) for shot in plan.shots]
    record = _PlanRecord(name=plan.name, machine=plan.machine, beams=beams, notes=list(plan.notes), shots=shots)
    write_document(record, folder / "plan.json")
    write_dose(plan.dose, folder)


def read_plan(folder: Path) -> Plan:
    """Read what :func:`write_plan` wrote.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    record = read_document(folder / "plan.json", _PlanRecord)
    path = folder / "fluence.npz"
    try:
        with np.load(path) as stored:
            weights = stored["weights"]
            bixels = [stored[f"bixels_mm_{number}"] for number in range(len(record.beams))]
    except (OSError, EOFError, KeyError, ValueError, BadZipFile) as error:
        raise ImpastoError(str(path), f"cannot be read ({error})", "run the step again that writes it") from None
    beams = tuple(
        Beam(beam.gantry_deg, beam.couch_deg, beam.isocentre_mm, beam.bixel_width_mm, centres)
        for beam, centres in zip(record.beams, bixels, strict=True)
    )
    shots = tuple(shot.to_shot() for shot in record.shots)
    return Plan(record.name, record.machine, beams, weights, read_dose(folder), tuple(record.notes), shots)
