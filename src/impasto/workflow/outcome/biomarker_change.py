"""Change of a biomarker between two dates: over patients of a table, or over the voxels of a case's zones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.core import Image, ImpastoError, StructureSet
from impasto.core.resample import resample_linear
from impasto.files import Case, EntryKind
from impasto.outcome.paired import PairedComparison, PairedValues, compare_pairs
from impasto.outcome.response import (
    BaselineCoupling,
    PercentChange,
    ZoneChange,
    baseline_coupling,
    percent_change,
    zone_changes,
)
from impasto.workflow.frames import placements
from impasto.workflow.outcome.patient_table import read_patient_table
from impasto.workflow.protocol_frame import ProtocolFrame

__all__ = ["PatientChanges", "change_in_patients", "change_in_zones"]

_FEWEST = 4


@dataclass(frozen=True, eq=False)
class PatientChanges:
    """Change over patients.

    Parameters
    ----------
    percent : PercentChange
    tests : PairedComparison
        After minus before.
    coupling : BaselineCoupling, optional
        None below four patients.
    notes : tuple of str
    """

    percent: PercentChange
    tests: PairedComparison
    coupling: BaselineCoupling | None
    notes: tuple[str, ...]


def change_in_patients(path: Path, before: str, after: str) -> PatientChanges:
    """Compare two columns of a CSV table, one row a patient.

    Raises
    ------
    ImpastoError
        When a column is missing or no patient has both values.
    """
    table = read_patient_table(path)
    complete = table.is_complete([before, after])
    if not complete.any():
        raise ImpastoError(path.name, f"no patient has both {before} and {after}", "fill in pairs of values")
    left = int((~complete).sum())
    kept = table.of(complete)
    first, second = kept.numbers(before), kept.numbers(after)
    tests = compare_pairs(PairedValues(f"{after} minus {before}", "", (before, after), first, second))
    coupling = baseline_coupling(first, second) if len(first) >= _FEWEST else None
    notes = [f"{left} of {table.patients} patients lack a value and are left out."] if left else []
    if coupling is not None and coupling.is_coupled:
        notes.append(coupling.warning())
    return PatientChanges(percent_change(first, second), tests, coupling, tuple(notes))


def change_in_zones(
    case: Case, before: str, after: str, zones: str, escalated: str, within: str
) -> tuple[tuple[ZoneChange, ...], tuple[str, ...]]:
    """Compare two maps of a case in the escalated voxels and in the others of a lesion.

    The later map is brought onto the grid of the first by the case's registrations.

    Parameters
    ----------
    case : Case
    before, after : str
        Images of the case.
    zones : str
        Entry of structures.
    escalated, within : str
        Structures of it: the escalated zone, and the lesion whose rest is compared with it.

    Returns
    -------
    changes : tuple of ZoneChange
    notes : tuple of str

    Raises
    ------
    ImpastoError
        When an entry or structure is missing, or a zone has no voxel.
    """
    inputs = {
        "before": case.entry(EntryKind.IMAGE, before),
        "after": case.entry(EntryKind.IMAGE, after),
        "zones": case.entry(EntryKind.STRUCTURES, zones),
    }
    frame = ProtocolFrame(case, inputs, placements(case, inputs))
    first, second, drawn = (frame.load(name) for name in inputs)
    assert isinstance(first, Image)
    assert isinstance(second, Image)
    assert isinstance(drawn, StructureSet)
    moved = resample_linear(second.data, second.grid, first.grid, outside=float("nan"))
    later = Image(moved, first.grid, second.quantity, second.unit)
    inside, lesion = (drawn[name].voxels(first.grid) for name in (escalated, within))
    masks = {escalated: inside, f"{within} without {escalated}": lesion & ~inside}
    notes = list(frame.notes())
    if not np.isfinite(moved[lesion | inside]).all():
        notes.append(f"{after} does not cover all of {within}: voxels without a value are left out.")
    changes = zone_changes(first, later, masks)
    notes += [
        f"{one.zone}: {one.voxels.left_out} voxels have 0 before and no relative change."
        for one in changes
        if one.voxels.left_out
    ]
    notes.append("Voxels of one patient are no independent samples: there is no test.")
    return changes, tuple(notes)
