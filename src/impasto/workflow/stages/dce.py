"""Stage: a dynamic contrast-enhanced series becomes maps of permeability, and of T1 where flip angles were varied."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import PositiveFloat

from impasto.core import Image, ImpastoError, Progress
from impasto.core.arrays import BoolArray
from impasto.files import StrictModel
from impasto.maps.dce import (
    ArterialInput,
    DceAcquisition,
    DceRegions,
    DceSettings,
    NativeTissue,
    VoxelReason,
    bolus_arrival_time_s,
    dce_maps,
    population_arterial_input,
    variable_flip_angle_maps,
)
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.map_names import output_name
from impasto.workflow.stages.reason_counts import reason_counts
from impasto.workflow.stages.regions import region_mask

__all__ = ["DCE", "FLIP_ANGLE_SLOT", "DceStageSettings", "native_tissue", "series_arterial_input"]

FLIP_ANGLE_SLOT = "flip_angle_"
"""Slots of the images for T1 mapping begin so and end in a number."""


class DceStageSettings(StrictModel):
    """What a protocol says about a dynamic series.

    The relaxivity is that of usual agents in plasma at 1.5 and 3 T (Rohrer 2005). T1 is assumed only where no images at
    several flip angles are given; 1.4 s lies between white and grey matter at 3 T (Wansapura 1999).
    """

    brain: str = "Brain"
    artery: str = "AIF*"
    arterial_input: Literal["measured", "Parker", "Georgiou"] = "measured"
    dose_mmol_per_kg: PositiveFloat = 0.1
    relaxivity_l_per_mmol_s: PositiveFloat = 4.5
    repetition_time_s: PositiveFloat | None = None
    flip_angle_deg: PositiveFloat | None = None
    assumed_t1_s: PositiveFloat = 1.4
    t1_method: Literal["nonlinear", "linear"] = "nonlinear"
    fit: DceSettings = DceSettings()

    def acquisition(self, inputs: Inputs) -> DceAcquisition:
        """Take the sequence from the settings, else from the header.

        Raises
        ------
        ImpastoError
            When neither says it.
        """
        said = inputs.mr_acquisition("series")
        return DceAcquisition(
            self.flip_angle_deg or said.required("flip_angle_deg", "DCE series"),
            self.repetition_time_s or said.required("repetition_time_s", "DCE series"),
            self.relaxivity_l_per_mmol_s,
        )


def _run(inputs: Inputs, settings: DceStageSettings, progress: Progress) -> StageResult:
    series = inputs.image("series")
    acquisition, brain = settings.acquisition(inputs), region_mask(inputs, settings.brain, series.grid)
    native, t1_maps, t1_note = native_tissue(inputs, settings, acquisition, brain, progress)
    given = series_arterial_input(series, brain, settings)
    regions = DceRegions(brain, None if given else region_mask(inputs, settings.artery, series.grid))
    maps = t1_maps | dce_maps(series, acquisition, native, given, regions, settings.fit, progress)
    outputs: dict[str, Image | Figures] = {output_name(name): image for name, image in maps.items()}
    outputs["figures"] = reason_counts(maps["reason"], VoxelReason)
    return StageResult(outputs, (t1_note, _input_note(regions, settings), _model_note(settings, acquisition)))


def native_tissue(
    inputs: Inputs,
    settings: DceStageSettings,
    acquisition: DceAcquisition,
    brain: BoolArray | None,
    progress: Progress,
) -> tuple[NativeTissue, dict[str, Image], str]:
    """Map T1 from the images at several flip angles, or assume one value.

    Returns
    -------
    native : NativeTissue
    maps : dict of str to Image
        ``T1``, ``S0`` and ``T1-reason`` on the series' grid; none when T1 is assumed.
    note : str
    """
    slots = sorted((slot for slot in inputs.loaders if slot.startswith(FLIP_ANGLE_SLOT)), key=_number)
    if not slots:
        note = f"T1 before contrast agent was assumed to be {settings.assumed_t1_s:g} s everywhere."
        return NativeTissue(settings.assumed_t1_s), {}, note
    grid = inputs.image("series").grid
    scans = [inputs.image(slot) for slot in slots]
    scans = [scan if scan.grid.matches(grid) else scan.resampled_linear(grid) for scan in scans]
    angles = [inputs.mr_acquisition(slot).required("flip_angle_deg", slot) for slot in slots]
    maps = variable_flip_angle_maps(
        scans,
        angles,
        acquisition.repetition_time_s,
        method=settings.t1_method,
        region=brain,
        progress=progress,
    )
    listed = ", ".join(f"{angle:g}" for angle in angles)
    note = f"T1 from flip angles of {listed} degrees ({settings.t1_method} fit), transmit field taken as nominal."
    return NativeTissue(maps["T1"]), maps, note


def series_arterial_input(series: Image, brain: BoolArray | None, settings: DceStageSettings) -> ArterialInput | None:
    """Return a population's input that arrives with the bolus of the series; None when it is to be measured.

    Raises
    ------
    ImpastoError
        When the series has no times, or no bolus is seen.
    """
    if settings.arterial_input == "measured":
        return None
    if series.times_s is None:
        raise ImpastoError("DCE series", "it has no time axis", "give the whole dynamic series")
    voxels = np.ones(series.grid.shape, dtype=bool) if brain is None else brain
    mean = np.asarray(series.data[voxels].mean(axis=0), dtype=np.float64)
    arrival_s = bolus_arrival_time_s(mean, series.times_s)
    return population_arterial_input(settings.arterial_input, series.times_s, arrival_s, settings.dose_mmol_per_kg)


def _number(slot: str) -> int:
    return int(slot.removeprefix(FLIP_ANGLE_SLOT))


def _input_note(regions: DceRegions, settings: DceStageSettings) -> str:
    if settings.arterial_input != "measured":
        dose = f"{settings.dose_mmol_per_kg:g} mmol/kg"
        return f"Arterial input: {settings.arterial_input}'s population after {dose}, arriving with the mean curve."
    where = "in voxels picked by their curves" if regions.arterial is None else f"in {settings.artery!r}"
    return f"Arterial input: measured {where}, haematocrit {settings.fit.haematocrit:g}."


def _model_note(settings: DceStageSettings, acquisition: DceAcquisition) -> str:
    return (
        f"{settings.fit.model} model; relaxivity {acquisition.relaxivity_l_per_mmol_s:g} L/mmol/s, flip angle "
        f"{acquisition.flip_angle_deg:g} degrees, TR {1e3 * acquisition.repetition_time_s:g} ms."
    )


DCE = Stage("dce", DceStageSettings, _run)
