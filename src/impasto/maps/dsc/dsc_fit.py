"""The chain from a voxel's signals to volume, leakage, flow and times."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.maps.dsc.bolus_timing import bolus_arrival_time_s, smoothed, time_to_peak_s
from impasto.maps.dsc.curve_noise import CurveNoise, baseline_noise
from impasto.maps.dsc.deconvolution import Deconvolution, deconvolve
from impasto.maps.dsc.dsc_series import DscSeries
from impasto.maps.dsc.gradient_echo import delta_r2star
from impasto.maps.dsc.leakage_correction import LeakageFit, trapezoid_weights
from impasto.maps.dsc.voxel_reason import VoxelReason

__all__ = ["DscFit", "fit_dsc"]


@dataclass(frozen=True, eq=False)
class DscFit:
    """Estimates for each voxel, shape (voxel,) all; NaN where there is none.

    Parameters
    ----------
    area, area_error : ndarray
        Of the curve of dR2*, corrected for leakage if the settings say so: relative blood volume, unit 1.
    uncorrected_area, uncorrected_area_error : ndarray
    k1, k1_error, k2_per_s, k2_error_per_s : ndarray
        Of the two-parameter leakage model.
    cbv_ml_per_100g, cbv_error_ml_per_100g : ndarray
    cbf_ml_per_100g_min, cbf_error_ml_per_100g_min : ndarray
        The error is that from noise; truncation of the deconvolution makes fast flow too low beyond it.
    mtt_s, tmax_s : ndarray
    ttp_s : ndarray
        Since the bolus arrived in the mean of all voxels.
    bat_s : ndarray
        On the clock of the series.
    reason : ndarray of int
        :class:`VoxelReason` flags.
    """

    area: FloatArray
    area_error: FloatArray
    uncorrected_area: FloatArray
    uncorrected_area_error: FloatArray
    k1: FloatArray
    k1_error: FloatArray
    k2_per_s: FloatArray
    k2_error_per_s: FloatArray
    cbv_ml_per_100g: FloatArray
    cbv_error_ml_per_100g: FloatArray
    cbf_ml_per_100g_min: FloatArray
    cbf_error_ml_per_100g_min: FloatArray
    mtt_s: FloatArray
    tmax_s: FloatArray
    ttp_s: FloatArray
    bat_s: FloatArray
    reason: IntArray

    @classmethod
    def joined(cls, parts: list[DscFit]) -> DscFit:
        """Put blocks of voxels behind each other."""
        return cls(*(np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(cls)))


def fit_dsc(signal: FloatArray, series: DscSeries) -> DscFit:
    """Map voxels of a prepared series.

    Parameters
    ----------
    signal : ndarray, shape (voxel, time)
    series : DscSeries

    Returns
    -------
    DscFit
    """
    timing, echo = series.timing, series.echo_time_s
    before = signal[:, timing.baseline].mean(axis=1)
    curves = delta_r2star(signal, before[:, None], echo)
    lost = np.asarray(~np.isfinite(curves).all(axis=1))
    curves[lost] = 0.0
    noise = CurveNoise(baseline_noise(curves, timing.quiet, echo), echo, timing.baseline)
    leakage = series.leakage.fit(curves, noise, *series.window_s)
    cleaned = series.leakage.corrected(curves, leakage.k2_per_s) if series.settings.corrects_leakage else curves
    flow = _flow(cleaned, series)
    reason = _reasons(before, lost, (curves, cleaned), noise, series)
    return _judged(leakage, flow, (cleaned, noise), reason, series)


def _flow(cleaned: FloatArray, series: DscSeries) -> Deconvolution:
    tissue = cleaned / series.settings.tissue_r2star_l_per_mmol_s
    return deconvolve(tissue, series.arterial_mmol_l, series.interval_s, series.settings.method, series.settings.limit)


def _reasons(
    before: FloatArray, lost: BoolArray, curves: tuple[FloatArray, FloatArray], noise: CurveNoise, series: DscSeries
) -> IntArray:
    """Say what is wrong with a voxel's signal, whatever the fit gives."""
    raw, cleaned = curves
    during = ~series.timing.quiet & (series.timing.times_s > series.timing.times_s[series.timing.baseline][-1])
    height = smoothed(cleaned)[:, during].max(axis=1)
    lowest = noise.deviation_per_s * series.echo_time_s * np.exp(raw.max(axis=1) * series.echo_time_s)
    reason = np.zeros(len(before), dtype=np.int64)
    reason |= np.where(before > 0.0, 0, VoxelReason.NO_SIGNAL)
    reason |= np.where(lost & (before > 0.0), VoxelReason.SIGNAL_LOST, 0)
    faint = height < series.settings.least_contrast_to_noise * noise.deviation_per_s
    reason |= np.where(faint & ~lost, VoxelReason.NO_BOLUS, 0)
    reason |= np.where((lowest > 1.0 / 3.0) & ~lost, VoxelReason.NOISE_FLOOR, 0)
    return reason


