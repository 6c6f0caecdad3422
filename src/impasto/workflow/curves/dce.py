"""One voxel of a dynamic contrast-enhanced series, fitted as its maps are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from impasto.core import Image, Progress
from impasto.core.arrays import BoolArray, FloatArray
from impasto.maps.dce import (
    KINETIC_MODELS,
    DceRegions,
    DceSeries,
    VoxelCurves,
    VoxelReason,
    fitted_components,
    maps_of_series,
    parameter_count,
    prepare_dce,
    voxel_curves,
)
from impasto.report import ArterialCurve, FittedCurve, Parameter, TimeCurve, VoxelFindings
from impasto.report.voxel_reasons import reasons_in_words
from impasto.workflow.curves.voxel_choice import VoxelIndex
from impasto.workflow.curves.voxel_reading import VoxelReading
from impasto.workflow.maps.mapped_series import MappedSeries
from impasto.workflow.stages.dce import DceStageSettings, native_tissue, series_arterial_input
from impasto.workflow.stages.regions import region_mask

__all__ = ["dce_curve"]

_SHOWN = ("Ktrans", "kep", "ve", "vp", "Fp", "PS", "IAUC60", "IAUC90", "TTP", "BAT", "T1")
_AREA = "IAUC60"
_BETWEEN_FRAMES = 8


def dce_curve(series: MappedSeries, voxel: VoxelIndex, label: str, progress: Progress) -> TimeCurve:
    """Prepare a series and fit one voxel of it."""
    settings, inputs = series.settings, series.inputs
    assert isinstance(settings, DceStageSettings)
    image, acquisition = inputs.image("series"), settings.acquisition(inputs)
    brain = region_mask(inputs, settings.brain, image.grid)
    native, t1_maps, t1_note = native_tissue(inputs, settings, acquisition, brain, progress)
    given = series_arterial_input(image, brain, settings)
    regions = DceRegions(brain, None if given else region_mask(inputs, settings.artery, image.grid))
    prepared = prepare_dce(image, acquisition, native, given, regions, settings.fit, progress)
    return voxel_time_curve(
        image, prepared, voxel, label, t1_maps, (_artery_note(prepared, settings), t1_note, series.note)
    )


def voxel_time_curve(
    image: Image,
    prepared: DceSeries,
    voxel: VoxelIndex,
    label: str,
    t1_maps: Mapping[str, Image],
    notes: tuple[str, ...] = (),
) -> TimeCurve:
    """Fit one voxel of a prepared series.

    Parameters
    ----------
    image : Image
    prepared : DceSeries
    voxel : tuple of int
    label : str
    t1_maps : mapping of str to Image
        With ``T1`` where it was mapped.
    notes : tuple of str
    """
    only: BoolArray = np.zeros(prepared.voxels.shape, dtype=np.bool_)
    only[voxel] = True
    maps = {**t1_maps, **maps_of_series(image, replace(prepared, voxels=only))}
    reading = VoxelReading(maps, voxel)
    arrival = reading.value("BAT") if "BAT" in maps else prepared.arrival_s + prepared.delay_s
    curves = voxel_curves(image, prepared, np.array([np.ravel_multi_index(voxel, only.shape)]))
    delay, fine = arrival - prepared.arrival_s, _fine(prepared.times_s)
    arterial, start = prepared.responses.arterial, prepared.settings.discarded_frames
    before = np.asarray(image.data[..., start : start + prepared.baseline_frames], dtype=np.float32).mean(axis=-1)
    outside = () if prepared.voxels[voxel] else ("outside the voxels that are mapped",)
    return TimeCurve(
        voxel=VoxelFindings(
            label,
            reading.position_mm,
            (*reading.parameters(_SHOWN), Parameter("bolus delay", delay, "s")),
            outside + reasons_in_words(int(reading.value("reason")), VoxelReason),
            (*_choice_note(reading), *notes),
            Image(before, image.grid, "signal before the bolus", "1"),
        ),
        quantity="Concentration",
        unit="mmol/L",
        times_s=prepared.times_s,
        curve=_fitted(prepared, curves, reading, delay),
        baseline=np.arange(len(prepared.times_s)) < prepared.baseline_frames,
        arrival_s=arrival,
        window=(_AREA, arrival, arrival + 60.0),
        arterial=ArterialCurve(arterial.times_s, arterial.plasma_mmol_l, "Arterial plasma (mmol/l)", delay),
        fine_times_s=fine,
        components=_components(prepared, reading, delay, fine),
    )


def _components(
    prepared: DceSeries, reading: VoxelReading, delay_s: float, times_s: FloatArray
) -> dict[str, FloatArray]:
    """Return what the fitted model says, by compartment."""
    model = prepared.settings.model
    if not np.isfinite(delay_s):
        return {"extravascular": np.full(len(times_s), np.nan)}
    estimates = {name: reading.value(name) for name in KINETIC_MODELS[model]}
    return fitted_components(model, estimates, times_s, prepared.responses.arterial.delayed(delay_s))


def _fitted(prepared: DceSeries, curves: VoxelCurves, reading: VoxelReading, delay_s: float) -> FittedCurve:
    """Return concentration, the model's curve, and noise as large as the residuals say."""
    model, data = prepared.settings.model, curves.concentration_mmol_l[0]
    fit = np.sum(list(_components(prepared, reading, delay_s, prepared.times_s).values()), axis=0)
    degrees = len(data) - parameter_count(model) - (prepared.settings.delay == "voxel")
    variance = curves.noise.signal_variance(np.array([np.square(data - fit).sum()]), degrees)
    return FittedCurve(f"{model} model", data, fit, np.sqrt(variance) * np.abs(curves.noise.per_frame[0]))


def _fine(times_s: FloatArray) -> FloatArray:
    """Return the frames' times and some between them."""
    steps = np.arange(len(times_s) * _BETWEEN_FRAMES - _BETWEEN_FRAMES + 1) / _BETWEEN_FRAMES
    return np.interp(steps, np.arange(len(times_s)), times_s)


def _choice_note(reading: VoxelReading) -> tuple[str, ...]:
    code = reading.value("model")
    if not code >= 0.0:
        return ()
    best = list(KINETIC_MODELS)[int(code)]
    name = "no agent" if best == "none" else best
    return (f"Of the models compared, AICc chooses {name} (weight {reading.value('model weight'):.2f}).",)


def _artery_note(prepared: DceSeries, settings: DceStageSettings) -> str:
    count = int(prepared.arterial.sum())
    return f"Arterial input: mean of {count} voxels." if count else f"Arterial input: {settings.arterial_input}."
