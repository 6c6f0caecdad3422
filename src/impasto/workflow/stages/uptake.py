"""Stage: a PET series becomes standardised uptake."""

from __future__ import annotations

from impasto.core import Progress
from impasto.files import StrictModel
from impasto.maps.pet import Normalisation, standardised_uptake
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult

__all__ = ["STANDARDISED_UPTAKE"]


class _Settings(StrictModel):
    normalisation: Normalisation = Normalisation.BODY_WEIGHT


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    uptake = standardised_uptake(inputs.image("image"), inputs.pet_acquisition("image"), settings.normalisation)
    note = f"SUV: {uptake.used['rule']}"
    return StageResult({"image": uptake.image, "used": Figures(dict(uptake.used))}, (note,))


STANDARDISED_UPTAKE = Stage("standardised-uptake", _Settings, _run)
