"""Which scans of a case belong to which day of treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from impasto.core import ImpastoError
from impasto.files import Case, CaseEntry, EntryKind, read_acquisition, read_reference

__all__ = ["Phase", "find_phases"]


@dataclass(frozen=True)
class Phase:
    """One day of imaging.

    Parameters
    ----------
    given : int
        Fractions given before; 0 at planning.
    ct, pet : CaseEntry
    structures : CaseEntry, optional
        Drawn on that CT.
    """

    given: int
    ct: CaseEntry
    pet: CaseEntry
    structures: CaseEntry | None


def find_phases(case: Case, given: Sequence[int], tracer: str = "") -> tuple[Phase, ...]:
    """Pair the CTs of a case, in the order of their study dates, with days of treatment, and each with its PET.

    Parameters
    ----------
    case : Case
        Imported from DICOM.
    given : sequence of int
        Fractions given before each imaging, ascending from 0.
    tracer : str
        Part of the radiopharmaceutical's or the series' name, where a day has several PET series.

    Returns
    -------
    tuple of Phase

    Raises
    ------
    ImpastoError
        When there are not as many CTs as days, dates are missing or equal, a day's PET is missing or ambiguous, or
        nothing is drawn on the first CT.
    """
    if list(given) != sorted(set(given)) or not given or given[0] != 0:
        said = ", ".join(str(n) for n in given)
        raise ImpastoError("phases", f"fractions {said}", "give ascending fractions; the first image comes before all")
    cts = [entry for entry in case.of_kind(EntryKind.IMAGE) if entry.modality == "CT"]
    moments = {entry.name: _moment(case, entry) for entry in cts}
    if len(set(moments.values())) < len(cts):
        raise ImpastoError(str(case.folder), "two CTs have the same study date and time", "import one of them apart")
    if len(cts) != len(given):
        days = "; ".join(f"{entry.name} of {moments[entry.name][0]}" for entry in cts) or "none"
        problem = f"{len(given)} days of imaging are asked for, and it has {len(cts)} CTs: {days}"
        raise ImpastoError(str(case.folder), problem, "import every day's scans, or change --at")
    cts.sort(key=lambda entry: moments[entry.name])
    phases = []
    for count, ct in zip(given, cts, strict=True):
        drawn = [entry for entry in case.of_kind(EntryKind.STRUCTURES) if entry.drawn_on == ct.name]
        phases.append(Phase(count, ct, _pet(case, ct, tracer), drawn[0] if drawn else None))
    if phases[0].structures is None:
        raise ImpastoError(phases[0].ct.name, "nothing is drawn on it", "import the structures of the planning CT")
    return tuple(phases)


def _moment(case: Case, entry: CaseEntry) -> tuple[str, str]:
    reference = read_reference(case, entry)
    if not reference.study_date:
        raise ImpastoError(entry.name, "its header does not say when it was taken", "import the original DICOM series")
    return reference.study_date, reference.study_time


def _pet(case: Case, ct: CaseEntry, tracer: str) -> CaseEntry:
    """Find the PET in the frame of reference of a CT."""
    frame = read_reference(case, ct).frame_of_reference_uid
    pets = [entry for entry in case.of_kind(EntryKind.IMAGE) if entry.modality == "PT"]
    pets = [entry for entry in pets if read_reference(case, entry).frame_of_reference_uid == frame]
    found = [entry for entry in pets if tracer.casefold() in _described(case, entry)]
    if len(found) == 1:
        return found[0]
    if not found:
        names = ", ".join(f"{entry.name} ({entry.source})" for entry in pets) or "none"
        problem = f"no PET {tracer!r} shares its frame of reference; those that do: {names}"
        raise ImpastoError(ct.name, problem, "change --tracer, or import that day's PET")
    names = ", ".join(f"{entry.name} ({entry.source})" for entry in found)
    raise ImpastoError(ct.name, f"several PET series share its frame: {names}", "choose with --tracer")


def _described(case: Case, entry: CaseEntry) -> str:
    acquisition = read_acquisition(case, entry)
    return f"{entry.source} {acquisition.radiopharmaceutical if acquisition else ''}".casefold()
