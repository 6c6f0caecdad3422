"""Stage: a head's own landmarks: brain, tissue, barriers, starting contours, and white matter opposite a lesion."""

from __future__ import annotations

from typing import Literal

import numpy as np

from impasto.core import Image, Progress, Structure, StructureSet, Transform
from impasto.core.arrays import BoolArray
from impasto.files import StrictModel
from impasto.register.anatomy import (
    NOT_FOR_TREATMENT,
    BiasFieldSettings,
    BrainMaskMethod,
    MidsagittalPlane,
    ReferenceSettings,
    SurfaceSettings,
    TemplateSettings,
    TissueMap,
    TissueSettings,
    anatomical_barriers,
    brain_mask,
    classify_tissue,
    contralateral_white_matter,
    correct_bias_field,
    midsagittal_plane,
    normal_appearing_tissue,
    register_template,
    starting_contours,
    template_midsagittal_plane,
)
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching

__all__ = ["ANATOMY", "AnatomyStageSettings"]


class AnatomyStageSettings(StrictModel):
    """What a protocol says about finding the anatomy of a head.

    `lesion` names the structures that are abnormal: brain and tissue are found around them, and the white matter
    opposite them is the reference of maps.
    """

    lesion: tuple[str, ...] = (
        "GTV*",
        "CEL",
        "T2L",
        "*lesion*",
        "*tumour*",
        "*tumor*",
        "*oedema*",
        "*edema*",
        "*cavity*",
    )
    brain: BrainMaskMethod = "template"
    when_on_both_sides: Literal["stop", "smaller side"] = "smaller side"
    template: TemplateSettings = TemplateSettings()
    surface: SurfaceSettings = SurfaceSettings()
    bias_field: BiasFieldSettings = BiasFieldSettings()
    tissue: TissueSettings = TissueSettings()
    reference: ReferenceSettings = ReferenceSettings()


def _run(inputs: Inputs, settings: AnatomyStageSettings, progress: Progress) -> StageResult:
    image = inputs.image("image")
    names, lesion = _lesion(inputs, settings, image)
    placed = register_template(image, lesion, settings=settings.template, progress=progress)
    progress("brain", 0.3)
    brain = brain_mask(image, placed.transform, lesion, settings.brain, settings.surface, settings.bias_field)
    inside = brain.voxels(image.grid)
    progress("tissue", 0.6)
    even = correct_bias_field(image, inside, settings.bias_field).image
    tissue = classify_tissue(even, inside, placed.transform, lesion, settings.tissue)
    progress("mid-sagittal plane", 0.8)
    plane = midsagittal_plane(even, inside, template_midsagittal_plane(placed.transform), lesion)
    found = [brain, tissue.ventricles, normal_appearing_tissue(tissue, lesion, settings.reference)]
    if lesion is not None:
        found.append(contralateral_white_matter(tissue, plane, lesion, settings.when_on_both_sides, settings.reference))
    structures = _with_average_anatomy(found, placed.transform)
    outputs: dict[str, Artefact] = {
        "structures": structures,
        "template-transform": placed.transform,
        "even": even,
        "csf": tissue.csf,
        "grey": tissue.grey,
        "white": tissue.white,
        "figures": _figures(found, tissue, plane, placed.volume_ratio),
    }
    return StageResult(outputs, _notes(names, settings))


def _lesion(inputs: Inputs, settings: AnatomyStageSettings, image: Image) -> tuple[list[str], BoolArray | None]:
    """Names and voxels of all that is abnormal; nothing where nothing of it was drawn."""
    drawn = matching(inputs.structures("structures"), settings.lesion) if inputs.has("structures") else ()
    voxels = [one.voxels(image.grid) for one in drawn if not one.is_empty]
    lesion = np.any(voxels, axis=0) if voxels else None
    return [one.name for one in drawn], lesion if lesion is not None and lesion.any() else None


def _with_average_anatomy(found: list[Structure], transform: Transform) -> StructureSet:
    """Add what the template knows, where the image itself did not show it."""
    structures = StructureSet(tuple(found))
    for average in (*anatomical_barriers(transform), *starting_contours(transform)):
        if average.name.casefold() not in {name.casefold() for name in structures.names}:
            structures = structures.with_structure(average)
    return structures


def _figures(found: list[Structure], tissue: TissueMap, plane: MidsagittalPlane, volume_ratio: float) -> Figures:
    return Figures(
        {
            "volume_ml": {structure.name: round(structure.volume_ml(), 2) for structure in found},
            "tissue_mean": dict(zip(("csf", "grey", "white"), tissue.means.tolist(), strict=True)),
            "midsagittal_point_mm": plane.point_mm.tolist(),
            "midsagittal_normal": plane.normal.tolist(),
            "average_brain_over_patient_volume": volume_ratio,
        }
    )


def _notes(lesion: list[str], settings: AnatomyStageSettings) -> tuple[str, ...]:
    brain = "moved from the average brain's outline" if settings.brain == "template" else "found by deepbet"
    around = (
        f"Abnormal: {', '.join(lesion)}."
        if lesion
        else ("No lesion was drawn: white matter opposite it is not found, and abnormal tissue counts as normal.")
    )
    return (f"Brain {brain}. {around}", f"Barriers and organs lie where the average head has them. {NOT_FOR_TREATMENT}")


ANATOMY = Stage("anatomy", AnatomyStageSettings, _run)
