"""Stage: one structure set with the head's outline and the whole brain, drawn, found or made from the image."""

from __future__ import annotations

from pydantic import PositiveFloat

from impasto.core import Image, Progress, Role, Structure, StructureSet
from impasto.files import StrictModel
from impasto.register.anatomy import BrainMaskMethod, TemplateSettings, brain_mask, register_template
from impasto.target import external_from_ct, head_around_brain, head_from_mr, is_skull_stripped
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching

__all__ = ["HEAD"]

_CT_UNIT = "[hnsf'U]"


class _Settings(StrictModel):
    """`brain_to_skin_mm` is how far skull and scalp reach beyond a brain that was cut out of its image."""

    brain: str = "Brain"
    brain_to_skin_mm: PositiveFloat = 14.0
    brain_method: BrainMaskMethod = "template"
    template: TemplateSettings = TemplateSettings()


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    image = inputs.image("image")
    structures, notes = _joined(inputs), []
    brains = [one for one in matching(structures, [settings.brain]) if not one.is_empty]
    if not brains:
        brain, how = _brain(image, settings)
        structures = structures.with_structure(brain)
        brains, notes = [brain], [how]
    if not any(not one.is_empty for one in structures.with_role(Role.EXTERNAL)):
        head, how = _head(image, brains[0], settings)
        structures = structures.with_structure(head)
        notes.append(how)
    return StageResult({"structures": structures}, tuple(notes))


def _joined(inputs: Inputs) -> StructureSet:
    """Structures as drawn, then lesions and anatomy that were found, as far as none of them is called like."""
    joined = StructureSet()
    for slot in ("structures", "lesions", "anatomy"):
        for one in inputs.structures(slot) if inputs.has(slot) else ():
            joined = joined if one.name in joined else joined.with_structure(one)
    return joined


def _brain(image: Image, settings: _Settings) -> tuple[Structure, str]:
    if is_skull_stripped(image):
        brain = Structure.from_mask("Brain", Role.ORGAN, image.data != 0, image.grid)
        return brain, "The image is skull-stripped: the brain is where it is not zero."
    placed = register_template(image, settings=settings.template)
    found = brain_mask(image, placed.transform, method=settings.brain_method)
    return found, "No brain was drawn: it was found from the average brain."


def _head(image: Image, brain: Structure, settings: _Settings) -> tuple[Structure, str]:
    if image.unit == _CT_UNIT:
        return external_from_ct(image), "The head's outline is what is denser than -300 HU."
    if is_skull_stripped(image):
        grown = settings.brain_to_skin_mm
        return head_around_brain(brain, grown), (
            f"The image is skull-stripped: the head is taken as the brain grown by {grown:g} mm for skull and scalp. "
            "Depths, and with them times and doses, rest on that assumption."
        )
    return head_from_mr(image), "The head's outline is what has signal in the image, dark gaps closed."


HEAD = Stage("head", _Settings, _run)
