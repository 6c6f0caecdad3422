"""Stage: contrast-enhancing and T2/FLAIR lesion, necrosis, cavity and normal-appearing brain, with a user's edits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from impasto.core import ImpastoError, Progress, StructureSet
from impasto.core.arrays import BoolArray
from impasto.files import StrictModel, content_hash, open_onnx
from impasto.register.anatomy import BrainMaskMethod, TemplateSettings, brain_mask, register_template
from impasto.target.lesions import (
    LesionImages,
    LesionPart,
    LesionParts,
    LesionPlace,
    LesionSettings,
    NetworkSettings,
    find_lesions,
    lesion_structures,
    longest_diameter,
    parts_from_structures,
    segment_by_network,
    with_edits,
)
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.target_figures import target_volumes

__all__ = ["LESIONS", "LesionStageSettings"]

_RULES = {
    "CEL": "T1c brighter than T1 predicts",
    "T2L": "FLAIR brighter than normal brain, with what it surrounds",
    "NEL": "T2L less CEL and necrosis",
    "Necrosis": "enclosed, not enhancing",
    "Cavity": "enclosed, as dark on FLAIR as free fluid",
    "NAB": "brain away from all lesions",
}
_SKULL_STRIPPED_ZERO_SHARE = 0.5


class LesionStageSettings(StrictModel):
    """What a protocol says about lesions.

    `seeds_mm` and `box_mm` are LPS mm in the frame of the protocol's first image. `network` is the path of an ONNX
    file that segments in place of the random walk; `network_sha256` holds what it was.
    """

    seeds_mm: tuple[tuple[float, float, float], ...] = ()
    box_mm: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    seed_reach_mm: float = 8.0
    lesion: LesionSettings = LesionSettings()
    network: str = ""
    network_sha256: str = ""
    network_use: NetworkSettings = NetworkSettings()
    brain: BrainMaskMethod = "template"
    template: TemplateSettings = TemplateSettings()


def _run(inputs: Inputs, settings: LesionStageSettings, progress: Progress) -> StageResult:
    images = LesionImages(**{slot: inputs.image(slot) for slot in ("t1c", "flair", "t1", "t2") if inputs.has(slot)})
    brain, notes = _brain(inputs, images, settings, progress)
    outputs: dict[str, Artefact] = {}
    if inputs.has("given"):
        found, used = parts_from_structures(inputs.structures("given"), images.grid, {})
        notes += (f"Taken as given: {', '.join(f'{name} as {part.name.lower()}' for name, part in used.items())}.",)
    elif settings.network:
        found = _by_network(images, brain, settings, progress)
        notes += (f"Segmented by {Path(settings.network).name}, a network that impasto knows nothing about.",)
    else:
        place = LesionPlace(settings.seeds_mm, settings.box_mm, settings.seed_reach_mm)
        walked = find_lesions(images, brain, settings.lesion, place, progress)
        found, notes = walked.parts, notes + walked.notes
        outputs = {
            "probability-cel": walked.enhancing,
            "probability-t2l": walked.hyperintense,
            "enhancement": walked.enhancement,
        }
    final = found
    if inputs.has("edits"):
        final = with_edits(found, inputs.structures("edits"))
        changed = np.count_nonzero(final.labels != found.labels) * images.grid.voxel_volume_ml
        notes += (f"A user's edits were put on: {changed:.2f} ml differ from what was found.",)
    lesions = lesion_structures(final, brain, settings.lesion.normal_margin_mm)
    outputs |= {
        "structures": _joined(inputs, lesions),
        "lesions": lesions,
        "labels": final.as_image(),
        "labels-found": found.as_image(),
        "volumes": target_volumes(lesions, _RULES),
        "diameters": Figures({"longest_diameter_mm": _diameters(final)}),
    }
    return StageResult(outputs, notes)


def _brain(
    inputs: Inputs, images: LesionImages, settings: LesionStageSettings, progress: Progress
) -> tuple[BoolArray, tuple[str, ...]]:
    """Take the brain that was found before; else what is not zero of a skull-stripped image; else find it."""
    first = images.t1c or images.flair
    assert first is not None
    if inputs.has("anatomy") and "Brain" in inputs.structures("anatomy"):
        return inputs.structures("anatomy")["Brain"].voxels(images.grid), ()
    stripped = first.data != 0
    if 1.0 - stripped.mean() > _SKULL_STRIPPED_ZERO_SHARE:
        return stripped, ("The images are skull-stripped: the brain is where they are not zero.",)
    progress("brain", 0.0)
    placed = register_template(first, settings=settings.template)
    progress("brain", 0.3)
    found = brain_mask(first, placed.transform, method=settings.brain)
    return found.voxels(images.grid), ("The brain was found without knowing the lesion.",)


def _by_network(
    images: LesionImages, brain: BoolArray, settings: LesionStageSettings, progress: Progress
) -> LesionParts:
    path = Path(settings.network)
    network = open_onnx(path)
    if settings.network_sha256 and content_hash(path) != settings.network_sha256:
        raise ImpastoError(str(path), "is another file than the protocol was written for", "give the network again")
    use = settings.network_use
    if network.window is not None:
        use = NetworkSettings(use.channels, use.spacing_mm, network.window, use.overlap, use.regions, use.classes)
    return segment_by_network(images, brain, network, use, progress)


def _joined(inputs: Inputs, lesions: StructureSet) -> StructureSet:
    joined = inputs.structures("structures") if inputs.has("structures") else StructureSet()
    for lesion in lesions:
        joined = joined.with_structure(lesion)
    return joined


def _diameters(parts: LesionParts) -> dict[str, dict[str, float]]:
    measured = {
        "CEL": parts.of(LesionPart.ENHANCING),
        "CEL with necrosis": parts.of(LesionPart.ENHANCING, LesionPart.NECROSIS),
        "T2L": parts.of(LesionPart.ENHANCING, LesionPart.NECROSIS, LesionPart.NON_ENHANCING),
    }
    result = {}
    for name, mask in measured.items():
        if mask.any():
            longest = longest_diameter(mask, parts.grid)
            result[name] = {
                "in_space": round(longest.in_space_mm, 1),
                "in_axial_slice": round(longest.in_slice_mm, 1),
            }
    return result


LESIONS = Stage("lesions", LesionStageSettings, _run)
