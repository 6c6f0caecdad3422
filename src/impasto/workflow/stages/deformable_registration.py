"""Stage: one image is bent into the frame of another, and what has no counterpart is found."""

from __future__ import annotations

from impasto.core import Progress, StructureSet
from impasto.files import StrictModel
from impasto.register import (
    FRAME_OF_REFERENCE,
    KnownCorrespondence,
    LinearSettings,
    forward_backward_map,
    register_linear,
)
from impasto.register.deformable import DeformableSettings, GuidedRegions, register_deformable
from impasto.workflow.artefacts import Artefact
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.registration import (
    LandmarkSettings,
    known_correspondence,
    registration_notes,
    registration_outputs,
)
from impasto.workflow.stages.selection import matching

__all__ = ["DEFORMABLE_REGISTRATION", "DeformableStageSettings"]


class DeformableStageSettings(StrictModel):
    """What a protocol says about a deformable registration: the rigid one before it, its own, and what guides it.

    Structures that fit one of the patterns `guided_by`, and are drawn in both frames, pull; all others judge.
    """

    search: LinearSettings = LinearSettings()
    fit: DeformableSettings = DeformableSettings()
    landmarks: LandmarkSettings = LandmarkSettings()
    guided_by: tuple[str, ...] = ()
    starts_by_header: bool = True


def _run(inputs: Inputs, settings: DeformableStageSettings, progress: Progress) -> StageResult:
    fixed, moving = inputs.image("fixed"), inputs.image("moving")
    judges, guides = _parted(known_correspondence(inputs, settings.landmarks), settings.guided_by)
    start = FRAME_OF_REFERENCE if settings.starts_by_header else None
    rigid = register_linear(fixed, moving, start, settings=settings.search, progress=progress)
    regions = GuidedRegions(guides=guides if guides.fixed_structures.names else None)
    found = register_deformable(fixed, moving, rigid.transform, regions, judges, settings.fit, progress)
    outputs: dict[str, Artefact] = registration_outputs(found, fixed, moving)
    outputs["forward-backward-error"] = forward_backward_map(found.transform, found.backward, fixed.grid)
    notes = [*registration_notes(found)]
    if found.absent is not None:
        outputs["absent"] = found.absent
        volume_ml = float(found.absent.data.sum()) * found.absent.grid.voxel_volume_ml
        notes.append(f"{volume_ml:.1f} mL of the fixed image have no counterpart: what is brought there means nothing.")
    return StageResult(outputs, tuple(notes))


def _parted(known: KnownCorrespondence, patterns: tuple[str, ...]) -> tuple[KnownCorrespondence, KnownCorrespondence]:
    """Part what is known into what judges and what guides: one thing cannot do both."""
    guiding = {structure.name for structure in matching(known.fixed_structures, patterns)}

    def chosen(structures: StructureSet, wanted: bool) -> StructureSet:
        return StructureSet(tuple(one for one in structures if (one.name in guiding) is wanted))

    judges = KnownCorrespondence(
        known.fixed_points_mm,
        known.moving_points_mm,
        chosen(known.fixed_structures, False),
        chosen(known.moving_structures, False),
    )
    guides = KnownCorrespondence(
        fixed_structures=chosen(known.fixed_structures, True), moving_structures=chosen(known.moving_structures, True)
    )
    return judges, guides


DEFORMABLE_REGISTRATION = Stage("deformable-registration", DeformableStageSettings, _run)
