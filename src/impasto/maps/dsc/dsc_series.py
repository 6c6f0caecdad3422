"""What a whole series tells before any voxel is mapped: timing, reference tissue, arterial input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dsc.arterial_selection import CurveShape, arterial_voxels, curve_shape
from impasto.maps.dsc.bolus_timing import BolusTiming, bolus_timing
from impasto.maps.dsc.dsc_settings import DscRegions, DscSettings
from impasto.maps.dsc.gradient_echo import arterial_concentration, delta_r2star
from impasto.maps.dsc.leakage_correction import LeakageModel
from impasto.maps.dsc.reference_tissue import non_leaking_voxels

__all__ = ["BLOCK", "DscSeries", "prepare_dsc", "voxel_signals"]

BLOCK = 16384
"""Voxels worked on at once."""

_SAMPLED = 20000
_FIRST_FRAMES = 3


@dataclass(frozen=True, eq=False)
class DscSeries:
    """Facts of a series that every voxel's fit needs.

    Parameters
    ----------
    echo_time_s, interval_s : float
    timing : BolusTiming
    leakage : LeakageModel
        Holds the curve of the reference tissue.
    arterial_mmol_l : ndarray, shape (time,)
        Agent in arterial blood at the frames.
    settings : DscSettings
    voxels, arterial, reference_tissue : ndarray of bool, shape (i, j, k)
        Voxels to map; those that were taken for the arterial input (none if it was given) and for the reference.
    """

    echo_time_s: float
    interval_s: float
    timing: BolusTiming
    leakage: LeakageModel
    arterial_mmol_l: FloatArray
    settings: DscSettings
    voxels: BoolArray
    arterial: BoolArray
    reference_tissue: BoolArray

    @property
    def window_s(self) -> tuple[float, float]:
        """Start and end of the area that is rCBV.

        Raises
        ------
        ImpastoError
            When the first pass is asked for and its end is not known.
        """
        start, settings = float(self.timing.times_s[self.timing.baseline][-1]), self.settings
        if settings.window == "whole":
            return start, float(self.timing.times_s[-1])
        end = self.timing.first_pass_end_s if settings.first_pass_end_s is None else settings.first_pass_end_s
        if end is None:
            problem = "the mean curve does not fall like a bolus: its first pass has no visible end"
            raise ImpastoError("DSC series", problem, "set first_pass_end_s, or take the whole series")
        return start, end


def prepare_dsc(
    series: Image,
    echo_time_s: float,
    regions: DscRegions | None = None,
    settings: DscSettings | None = None,
    arterial_input: ArterialInput | None = None,
    progress: Progress = silent,
) -> DscSeries:
    """Find bolus, reference tissue and arterial input of a series.

    Parameters
    ----------
    series : Image
        T2*-weighted signals, shape (i, j, k, time), equal intervals.
    echo_time_s : float
    regions : DscRegions, optional
    settings : DscSettings, optional
    arterial_input : ArterialInput, optional
        On the clock of the series; then no artery is looked for.
    progress : Progress

    Returns
    -------
    DscSeries

    Raises
    ------
    ImpastoError
        When the series is not one over time at equal intervals, or bolus, reference or artery cannot be found.
    """
    regions, settings = regions or DscRegions(), settings or DscSettings()
    times, interval = _checked_times(series, echo_time_s, regions)
    voxels = _voxels_to_map(series, regions, settings)
    index = np.flatnonzero(voxels)
    timing = bolus_timing(times, _mean_signal(series, index), settings.discarded_frames)
    shapes, sample = _surveyed(series, index, timing, echo_time_s, progress)
    reference = _reference_voxels(series, index[sample], timing, echo_time_s, regions)
    leakage = LeakageModel(times, _mean_curve(series, reference, timing, echo_time_s), _steady(times, settings))
    if arterial_input is not None:
        artery, blood = np.zeros(0, dtype=np.int64), arterial_input.blood_at(times)
    else:
        drawn = regions.arterial
        artery = index[arterial_voxels(shapes, settings.arterial_voxels)] if drawn is None else np.flatnonzero(drawn)
        blood = _blood(_curves(series, artery, timing, echo_time_s), settings)
    places = (_region(found, voxels.shape) for found in (artery, reference))
    return DscSeries(echo_time_s, interval, timing, leakage, blood, settings, voxels, *places)


def voxel_signals(series: Image, index: IntArray) -> FloatArray:
    """Signals of voxels by their flat index, shape (voxel, time), without a copy of the series."""
    return np.asarray(series.data[np.unravel_index(index, series.grid.shape)], dtype=np.float64)


def _blocks(index: IntArray) -> Iterator[IntArray]:
    """Cut a list of voxels into blocks."""
    for start in range(0, len(index), BLOCK):
        yield index[start : start + BLOCK]


def _checked_times(series: Image, echo_time_s: float, regions: DscRegions) -> tuple[FloatArray, float]:
    if series.times_s is None:
        raise ImpastoError(series.quantity, "it has no time axis", "give the whole dynamic series")
    if not 0.0 < echo_time_s < 0.5:
        raise ImpastoError("echo time", f"{echo_time_s:g} s", "give it in seconds, about 0.03")
    for region in (regions.brain, regions.arterial, regions.reference_tissue, regions.white_matter):
        if region is not None and region.shape != series.grid.shape:
            problem = f"a region of shape {region.shape} for a series of {series.grid.shape}"
            raise ImpastoError("DSC regions", problem, "bring it to the series' grid")
    times = np.asarray(series.times_s, dtype=np.float64)
    steps = np.diff(times)
    if len(times) < 10 or not float(steps.min()) > 0.0 or float(np.ptp(steps)) > 0.01 * float(steps.mean()):
        problem = f"{len(times)} frames at intervals of {steps.min():g} to {steps.max():g} s"
        raise ImpastoError("DSC series", problem, "give ten frames or more at equal intervals")
    return times, float(steps.mean())


def _steady(times_s: FloatArray, settings: DscSettings) -> BoolArray:
    return np.asarray(np.arange(len(times_s)) >= settings.discarded_frames)


def _voxels_to_map(series: Image, regions: DscRegions, settings: DscSettings) -> BoolArray:
    if regions.brain is not None:
        return np.asarray(regions.brain, dtype=bool)
    early = slice(settings.discarded_frames, settings.discarded_frames + _FIRST_FRAMES)
    before = np.asarray(series.data[..., early], dtype=np.float32).mean(axis=-1)
    return np.asarray(before > settings.background_share * np.percentile(before, 98.0))


def _mean_signal(series: Image, index: IntArray) -> FloatArray:
    if not len(index):
        raise ImpastoError("DSC series", "no voxel lies above the background", "check the series or give a brain mask")
    total = np.zeros(series.data.shape[3])
    for block in _blocks(index):
        total += voxel_signals(series, block).sum(axis=0)
    return total / len(index)


def _curves(series: Image, index: IntArray, timing: BolusTiming, echo_time_s: float) -> FloatArray:
    """Change of R2*, rows with a lost sample left out."""
    signal = voxel_signals(series, index)
    curves = delta_r2star(signal, signal[:, timing.baseline].mean(axis=1, keepdims=True), echo_time_s)
    return curves[np.isfinite(curves).all(axis=1)]


def _surveyed(
    series: Image, index: IntArray, timing: BolusTiming, echo_time_s: float, progress: Progress
) -> tuple[CurveShape, IntArray]:
    """Shapes of all voxels' curves, and a sample of those that show a bolus, as positions in `index`."""
    parts = []
    for n, block in enumerate(_blocks(index)):
        signal = voxel_signals(series, block)
        curves = delta_r2star(signal, signal[:, timing.baseline].mean(axis=1, keepdims=True), echo_time_s)
        parts.append(curve_shape(np.nan_to_num(curves, nan=0.0), timing, echo_time_s))
        progress("survey of curves", min(1.0, (n + 1) * BLOCK / len(index)))
    shapes = CurveShape.joined(parts)
    rises = np.flatnonzero(shapes.contrast_to_noise > 5.0)
    return shapes, rises[:: max(1, len(rises) // _SAMPLED)]


def _reference_voxels(
    series: Image, sample: IntArray, timing: BolusTiming, echo_time_s: float, regions: DscRegions
) -> IntArray:
    if regions.reference_tissue is not None:
        return np.flatnonzero(regions.reference_tissue)
    signal = voxel_signals(series, sample)
    curves = delta_r2star(signal, signal[:, timing.baseline].mean(axis=1, keepdims=True), echo_time_s)
    whole = np.asarray(np.isfinite(curves).all(axis=1))
    return sample[non_leaking_voxels(curves, timing.times_s, whole)]


def _mean_curve(series: Image, index: IntArray, timing: BolusTiming, echo_time_s: float) -> FloatArray:
    total, count = np.zeros(len(timing.times_s)), 0
    for block in _blocks(index):
        curves = _curves(series, block, timing, echo_time_s)
        total, count = total + curves.sum(axis=0), count + len(curves)
    if not count:
        raise ImpastoError("reference tissue", "none of its voxels has signal in every frame", "choose other voxels")
    return np.asarray(total / count)


def _blood(curves: FloatArray, settings: DscSettings) -> FloatArray:
    """Mean concentration in the arterial voxels; only its shape counts where blood is taken as tissue."""
    if not len(curves):
        raise ImpastoError("arterial input", "none of its voxels has signal in every frame", "choose other voxels")
    if settings.arterial_r2star == "quadratic":
        return np.asarray(arterial_concentration(curves).mean(axis=0))
    return np.asarray(curves.mean(axis=0) / settings.tissue_r2star_l_per_mmol_s)


def _region(index: IntArray, shape: tuple[int, ...]) -> BoolArray:
    region = np.zeros(shape, dtype=bool)
    region.ravel()[index] = True
    return region
