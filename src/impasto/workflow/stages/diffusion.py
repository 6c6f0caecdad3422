"""Stage: a diffusion-weighted series becomes ADC and anisotropy."""

from __future__ import annotations

import numpy as np

from impasto.core import DiffusionSeries, Progress
from impasto.files import StrictModel
from impasto.maps.diffusion import DiffusionReason, DiffusionSettings, MotionSettings, correct_motion, diffusion_maps
from impasto.workflow.artefacts import Artefact
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.map_names import output_name
from impasto.workflow.stages.reason_counts import reason_counts
from impasto.workflow.stages.regions import region_mask

__all__ = ["CORRECTED_SERIES", "DIFFUSION", "DiffusionStageSettings", "corrected_series"]

CORRECTED_SERIES = "corrected-series"
"""Output in which the series lies as it was fitted, if motion was corrected."""


class DiffusionStageSettings(StrictModel):
    """What a protocol says about a diffusion-weighted series."""

    brain: str = "Brain"
    motion_correction: bool = True
    motion: MotionSettings = MotionSettings()
    fit: DiffusionSettings = DiffusionSettings()


def _run(inputs: Inputs, settings: DiffusionStageSettings, progress: Progress) -> StageResult:
    series, notes = corrected_series(inputs, settings, progress), list[str]()
    if settings.motion_correction:
        notes.append("Head motion and eddy currents were corrected, gradients turned with the head.")
    mask = region_mask(inputs, settings.brain, series.image.grid)
    maps = diffusion_maps(series, mask, settings.fit, progress)
    directions = np.unique(np.round(series.gradients.b_values_s_per_mm2, -1)).tolist()
    notes.append(f"b-values: {', '.join(f'{b:.0f}' for b in directions)} s/mm2; {len(series.gradients)} measurements.")
    outputs: dict[str, Artefact] = {output_name(name): image for name, image in maps.items()}
    outputs["figures"] = reason_counts(maps["reasons"], DiffusionReason)
    if settings.motion_correction:
        outputs[CORRECTED_SERIES] = series
    return StageResult(outputs, tuple(notes))


def corrected_series(inputs: Inputs, settings: DiffusionStageSettings, progress: Progress) -> DiffusionSeries:
    """Give the series as it is fitted: corrected for motion if the settings say so."""
    series = inputs.diffusion("series")
    return correct_motion(series, None, settings.motion, progress).series if settings.motion_correction else series


DIFFUSION = Stage("diffusion", DiffusionStageSettings, _run, version=2)
