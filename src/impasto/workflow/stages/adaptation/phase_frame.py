"""Stage: the planning structures are deformed onto a later day's CT, when its registration is good enough."""

from __future__ import annotations

from dataclasses import replace

from impasto.core import Image, ImpastoError, Progress, Role, Structure, StructureSet, Transform
from impasto.files import StrictModel
from impasto.register import move_structure, structure_agreements
from impasto.target import external_from_ct
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult

__all__ = ["PHASE_FRAME"]


class _Settings(StrictModel):
    """How a day's structures come about; `registration` names the step that is judged."""

    registration: str
    accepted: bool = False
    structures: str = "deformed"
    external_threshold_hu: float = -300.0


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    notes = _judged(inputs, settings)
    ct, planned = inputs.image("ct"), inputs.structures("structures")
    # composed, never applied one after the other: one interpolation from planning to the day
    there, back = inputs.transform("transform"), inputs.transform("backward")
    if inputs.has("before_from_planning"):
        there = inputs.transform("before_from_planning").then(there)
        back = back.then(inputs.transform("before_to_planning"))
    drawn = inputs.structures("drawn") if inputs.has("drawn") else StructureSet()
    deformed = _deformed(planned, back, ct, progress)
    agreement = [vars(one) for one in structure_agreements(drawn, deformed, Transform.identity())] if drawn else []
    used, said = _chosen(deformed, drawn, settings)
    used, outline = _with_outline(used, drawn, ct, settings)
    outputs: dict[str, Artefact] = {
        "from_planning": there,
        "to_planning": back,
        "structures": used,
        "agreement": Figures({"deformed_against_drawn": agreement}),
    }
    return StageResult(outputs, (*notes, said, outline))


def _judged(inputs: Inputs, settings: _Settings) -> tuple[str, ...]:
    """Stop on a failed verdict unless it was accepted by name."""
    if not inputs.has("quality"):
        return ()
    failures = inputs.figures("quality").values["quality"]["verdict"]["failures"]
    if not failures:
        return (f"{settings.registration}: passed after TG-132.",)
    said = "; ".join(failures)
    if not settings.accepted:
        remedy = f"look at it, and accept it with --accept-registration {settings.registration} if it will do"
        raise ImpastoError(settings.registration, f"the registration failed its limits: {said}", remedy)
    return (f"{settings.registration}: FAILED its limits ({said}) and was accepted by name.",)


def _deformed(planned: StructureSet, back: Transform, ct: Image, progress: Progress) -> StructureSet:
    moved = []
    for done, structure in enumerate(planned):
        progress("structures", done / len(planned))
        if structure.role is not Role.EXTERNAL:
            moved.append(move_structure(structure, back, ct.grid))
    return StructureSet(tuple(moved))


def _chosen(deformed: StructureSet, drawn: StructureSet, settings: _Settings) -> tuple[StructureSet, str]:
    if settings.structures == "deformed":
        return deformed, "Structures are those of planning, deformed; nobody has looked at them."
    if settings.structures != "drawn":
        raise ImpastoError(settings.structures, "is no way to get structures", "give deformed or drawn")
    used = deformed
    for structure in drawn:
        if structure.name in deformed:
            used = used.with_structure(replace(structure, role=deformed[structure.name].role))
    names = ", ".join(structure.name for structure in drawn if structure.name in deformed) or "none"
    return used, f"Structures as drawn on this day's CT: {names}; the others deformed."


def _with_outline(used: StructureSet, drawn: StructureSet, ct: Image, settings: _Settings) -> tuple[StructureSet, str]:
    """Take the patient's outline of the day: a deformed one would have the edge of another day's field of view."""
    outlines = drawn.with_role(Role.EXTERNAL)
    if outlines:
        return used.with_structure(outlines[0]), "The outline is the one drawn that day."
    found: Structure = external_from_ct(ct, settings.external_threshold_hu)
    return used.with_structure(found), f"The outline is what the CT shows above {settings.external_threshold_hu:g} HU."


PHASE_FRAME = Stage("phase-frame", _Settings, _run)
