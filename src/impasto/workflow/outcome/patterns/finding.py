"""Where a case's tumour came back: against the dose that was given, and by distance from the lesion before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from impasto.core import Dose, DoseKind, Image, ImpastoError, Plan, Prescription, Structure, StructureSet
from impasto.files import Case, CaseEntry, EntryKind, native
from impasto.outcome.patterns import (
    DistanceBand,
    PatternBounds,
    Recurrence,
    Relapse,
    distance_bands,
    failure_pattern,
    relapse,
)
from impasto.workflow.frames import frame_image, placements
from impasto.workflow.protocol_frame import ProtocolFrame
from impasto.workflow.results import open_plans

__all__ = ["CaseFailures", "PatternRequest", "find_failure_patterns"]


@dataclass(frozen=True)
class PatternRequest:
    """What is asked.

    Parameters
    ----------
    recurrences : tuple of str
        Names of structures, or ``ENTRY/NAME`` where several entries have one.
    dose : str
        Entry of the case; without it the first plan of a protocol's results.
    protocol : str
        Whose plan; may be left out where only one was run.
    prescribed_gy : float, optional
        Without it, the least dose that the protocol's prescription wants in a target.
    isodose_share : float
        Of the prescribed dose.
    lesion : str
        Structure that distance counts from; without one there are no bands.
    edges_mm : tuple of float
    bounds : PatternBounds
    """

    recurrences: tuple[str, ...]
    dose: str = ""
    protocol: str = ""
    prescribed_gy: float | None = None
    isodose_share: float = 0.95
    lesion: str = "T2L"
    edges_mm: tuple[float, ...] = (0.0, 10.0, 20.0)
    bounds: PatternBounds = field(default_factory=PatternBounds)

    def __post_init__(self) -> None:
        if not self.recurrences:
            raise ImpastoError("patterns of failure", "no recurrence is named", "name structures with --recurrence")
        if not 0.0 < self.isodose_share <= 1.0:
            raise ImpastoError("isodose", f"{self.isodose_share:g} of the prescribed dose", "give a share such as 0.95")
        if self.prescribed_gy is not None and not self.prescribed_gy > 0.0:
            raise ImpastoError("prescribed dose", f"{self.prescribed_gy:g} Gy", "give the dose of the course in Gy")


@dataclass(frozen=True, eq=False)
class CaseFailures:
    """Each recurrence against the isodose and by distance, and what they amount to.

    Parameters
    ----------
    dose : str
        Whose dose.
    prescribed_gy, isodose_gy : float
    recurrences : tuple of Recurrence
    bands : dict of str to tuple of DistanceBand
        By recurrence.
    relapse : Relapse
    notes : tuple of str
    given : Dose
    structures : StructureSet
        The recurrences and the lesion, in the frame of the dose.
    image : Image, optional
        Whose frame that is.
    """

    dose: str
    prescribed_gy: float
    isodose_gy: float
    recurrences: tuple[Recurrence, ...]
    bands: Mapping[str, tuple[DistanceBand, ...]]
    relapse: Relapse
    notes: tuple[str, ...]
    given: Dose
    structures: StructureSet
    image: Image | None


@dataclass(frozen=True, eq=False)
class _Given:
    """A dose, the image in whose frame it lies, and what was prescribed."""

    name: str
    dose: Dose
    image: CaseEntry | None
    prescribed_gy: float
    notes: tuple[str, ...]


def find_failure_patterns(case: Case, request: PatternRequest) -> CaseFailures:
    """Say for each recurrence whether it is central, in-field, marginal or distant, and how far from the lesion.

    Structures drawn on another image are brought into the frame of the dose by the case's registrations.

    Raises
    ------
    ImpastoError
        When a structure, dose or prescribed dose is missing, or a recurrence is empty.
    """
    given = _given_dose(case, request)
    notes = list(given.notes)
    isodose_gy = request.isodose_share * given.prescribed_gy
    drawn = _recurrences(case, request, given.image, notes)
    shown = list(drawn)
    found = tuple(failure_pattern(one, given.dose, isodose_gy, request.bounds) for one in drawn)
    bands = {}
    if request.lesion:
        lesion = _structure(case, request.lesion, given.image, notes)
        bands = {one.name: distance_bands(one, lesion, request.edges_mm) for one in drawn}
        shown += [lesion] if lesion.name not in bands else []
    return CaseFailures(
        given.name, given.prescribed_gy, isodose_gy, found, bands, relapse(found), tuple(dict.fromkeys(notes)),
        given.dose, StructureSet(tuple(shown)), _anatomy(case, given.image),
    )  # fmt: skip


def _recurrences(
    case: Case, request: PatternRequest, image: CaseEntry | None, notes: list[str]
) -> tuple[Structure, ...]:
    """Find the recurrences; those of one name in several entries keep the entry's name before theirs."""
    asked = tuple(dict.fromkeys(request.recurrences))
    drawn = [_structure(case, name, image, notes) for name in asked]
    names = [one.name for one in drawn]
    return tuple(
        replace(one, name=name) if names.count(one.name) > 1 else one for one, name in zip(drawn, asked, strict=True)
    )


