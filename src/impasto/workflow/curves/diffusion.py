"""One voxel of a diffusion-weighted series, fitted as its maps are."""

from __future__ import annotations

import numpy as np

from impasto.core import DiffusionSeries, Progress
from impasto.core.arrays import BoolArray, FloatArray
from impasto.maps.diffusion import (
    DiffusionReason,
    DiffusionSettings,
    diffusion_maps,
    diffusion_signal,
    fit_tensor_volume,
    signal_mask,
    trace_weighted,
    unweighted_image,
    up_to_b,
)
from impasto.report import DecayCurve, FittedCurve, VoxelFindings
from impasto.report.voxel_reasons import reasons_in_words
from impasto.workflow.curves.voxel_choice import VoxelIndex
from impasto.workflow.curves.voxel_reading import VoxelReading
from impasto.workflow.maps.mapped_series import MappedSeries
from impasto.workflow.stages.diffusion import CORRECTED_SERIES, DiffusionStageSettings, corrected_series
from impasto.workflow.stages.regions import region_mask

__all__ = ["diffusion_curve"]

_SHOWN = ("ADC", "FA", "FA corrected", "AD", "RD", "kurtosis", "restricted fraction", "hindered diffusivity", "S0")
_FELLOWS = 4000
"""Voxels fitted beside the one that is drawn: they tell what noise is usual."""


def diffusion_curve(series: MappedSeries, voxel: VoxelIndex, label: str, progress: Progress) -> DecayCurve:
    """Fit one voxel of a series, and some more for their noise; motion is corrected anew where no maps were made."""
    settings = series.settings
    assert isinstance(settings, DiffusionStageSettings)
    aligned = _aligned(series, settings, progress)
    mask, is_mapped = _fitted_voxels(aligned, region_mask(series.inputs, settings.brain, aligned.image.grid), voxel)
    reading = VoxelReading(diffusion_maps(aligned, mask, settings.fit, progress), voxel)
    findings = VoxelFindings(
        label,
        reading.position_mm,
        reading.parameters(_SHOWN),
        (() if is_mapped else ("outside the voxels that are mapped",))
        + reasons_in_words(int(reading.value("reasons")), DiffusionReason),
        (_motion_note(settings), series.note),
        unweighted_image(aligned),
    )
    if not np.isfinite(reading.value("ADC")):
        return _without_fit(aligned, reading, findings)
    if "FA" in reading.maps:
        return _tensor_decay(aligned, mask, settings.fit, reading, findings)
    return _mean_decay(aligned, settings.fit, reading, findings)


def _aligned(series: MappedSeries, settings: DiffusionStageSettings, progress: Progress) -> DiffusionSeries:
    if settings.motion_correction and CORRECTED_SERIES in series.results:
        found = series.results[CORRECTED_SERIES]()
        if isinstance(found, DiffusionSeries):
            return found
    return corrected_series(series.inputs, settings, progress)


def _fitted_voxels(aligned: DiffusionSeries, brain: BoolArray | None, voxel: VoxelIndex) -> tuple[BoolArray, bool]:
    """Choose some of the voxels that are mapped and the one asked for; say whether that is one of them."""
    mapped = signal_mask(unweighted_image(aligned)) if brain is None else brain
    index = np.flatnonzero(mapped)
    mask: BoolArray = np.zeros(mapped.shape, dtype=np.bool_)
    mask.ravel()[index[:: max(1, len(index) // _FELLOWS)]] = True
    mask[voxel] = True
    return mask, bool(mapped[voxel])


def _tensor_decay(
    aligned: DiffusionSeries,
    mask: BoolArray,
    settings: DiffusionSettings,
    reading: VoxelReading,
    findings: VoxelFindings,
) -> DecayCurve:
    fit = fit_tensor_volume(up_to_b(aligned, settings.greatest_b_s_per_mm2), mask, settings.fit).fit
    row = int(np.flatnonzero(np.flatnonzero(mask) == np.ravel_multi_index(reading.voxel, mask.shape))[0])
    table = aligned.gradients
    tensor, s0, noise = fit.tensor_um2_per_ms[row], float(fit.s0[row]), float(fit.noise[row])
    expected = np.asarray(diffusion_signal(s0, tensor.astype(np.float64), table), dtype=np.float64)
    data = _signals(aligned, reading.voxel)
    used = (table.b_values_s_per_mm2 <= settings.greatest_b_s_per_mm2) & (data > 0.0)
    if settings.fit.rejects_outliers:
        used &= ~(np.abs(data - expected) > settings.fit.outlier_threshold * noise)
    cosine = np.abs(table.directions @ fit.principal_direction[row].astype(np.float64))
    weighted = table.directions.any(axis=1) & ~table.unweighted()
    along, middle, across = (float(value) for value in fit.eigenvalues_um2_per_ms[row])
    return DecayCurve(
        voxel=findings,
        b_values_s_per_mm2=table.b_values_s_per_mm2,
        curve=FittedCurve("tensor", data, expected, np.full(len(data), noise)),
        used=used,
        s0=s0,
        diffusivities_um2_per_ms={"along": along, "mean": reading.value("ADC"), "across": 0.5 * (middle + across)},
        angles_deg=np.where(weighted, np.rad2deg(np.arccos(np.clip(cosine, 0.0, 1.0))), np.nan),
        eigenvalues_um2_per_ms=(along, middle, across),
    )


def _mean_decay(
    aligned: DiffusionSeries, settings: DiffusionSettings, reading: VoxelReading, findings: VoxelFindings
) -> DecayCurve:
    """Geometric means over the directions of each b, which the ADC is fitted to."""
    traced = trace_weighted(aligned)
    b, adc, s0 = traced.series.gradients.b_values_s_per_mm2, reading.value("ADC"), reading.value("S0")
    data = _signals(traced.series, reading.voxel)
    noise = reading.value("noise") / np.sqrt(traced.averages)
    return DecayCurve(
        voxel=findings,
        b_values_s_per_mm2=b,
        curve=FittedCurve("exponential", data, s0 * np.exp(-1e-3 * b * adc), noise),
        used=(b <= settings.greatest_b_s_per_mm2) & (data > 0.0),
        s0=s0,
        diffusivities_um2_per_ms={"mean": adc},
    )


def _without_fit(aligned: DiffusionSeries, reading: VoxelReading, findings: VoxelFindings) -> DecayCurve:
    b, data = aligned.gradients.b_values_s_per_mm2, _signals(aligned, reading.voxel)
    unknown = np.full(len(b), np.nan)
    return DecayCurve(
        voxel=findings,
        b_values_s_per_mm2=b,
        curve=FittedCurve("no fit", data, unknown, unknown),
        used=np.zeros(len(b), dtype=np.bool_),
        s0=np.nan,
        diffusivities_um2_per_ms={},
    )


def _signals(series: DiffusionSeries, voxel: VoxelIndex) -> FloatArray:
    return np.asarray(series.image.data[voxel], dtype=np.float64)


def _motion_note(settings: DiffusionStageSettings) -> str:
    return "Corrected for motion and eddy currents." if settings.motion_correction else "Not corrected for motion."
