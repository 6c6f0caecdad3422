"""Stage: a diffusion-weighted series becomes ADC and anisotropy."""

from __future__ import annotations

import numpy as np

from impasto.core import Image, Progress
from impasto.files import StrictModel
from impasto.maps.diffusion import DiffusionReason, DiffusionSettings, MotionSettings, correct_motion, diffusion_maps
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.map_names import output_name
from impasto.workflow.stages.reason_counts import reason_counts
from impasto.workflow.stages.regions import region_mask

__all__ = ["DIFFUSION"]


class _Settings(StrictModel):
    brain: str = "Brain"
    motion_correction: bool = True
    motion: MotionSettings = MotionSettings()
    fit: DiffusionSettings = DiffusionSettings()


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    series, notes = inputs.diffusion("series"), list[str]()
    if settings.motion_correction:
        corrected = correct_motion(series, None, settings.motion, progress)
        series = corrected.series
        notes.append("Head motion and eddy currents were corrected, gradients turned with the head.")
    mask = region_mask(inputs, settings.brain, series.image.grid)
    maps = diffusion_maps(series, mask, settings.fit, progress)
    directions = np.unique(np.round(series.gradients.b_values_s_per_mm2, -1)).tolist()
    notes.append(f"b-values: {', '.join(f'{b:.0f}' for b in directions)} s/mm2; {len(series.gradients)} measurements.")
    outputs: dict[str, Image | Figures] = {output_name(name): image for name, image in maps.items()}
    outputs["figures"] = reason_counts(maps["reasons"], DiffusionReason)
    return StageResult(outputs, tuple(notes))


DIFFUSION = Stage("diffusion", _Settings, _run)