def _judged(
    leakage: LeakageFit,
    flow: Deconvolution,
    curves: tuple[FloatArray, CurveNoise],
    reason: IntArray,
    series: DscSeries,
) -> DscFit:
    """Scale to units, flag what cannot be, and blank what does not exist."""
    cleaned, noise = curves
    settings, corrects = series.settings, series.settings.corrects_leakage
    area = leakage.area if corrects else leakage.uncorrected_area
    area_error = leakage.area_error if corrects else leakage.uncorrected_area_error
    arterial_area = float(trapezoid_weights(series.timing.times_s, *series.window_s) @ series.arterial_mmol_l)
    per_area = settings.blood_ml_per_100g / arterial_area / settings.tissue_r2star_l_per_mmol_s
    per_second = 60.0 * settings.blood_ml_per_100g
    cbv, cbf = per_area * area, per_second * flow.flow_per_s
    flow_error = per_second * flow.flow_error_per_s * _frame_error(cleaned, noise, series)
    with np.errstate(divide="ignore", invalid="ignore"):
        mtt = 60.0 * cbv / cbf
    timed = reason & (VoxelReason.NO_SIGNAL | VoxelReason.SIGNAL_LOST | VoxelReason.NO_BOLUS) == 0
    reason = reason | np.where(timed & ~np.isfinite(flow.flow_per_s), VoxelReason.FLOW_UNRESOLVED, 0)
    reason |= np.where(area <= 0.0, VoxelReason.NEGATIVE_VOLUME, 0)
    reason |= np.where(np.abs(area - leakage.uncorrected_area) > np.abs(area), VoxelReason.LEAKAGE_DOMINATES, 0)
    reason |= np.where(timed & (flow.tmax_s < -0.5 * series.interval_s), VoxelReason.BEFORE_ARTERY, 0)
    reason |= np.where(timed & (mtt > settings.longest_transit_time_s), VoxelReason.LONG_TRANSIT, 0)
    measured = reason & (VoxelReason.NO_SIGNAL | VoxelReason.SIGNAL_LOST) == 0
    reason = np.where(measured, reason, reason & (VoxelReason.NO_SIGNAL | VoxelReason.SIGNAL_LOST))
    times = series.timing.times_s
    since = time_to_peak_s(cleaned, times) - series.timing.arrival_s

    def known(values: FloatArray) -> FloatArray:
        return np.where(measured, values, np.nan)

    def moving(values: FloatArray) -> FloatArray:
        return np.where(timed, values, np.nan)

    return DscFit(
        known(area),
        known(area_error),
        known(leakage.uncorrected_area),
        known(leakage.uncorrected_area_error),
        known(leakage.k1),
        known(leakage.k1_error),
        known(leakage.k2_per_s),
        known(leakage.k2_error_per_s),
        known(cbv),
        known(per_area * area_error),
        moving(cbf),
        moving(flow_error),
        moving(np.where(area > 0.0, mtt, np.nan)),
        moving(flow.tmax_s),
        moving(since),
        moving(bolus_arrival_time_s(smoothed(cleaned), times)),
        reason,
    )


def _frame_error(cleaned: FloatArray, noise: CurveNoise, series: DscSeries) -> FloatArray:
    """Noise of a frame during the first pass, in the tissue's concentration."""
    during = ~series.timing.quiet
    growth = np.sqrt(np.exp(2.0 * series.echo_time_s * cleaned[:, during]).mean(axis=1))
    error: FloatArray = noise.deviation_per_s * growth / series.settings.tissue_r2star_l_per_mmol_s
    return error
