"""One voxel of a susceptibility contrast series, fitted as its maps are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from impasto.core import Image, Progress
from impasto.core.arrays import BoolArray, FloatArray
from impasto.maps.dsc import (
    DscRegions,
    DscSeries,
    VoxelReason,
    baseline_noise,
    convolved_again,
    delta_r2star,
    fit_series,
    leaking_delta_r2star,
    maps_of_fit,
    prepare_dsc,
    residue_functions,
    voxel_signals,
)
from impasto.report import ArterialCurve, FittedCurve, ResidueFunction, TimeCurve, VoxelFindings
from impasto.report.voxel_reasons import reasons_in_words
from impasto.workflow.curves.voxel_choice import VoxelIndex
from impasto.workflow.curves.voxel_reading import VoxelReading
from impasto.workflow.maps.mapped_series import MappedSeries
from impasto.workflow.stages.dsc import DscStageSettings, dsc_regions

__all__ = ["dsc_curve"]

_SHOWN = ("rCBV", "rCBV-uncorrected", "K1", "K2", "CBV", "CBF", "rCBF", "MTT", "Tmax", "TTP", "BAT")
_ORDER_NOTE = "CBV, CBF, MTT: with an MR arterial input only their order counts."


def dsc_curve(series: MappedSeries, voxel: VoxelIndex, label: str, progress: Progress) -> TimeCurve:
    """Prepare a series and fit one voxel of it, and white matter where blood volume is relative to that."""
    settings, inputs = series.settings, series.inputs
    assert isinstance(settings, DscStageSettings)
    image, echo_time_s = inputs.image("series"), settings.echo_time_of(inputs)
    regions = dsc_regions(inputs, settings, image.grid)
    prepared = prepare_dsc(image, echo_time_s, regions, settings.fit, progress=progress)
    few = replace(prepared, voxels=_fitted_voxels(prepared, regions, voxel))
    reading = VoxelReading(maps_of_fit(fit_series(image, few), few, image, regions), voxel)
    measured, corrected = _curves(image, prepared, voxel, reading)
    curve, residue = _deconvolved(corrected, measured.noise, prepared, reading)
    reasons = reasons_in_words(int(reading.value("reason")), VoxelReason)
    outside = () if prepared.voxels[voxel] else ("outside the voxels that are mapped",)
    leaks = settings.fit.corrects_leakage
    before = image.data[..., np.flatnonzero(prepared.timing.baseline)].mean(axis=-1)
    return TimeCurve(
        voxel=VoxelFindings(
            label,
            reading.position_mm,
            reading.parameters(_SHOWN),
            outside + reasons,
            (_artery_note(prepared), _ORDER_NOTE, series.note),
            Image(before, image.grid, "signal before the bolus", "1"),
        ),
        quantity="\u0394R2*",
        unit="/s",
        times_s=prepared.timing.times_s,
        curve=curve,
        baseline=prepared.timing.baseline,
        arrival_s=reading.value("BAT"),
        window=("rCBV", *prepared.window_s),
        arterial=_arterial(prepared),
        uncorrected=measured if leaks else None,
        residue=residue,
    )


def _fitted_voxels(prepared: DscSeries, regions: DscRegions, voxel: VoxelIndex) -> BoolArray:
    fitted: BoolArray = np.zeros(prepared.voxels.shape, dtype=np.bool_)
    if regions.white_matter is not None:
        fitted |= prepared.voxels & np.asarray(regions.white_matter, dtype=bool)
    fitted[voxel] = True
    return fitted


def _curves(
    image: Image, prepared: DscSeries, voxel: VoxelIndex, reading: VoxelReading
) -> tuple[FittedCurve, FloatArray]:
    """Change of R2* with the leakage model, and the same corrected as the settings say."""
    timing, leakage, echo = prepared.timing, prepared.leakage, prepared.echo_time_s
    signal = voxel_signals(image, np.array([np.ravel_multi_index(voxel, prepared.voxels.shape)]))
    curve = delta_r2star(signal, signal[:, timing.baseline].mean(axis=1, keepdims=True), echo)
    noise = baseline_noise(curve, timing.quiet, echo)[0] * np.exp(echo * curve[0])
    k1, k2 = reading.value("K1"), reading.value("K2")
    model = leaking_delta_r2star(timing.times_s, leakage.reference_per_s, k1, k2)
    measured = FittedCurve("leakage model", curve[0], model, noise)
    corrects = prepared.settings.corrects_leakage
    return measured, leakage.corrected(curve, np.array([k2]))[0] if corrects else curve[0]


def _deconvolved(
    curve: FloatArray, noise: FloatArray, prepared: DscSeries, reading: VoxelReading
) -> tuple[FittedCurve, ResidueFunction | None]:
    """Return what the arterial input explains of a curve, and the residue function."""
    settings, interval = prepared.settings, prepared.interval_s
    if not np.isfinite(curve).all():
        return FittedCurve("deconvolution", curve, np.full(len(curve), np.nan), noise), None
    tissue = curve[None] / settings.tissue_r2star_l_per_mmol_s
    arterial = prepared.arterial_mmol_l
    residue = residue_functions(tissue, arterial, interval, settings.method, settings.limit)
    again = convolved_again(residue, arterial, interval)[0] * settings.tissue_r2star_l_per_mmol_s
    values, frames = 60.0 * settings.blood_ml_per_100g * residue[0], len(arterial)
    lags: FloatArray = interval * np.arange(len(values), dtype=np.float64)
    if len(values) > frames:  # a circle: its second half comes before the arterial input
        values, lags = np.roll(values, frames), lags - interval * frames
    peak = reading.value("Tmax"), reading.value("CBF")
    return (
        FittedCurve(f"{settings.method} deconvolution", curve, again, noise),
        ResidueFunction(lags, values, reading.unit("CBF"), peak),
    )


def _arterial(prepared: DscSeries) -> ArterialCurve:
    """Draw the input as it was measured where blood was taken as tissue: a concentration would be of neither."""
    blood, settings = prepared.arterial_mmol_l, prepared.settings
    if settings.arterial_r2star == "quadratic":
        return ArterialCurve(prepared.timing.times_s, blood, "Arterial blood (mmol/l)")
    change = settings.tissue_r2star_l_per_mmol_s * blood
    return ArterialCurve(prepared.timing.times_s, change, "Arterial \u0394R2* (/s)")


def _artery_note(prepared: DscSeries) -> str:
    count = int(prepared.arterial.sum())
    return f"Arterial input: mean of {count} voxels." if count else "Arterial input: given."
