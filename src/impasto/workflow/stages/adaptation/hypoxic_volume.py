"""Stage: what of the tumour a day's hypoxia PET shows to lack oxygen."""

from __future__ import annotations

import numpy as np
from pydantic import PositiveFloat

from impasto.core import Image, ImpastoError, Progress, Role, Structure, StructureSet
from impasto.files import StrictModel
from impasto.target import union
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.adaptation.grids import grid_around
from impasto.workflow.stages.selection import matching

__all__ = ["HYPOXIC_VOLUME", "TUMOUR"]

TUMOUR = "Tumour"
"""Name of the union of the gross tumour volumes."""

_HYPOXIC_COLOUR, _TUMOUR_COLOUR = (217, 70, 239), (196, 60, 60)


class _Settings(StrictModel):
    """Where uptake counts as hypoxic: from a multiple of muscle's median uptake, muscle being told by CT number."""

    gtv: str = "GTV*"
    name: str = "Hypoxia"
    ratio: PositiveFloat = 1.3
    muscle_hu: tuple[float, float] = (20.0, 80.0)
    muscle_voxel_mm: PositiveFloat = 4.0


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    uptake, structures = inputs.image("image"), inputs.structures("structures")
    tumours = matching(structures, [settings.gtv])
    if not tumours:
        raise ImpastoError("hypoxic volume", f"no structure fits {settings.gtv!r}", "name the gross tumour volumes")
    grid = grid_around(tumours, 2.0, 4.0)
    tumour = union(tumours, grid, TUMOUR, Role.GTV)
    tumour = Structure(tumour.name, tumour.role, tumour.contours, tumour.mask, _TUMOUR_COLOUR)
    background = _muscle_uptake(uptake, inputs.image("ct"), structures, settings)
    threshold = settings.ratio * background
    fine = uptake.resampled_linear(grid, outside=0.0).data
    inside = tumour.voxels(grid)
    reached = (fine >= threshold) & inside
    mask = Image(reached.astype(np.float32), grid, "occupancy", "1")
    hypoxic = Structure(settings.name, Role.OTHER, mask=mask, colour=_HYPOXIC_COLOUR)
    volumes = {"tumour_ml": tumour.volume_ml(), "hypoxic_ml": hypoxic.volume_ml()}
    highest = float(fine[inside].max())
    figures = {**volumes, "background": background, "threshold": threshold, "highest": highest, "unit": uptake.unit}
    note = (
        f"{settings.name}: {volumes['hypoxic_ml']:.1f} of {volumes['tumour_ml']:.1f} ml of tumour at or above "
        f"{threshold:.2f} {uptake.unit} ({settings.ratio:g} times muscle's median of {background:.2f})."
    )
    found = structures.with_structure(tumour).with_structure(hypoxic)
    return StageResult({"structures": found, "figures": Figures(figures)}, (note,))


def _muscle_uptake(uptake: Image, ct: Image, structures: StructureSet, settings: _Settings) -> float:
    """Median uptake of what has muscle's CT number in the neck, beside all targets and organs."""
    grid = grid_around(matching(structures, [settings.gtv]), settings.muscle_voxel_mm, 60.0)
    number = ct.resampled_conserving(grid).data
    low, high = settings.muscle_hu
    muscle = (number >= low) & (number <= high)
    for structure in structures:
        if structure.role is not Role.EXTERNAL:
            muscle &= structure.occupancy(grid) == 0.0
    values = uptake.resampled_linear(grid, outside=np.nan).data[muscle]
    values = values[np.isfinite(values)]
    if not values.size:
        raise ImpastoError(uptake.quantity, "it shows no muscle beside the targets", "give muscle_hu and a larger PET")
    return float(np.median(values))


HYPOXIC_VOLUME = Stage("hypoxic-volume", _Settings, _run)
