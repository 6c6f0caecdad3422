"""What a whole series tells before any voxel is mapped: baseline, arterial input, when the bolus arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.arterial_voxels import EnhancementShape, arterial_voxels, enhancement_shape
from impasto.maps.dce.bolus_arrival import bolus_arrival_time_s, frames_before_bolus
from impasto.maps.dce.dce_settings import DceAcquisition, DceRegions, DceSettings, NativeTissue
from impasto.maps.dce.delay_search import series_delay_s
from impasto.maps.dce.frame_noise import FrameNoise, spoiled_gradient_noise
from impasto.maps.dce.kinetic_fit import TissueResponses
from impasto.maps.dce.kinetic_parameters import KineticModelName
from impasto.maps.dce.spoiled_gradient import concentration_from_signal

__all__ = [
    "BLOCK",
    "DceSeries",
    "VoxelCurves",
    "measured_arterial_input",
    "prepare_dce",
    "voxel_curves",
    "voxel_values",
]

BLOCK = 16384
"""Voxels worked on at once."""

_FIRST_FRAMES = 3
_SAMPLED = 20000


@dataclass(frozen=True, eq=False)
class DceSeries:
    """Facts of a series that every voxel's fit needs.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        Of the frames that are used.
    acquisition : DceAcquisition
    native : NativeTissue
    settings : DceSettings
    responses : TissueResponses
        Of the arterial input, dispersed, for the model that is mapped.
    compared_responses : mapping of model to TissueResponses
        The same for the models that are compared.
    baseline_frames : int
    arrival_s : float
        Of the bolus at the arterial input.
    delay_s : float
        From there to the tissue, one for all voxels; zero where each has its own.
    voxels, arterial : ndarray of bool, shape (i, j, k)
        Voxels to map; those the arterial input was measured in (none if it was given).
    """

    times_s: FloatArray
    acquisition: DceAcquisition
    native: NativeTissue
    settings: DceSettings
    responses: TissueResponses
    compared_responses: Mapping[KineticModelName, TissueResponses]
    baseline_frames: int
    arrival_s: float
    delay_s: float
    voxels: BoolArray
    arterial: BoolArray


def prepare_dce(
    series: Image,
    acquisition: DceAcquisition,
    native: NativeTissue,
    arterial_input: ArterialInput | None = None,
    regions: DceRegions | None = None,
    settings: DceSettings | None = None,
    progress: Progress = silent,
) -> DceSeries:
    """Find baseline, bolus and arterial input of a series; see :func:`~impasto.maps.dce.permeability_maps.dce_maps`.

    Raises
    ------
    ImpastoError
        When the series is not one over time, grids disagree, or bolus or artery cannot be found.
    """
    regions, settings = regions or DceRegions(), settings or DceSettings()
    times = _checked_times(series, native, regions, settings)
    voxels = _voxels_to_map(series, regions, settings)
    index = np.flatnonzero(voxels)
    artery = np.zeros(0, dtype=np.int64)
    if arterial_input is None:
        artery, arterial_input = _measured(series, index, acquisition, native, (regions, settings, progress))
    arrival = bolus_arrival_time_s(arterial_input.blood_mmol_l, arterial_input.times_s)
    baseline = settings.baseline_frames or frames_before_bolus(arrival, times)
    responses, compared = _responses(times, arterial_input, settings)
    region = np.zeros(voxels.shape, dtype=bool)
    region.ravel()[artery] = True
    prepared = DceSeries(
        times, acquisition, native, settings, responses, compared, baseline, arrival, 0.0, voxels, region
    )
    if settings.delay != "series":
        return prepared
    sample = index[:: max(1, len(index) // _SAMPLED)]
    curves = voxel_curves(series, prepared, sample).concentration_mmol_l
    return replace(prepared, delay_s=series_delay_s(responses, curves, settings.model, settings.delay_search))


def measured_arterial_input(
    signal: FloatArray,
    times_s: FloatArray,
    acquisition: DceAcquisition,
    settings: DceSettings,
    relative_b1: float = 1.0,
) -> ArterialInput:
    """Take the arterial input from the mean signal of an artery.

    Parameters
    ----------
    signal : ndarray, shape (time,)
        Blood that flows in unsaturated looks less concentrated than it is: choose voxels deep in the slab.
    times_s : ndarray, shape (time,)
    acquisition : DceAcquisition
    settings : DceSettings
        Gives T1 of blood, haematocrit, and the frames before the bolus if they are known.
    relative_b1 : float

    Returns
    -------
    ArterialInput

    Raises
    ------
    ImpastoError
        When no bolus is seen, or a signal is stronger than any concentration could make it.
    """
    frames = settings.baseline_frames or frames_before_bolus(bolus_arrival_time_s(signal, times_s), times_s)
    blood = concentration_from_signal(
        signal,
        signal[:frames].mean(),
        settings.blood_t1_s,
        acquisition.flip_angle_deg * relative_b1,
        acquisition.repetition_time_s,
        acquisition.relaxivity_l_per_mmol_s,
    )
    if not np.isfinite(blood).all():
        problem = "its signal is stronger than any concentration could make it, given flip angle and T1 of blood"
        raise ImpastoError("arterial input", problem, "choose other voxels, or take a population's input")
    return ArterialInput(times_s, blood, settings.haematocrit)


def _responses(
    times: FloatArray, arterial_input: ArterialInput, settings: DceSettings
) -> tuple[TissueResponses, dict[KineticModelName, TissueResponses]]:
    """Responses for the model that is mapped and for those compared, made once for each range of rates."""
    arterial = arterial_input.dispersed(settings.dispersion_time_s)
    mapped = settings.largest_rate_of(settings.model)
    limits = {m: settings.largest_rate_of(m, True) for m in settings.compared_models if m != "none"}
    made = {limit: TissueResponses(times, arterial, limit) for limit in {mapped, *limits.values()}}
    return made[mapped], {model: made[limit] for model, limit in limits.items()}


@dataclass(frozen=True, eq=False)
class VoxelCurves:
    """Concentration in some voxels and what it was worked out from.

    Parameters
    ----------
    concentration_mmol_l : ndarray, shape (voxel, time)
        NaN where it does not exist.
    noise : FrameNoise
    baseline_signal, t1_s : ndarray, shape (voxel,)
        T1 is NaN where it is not known.
    """

    concentration_mmol_l: FloatArray
    noise: FrameNoise
    baseline_signal: FloatArray
    t1_s: FloatArray


def voxel_curves(series: Image, prepared: DceSeries, index: IntArray) -> VoxelCurves:
    """Turn the signals of voxels, by their flat index, into concentrations."""
    signal = _signals(series, index)[:, prepared.settings.discarded_frames :]
    baseline = signal[:, : prepared.baseline_frames].mean(axis=1)
    t1 = voxel_values(prepared.native.t1_s, index)
    known = np.where(t1 > 0.0, t1, np.nan)
    scan = prepared.acquisition
    angle = scan.flip_angle_deg * voxel_values(prepared.native.relative_b1, index)
    repetition = scan.repetition_time_s
    with np.errstate(divide="ignore", invalid="ignore"):
        concentration = concentration_from_signal(
            signal, baseline, known, angle, repetition, scan.relaxivity_l_per_mmol_s
        )
    noise = spoiled_gradient_noise(signal, baseline, known, angle, repetition, prepared.baseline_frames)
    return VoxelCurves(concentration, noise, baseline, known)


def voxel_values(given: Image | float, index: IntArray) -> FloatArray:
    """Values of a map at voxels by their flat index, or one value for all of them."""
    if not isinstance(given, Image):
        return np.full(len(index), float(given))
    return np.asarray(given.data[np.unravel_index(index, given.grid.shape)], dtype=np.float64)


def _signals(series: Image, index: IntArray) -> FloatArray:
    return np.asarray(series.data[np.unravel_index(index, series.grid.shape)], dtype=np.float64)


def _blocks(index: IntArray) -> Iterator[IntArray]:
    for start in range(0, len(index), BLOCK):
        yield index[start : start + BLOCK]


def _checked_times(series: Image, native: NativeTissue, regions: DceRegions, settings: DceSettings) -> FloatArray:
    if series.times_s is None:
        raise ImpastoError(series.quantity, "it has no time axis", "give the whole dynamic series")
    for name, given in (("T1", native.t1_s), ("relative B1", native.relative_b1)):
        if isinstance(given, Image) and not given.grid.matches(series.grid):
            raise ImpastoError(name, "lies on another grid than the series", "resample it onto the series first")
    for region in (regions.brain, regions.arterial):
        if region is not None and region.shape != series.grid.shape:
            problem = f"a region of shape {region.shape} for a series of {series.grid.shape}"
            raise ImpastoError("DCE regions", problem, "bring it to the series' grid")
    times = np.asarray(series.times_s, dtype=np.float64)[settings.discarded_frames :]
    if len(times) < 8 or not (np.diff(times) > 0.0).all():
        problem = f"{len(times)} frames are left, or their times do not increase"
        raise ImpastoError("DCE series", problem, "give eight frames or more in order of time")
    return times


def _voxels_to_map(series: Image, regions: DceRegions, settings: DceSettings) -> BoolArray:
    if regions.brain is not None:
        return np.asarray(regions.brain, dtype=bool)
    early = slice(settings.discarded_frames, settings.discarded_frames + _FIRST_FRAMES)
    before = np.asarray(series.data[..., early], dtype=np.float32).mean(axis=-1)
    bright = np.asarray(before > settings.background_share * np.percentile(before, 98.0))
    if not bright.any():
        raise ImpastoError("DCE series", "no voxel lies above the background", "check the series or give a brain mask")
    return bright


def _measured(
    series: Image,
    index: IntArray,
    acquisition: DceAcquisition,
    native: NativeTissue,
    choices: tuple[DceRegions, DceSettings, Progress],
) -> tuple[IntArray, ArterialInput]:
    """Voxels of an artery, drawn or picked, and the input their mean signal tells."""
    regions, settings, progress = choices
    times = np.asarray(series.times_s, dtype=np.float64)[settings.discarded_frames :]
    if regions.arterial is not None:
        artery = np.flatnonzero(regions.arterial)
    else:
        artery = _picked(series, index, times, settings, progress)
    signal = _signals(series, artery)[:, settings.discarded_frames :].mean(axis=0)
    b1 = float(voxel_values(native.relative_b1, artery).mean())
    return artery, measured_arterial_input(signal, times, acquisition, settings, b1)


def _picked(series: Image, index: IntArray, times: FloatArray, settings: DceSettings, progress: Progress) -> IntArray:
    frames = settings.baseline_frames
    if not frames:
        total = np.zeros(len(times))
        for block in _blocks(index):
            total += np.nan_to_num(_signals(series, block))[:, settings.discarded_frames :].sum(axis=0)
        frames = frames_before_bolus(bolus_arrival_time_s(total, times), times)
    parts = []
    for n, block in enumerate(_blocks(index)):
        signal = _signals(series, block)[:, settings.discarded_frames :]
        before = signal[:, :frames].mean(axis=1, keepdims=True)
        parts.append(enhancement_shape(signal / np.where(before > 0.0, before, np.nan) - 1.0, times))
        progress("survey of curves", min(1.0, (n + 1) * BLOCK / len(index)))
    return index[arterial_voxels(EnhancementShape.joined(parts), settings.arterial_voxels)]
