"""Stage: one image is brought into the frame of another, with figures for how well."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field, TypeAdapter

from impasto.core import Image, Progress, StructureSet
from impasto.files import StrictModel
from impasto.register import (
    FRAME_OF_REFERENCE,
    KnownCorrespondence,
    LinearSettings,
    Registration,
    RegistrationQuality,
    linear_uncertainty,
    move_image,
    register_linear,
)
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult

__all__ = ["REGISTRATION", "LandmarkSettings", "RegistrationStageSettings", "quality_of"]

_QUALITY = TypeAdapter(RegistrationQuality)
_Point = tuple[float, float, float]


class LandmarkSettings(StrictModel):
    """Pairs of points known to belong together, LPS mm: they judge the registration and do not guide it."""

    fixed_mm: tuple[_Point, ...] = ()
    moving_mm: tuple[_Point, ...] = ()


class RegistrationStageSettings(StrictModel):
    """What a protocol says about a rigid or affine registration."""

    search: LinearSettings = LinearSettings()
    landmarks: LandmarkSettings = LandmarkSettings()
    uncertainty_parts: int = Field(default=8, ge=0)
    starts_by_header: bool = True


def _run(inputs: Inputs, settings: RegistrationStageSettings, progress: Progress) -> StageResult:
    fixed, moving = inputs.image("fixed"), inputs.image("moving")
    known = known_correspondence(inputs, settings.landmarks)
    start = FRAME_OF_REFERENCE if settings.starts_by_header else None
    found = register_linear(fixed, moving, start, None, known, settings.search, progress)
    outputs = registration_outputs(found, fixed, moving)
    if settings.uncertainty_parts:
        spread = linear_uncertainty(
            (fixed, moving), found, settings=settings.search, parts=settings.uncertainty_parts, progress=progress
        )
        outputs["expected-error"] = spread.error
    return StageResult(outputs, registration_notes(found))


def known_correspondence(inputs: Inputs, landmarks: LandmarkSettings) -> KnownCorrespondence:
    """Gather landmarks from the settings and structures of both frames from the inputs."""
    return KnownCorrespondence(
        np.reshape(np.array(landmarks.fixed_mm, dtype=np.float64), (-1, 3)),
        np.reshape(np.array(landmarks.moving_mm, dtype=np.float64), (-1, 3)),
        inputs.structures("fixed_structures") if inputs.has("fixed_structures") else StructureSet(),
        inputs.structures("moving_structures") if inputs.has("moving_structures") else StructureSet(),
    )


def registration_outputs(found: Registration, fixed: Image, moving: Image) -> dict[str, Artefact]:
    """Name what a registration leaves: its transform, the one the other way, the moved image, the figures."""
    values: dict[str, Any] = {"method": found.method, "start": found.start.fitted_on}
    values["quality"] = _QUALITY.dump_python(found.quality, mode="json")
    return {
        "start": found.start,
        "transform": found.transform,
        "backward": found.backward,
        "moved": move_image(moving, found.transform, fixed.grid, outside=float(moving.data.min())),
        "quality": Figures(values),
    }


def registration_notes(found: Registration) -> tuple[str, ...]:
    """Say what a reader must know before believing a registration."""
    verdict = found.quality.verdict
    if verdict.is_passed:
        return (f"Verdict after TG-132: passed, by {verdict.evidence}.",)
    return (f"Verdict after TG-132: failed. {'; '.join(verdict.failures)}.",)


def quality_of(figures: Figures) -> RegistrationQuality:
    """Read the quality back from the figures that :func:`registration_outputs` wrote."""
    return _QUALITY.validate_python(figures.values["quality"])


REGISTRATION = Stage("registration", RegistrationStageSettings, _run)
