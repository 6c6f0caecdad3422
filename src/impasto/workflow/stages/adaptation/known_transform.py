"""Stage: a transform that others found, or that headers state, with the figures of how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from impasto.core import ImpastoError, Progress, StructureSet, Transform
from impasto.files import StrictModel, content_hash, native
from impasto.register import KnownCorrespondence, RegistrationQuality, assess_registration
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult

__all__ = ["KNOWN_TRANSFORM"]

_BACKWARD = "backward"
_QUALITY = TypeAdapter(RegistrationQuality)


class _Settings(StrictModel):
    """A folder with a transform as impasto writes it, and its hash; without one the headers are believed.

    A folder ``backward`` in it holds the one the other way, where that is known too.
    """

    folder: str = ""
    sha256: str = ""


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    fixed, moving = inputs.image("fixed"), inputs.image("moving")
    if settings.folder:
        if content_hash(Path(settings.folder)) != settings.sha256:
            raise ImpastoError(settings.folder, "has changed since the run was asked for", "ask for it again")
        forward = native.read_transform(Path(settings.folder))
    else:
        forward = Transform.identity()
    other_way = Path(settings.folder) / _BACKWARD
    has_other = bool(settings.folder) and other_way.is_dir()
    backward = native.read_transform(other_way) if has_other else forward.inverse()
    progress("quality", 0.2)
    known = KnownCorrespondence(
        fixed_structures=inputs.structures("fixed_structures") if inputs.has("fixed_structures") else StructureSet(),
        moving_structures=inputs.structures("moving_structures") if inputs.has("moving_structures") else StructureSet(),
    )
    quality = assess_registration((fixed, moving), forward, backward, known=known)
    values: dict[str, Any] = {"method": "supplied" if settings.folder else "headers", "start": forward.fitted_on}
    values["quality"] = _QUALITY.dump_python(quality, mode="json")
    said = f"supplied from {settings.folder}" if settings.folder else "taken from the headers, nothing was registered"
    note = f"The transform was {said}."
    if not has_other:
        note += " Its forward-backward error is that of its own inverse and says nothing."
    return StageResult({"transform": forward, "backward": backward, "quality": Figures(values)}, (note,))


KNOWN_TRANSFORM = Stage("known-transform", _Settings, _run)