def _anatomy(case: Case, entry: CaseEntry | None) -> Image | None:
    if entry is None or entry.kind is not EntryKind.IMAGE:
        return None
    image = native.read_image(case.path(entry))
    return None if image.times_s is not None else image


def _given_dose(case: Case, request: PatternRequest) -> _Given:
    if request.dose:
        entry = case.entry(EntryKind.DOSE, request.dose)
        if request.prescribed_gy is None:
            raise ImpastoError(request.dose, "a dose does not say what was prescribed", "give it: --prescribed 60")
        images = {image.name: image for image in case.of_kind(EntryKind.IMAGE)}
        dose = native.read_dose(case.path(entry))
        is_physical = dose.kind is DoseKind.PHYSICAL
        notes = () if is_physical else (f"{entry.name} is {dose.kind}: the prescribed dose must be meant so as well.",)
        return _Given(entry.name, dose, images.get(entry.drawn_on), request.prescribed_gy, notes)
    try:
        results = open_plans(case, request.protocol or None)
    except ImpastoError as error:
        doses = " or ".join(entry.name for entry in case.of_kind(EntryKind.DOSE))
        remedy = f"{error.remedy}, or name a dose: --dose {doses}" if doses else error.remedy
        raise ImpastoError(error.subject, error.problem, remedy) from None
    roles = results.report_roles()
    plan, prescription = results.load(roles.plans[0]), results.load(roles.prescription)
    assert isinstance(plan, Plan)
    assert isinstance(prescription, Prescription)
    first = frame_image(results.inputs)
    image = None if first is None else results.inputs[first]
    if request.prescribed_gy is not None:
        return _Given(plan.name, plan.dose, image, request.prescribed_gy, ())
    levels = {goal.structure: goal.lower_gy for goal in prescription.goals}
    least = min(float(level if isinstance(level, float | int) else level.data.min()) for level in levels.values())
    if not least > 0.0:
        raise ImpastoError(prescription.name, "wants no dose in part of a target", "say which: --prescribed 60")
    note = f"Prescribed: {least:g} Gy, the least that {prescription.name} wants in a target; --prescribed says another."
    return _Given(plan.name, plan.dose, image, least, (note,))


def _structure(case: Case, name: str, image: CaseEntry | None, notes: list[str]) -> Structure:
    """Find a structure by name in any entry, in the frame of the dose."""
    where, _, only = name.rpartition("/")
    found = [
        entry
        for entry in case.of_kind(EntryKind.STRUCTURES)
        if where in ("", entry.name) and only in native.read_structures(case.path(entry))
    ]
    if not found:
        entries = case.of_kind(EntryKind.STRUCTURES)
        known = [one for entry in entries for one in native.read_structures(case.path(entry)).names]
        near = get_close_matches(only, known, n=2)
        meant = f"did you mean {' or '.join(near)}? " if near else ""
        problem = f"no structure {name!r} in its structures ({', '.join(entry.name for entry in entries) or 'none'})"
        raise ImpastoError(str(case.folder), problem, f"{meant}name one of {', '.join(known) or 'none'}, or add it")
    if len(found) > 1:
        several = ", ".join(f"{entry.name}/{only}" for entry in found)
        raise ImpastoError(name, "several entries have a structure of this name", f"choose one of: {several}")
    inputs = {"structures": found[0]} if image is None else {"image": image, "structures": found[0]}
    frame = ProtocolFrame(case, inputs, placements(case, inputs))
    structures = frame.load("structures")
    assert isinstance(structures, StructureSet)
    placement = frame.placements.get("structures")
    if placement is not None and image is not None:
        notes.append(placement.note(found[0].name, image.name))
    elif image is not None and found[0].drawn_on not in ("", image.name):
        notes.append(
            f"{name} is drawn on {found[0].drawn_on}: taken to lie in the frame of {image.name}, unregistered."
        )
    return structures[only]
