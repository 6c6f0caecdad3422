"""From a dynamic contrast-enhanced series to maps on its grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.curve_summary import area_weights, initial_area, time_to_peak_s
from impasto.maps.dce.dce_series import BLOCK, DceSeries, VoxelCurves, prepare_dce, voxel_curves
from impasto.maps.dce.dce_settings import DceAcquisition, DceRegions, DceSettings, NativeTissue
from impasto.maps.dce.delay_search import fit_with_delay, fit_with_delays
from impasto.maps.dce.kinetic_fit import KineticFit, fit_with
from impasto.maps.dce.kinetic_parameters import PARAMETER_UNITS, KineticModelName, parameter_count
from impasto.maps.dce.model_choice import choose_model
from impasto.maps.dce.voxel_reason import VoxelReason

__all__ = ["dce_maps", "maps_of_series"]

_AREAS_S = (60, 90)
_OTHER_UNITS = {"IAUC60": "mmol/L.s", "IAUC90": "mmol/L.s", "TTP": "s", "BAT": "s", "model": "1", "model weight": "1"}

_Values = dict[str, tuple[FloatArray, FloatArray | None]]


def dce_maps(
    series: Image,
    acquisition: DceAcquisition,
    native: NativeTissue,
    arterial_input: ArterialInput | None = None,
    regions: DceRegions | None = None,
    settings: DceSettings | None = None,
    progress: Progress = silent,
) -> dict[str, Image]:
    """Map exchange with blood from a dynamic contrast-enhanced series.

    Memory beside the series and the maps does not grow with the number of voxels.

    Parameters
    ----------
    series : Image
        T1-weighted signals, shape (i, j, k, time), any number type; times may be uneven.
    acquisition : DceAcquisition
    native : NativeTissue
        T1 before contrast agent: a map or one value.
    arterial_input : ArterialInput, optional
        On the clock of the series; when not given it is measured in `regions.arterial`, or in voxels picked.
    regions : DceRegions, optional
    settings : DceSettings, optional
    progress : Progress

    Returns
    -------
    dict of str to Image
        OSIPI names: the parameters of the model (:data:`KINETIC_MODELS`), ``IAUC60``, ``IAUC90`` and ``TTP`` from
        bolus arrival, ``BAT`` if each voxel's delay is searched; with standard errors where noise gives them.
        ``model`` (place in :data:`KINETIC_MODELS`, -1 unknown) and its ``model weight``, if models are compared;
        ``reason`` (:class:`VoxelReason`); ``arterial-region``, the voxels the input was measured in. NaN where there is
        no value.

    Raises
    ------
    ImpastoError
        When the series is not one over time, grids disagree, or bolus or artery cannot be found.
    """
    prepared = prepare_dce(series, acquisition, native, arterial_input, regions, settings, progress)
    return maps_of_series(series, prepared, progress)


def maps_of_series(series: Image, prepared: DceSeries, progress: Progress = silent) -> dict[str, Image]:
    """Fit every voxel of a prepared series, block by block; see :func:`dce_maps`."""
    index = np.flatnonzero(prepared.voxels)
    values: dict[str, NDArray[np.float32]] = {}
    errors: dict[str, NDArray[np.float32]] = {}
    reason = np.zeros(prepared.voxels.size, dtype=np.int16)
    for start in range(0, len(index), BLOCK):
        block = index[start : start + BLOCK]
        found, why = _block_values(series, prepared, block)
        reason[block] = why
        for name, (value, error) in found.items():
            for source, kept in ((value, values), (error, errors)):
                if source is not None:
                    kept.setdefault(name, np.full(prepared.voxels.size, np.nan, dtype=np.float32))[block] = source
        progress("permeability maps", min(1.0, (start + BLOCK) / len(index)))
    shape, units = series.grid.shape, PARAMETER_UNITS | _OTHER_UNITS
    maps = {}
    for name in values:
        spread = errors[name].reshape(shape) if name in errors else None
        maps[name] = Image(values[name].reshape(shape), series.grid, name, units[name], standard_error=spread)
    maps["reason"] = Image(reason.reshape(shape), series.grid, "reason", "1")
    maps["arterial-region"] = Image(prepared.arterial.astype(np.uint8), series.grid, "arterial region", "1")
    return maps


def _block_values(series: Image, prepared: DceSeries, index: IntArray) -> tuple[_Values, IntArray]:
    """Values with their errors of some voxels, and the reasons against them."""
    voxels = voxel_curves(series, prepared, index)
    curves, settings = voxels.concentration_mmol_l, prepared.settings
    fit = _fit(prepared, voxels, settings.model)
    arrival = prepared.arrival_s + fit.delay_s
    found: _Values = {name: (fit.estimates[name], fit.standard_errors[name]) for name in fit.estimates}
    degrees = fit.frames - parameter_count(settings.model) - (settings.delay == "voxel")
    variance = voxels.noise.signal_variance(fit.squared_residuals, degrees)
    for duration in _AREAS_S:
        area = initial_area(curves, prepared.times_s, arrival, duration)
        weights = area_weights(prepared.times_s, arrival, duration)
        found[f"IAUC{duration}"] = (area, np.sqrt(variance * voxels.noise.variance_of_sum(weights)))
    known = np.isfinite(fit.squared_residuals)
    peak = time_to_peak_s(np.where(known[:, None], curves, 0.0), prepared.times_s, arrival)
    found["TTP"] = (np.where(known, peak, np.nan), None)
    if settings.delay == "voxel":
        found["BAT"] = (arrival, fit.delay_error_s)
    if settings.compared_models:
        code, weight = _choice(prepared, voxels, fit)
        found["model"], found["model weight"] = (code.astype(np.float64), None), (weight, None)
    reason = np.where(np.isnan(voxels.t1_s), VoxelReason.NO_T1, fit.reason)
    return found, np.where(voxels.baseline_signal > 0.0, reason, VoxelReason.NO_SIGNAL)


def _fit(prepared: DceSeries, voxels: VoxelCurves, model: KineticModelName) -> KineticFit:
    curves, noise = voxels.concentration_mmol_l, voxels.noise
    if prepared.settings.delay == "voxel":
        return fit_with_delay(prepared.responses, curves, model, prepared.settings.delay_search, noise)
    return fit_with(prepared.responses, curves, model, prepared.delay_s, noise)


def _choice(prepared: DceSeries, voxels: VoxelCurves, fit: KineticFit) -> tuple[IntArray, FloatArray]:
    """Compare models with the delays that the mapped one found."""
    curves = voxels.concentration_mmol_l
    squares: dict[KineticModelName, FloatArray] = {}
    if "none" in prepared.settings.compared_models:
        squares["none"] = np.square(curves).sum(axis=1)
    step = prepared.settings.delay_step_s / 4.0
    delays = step * np.round(np.nan_to_num(fit.delay_s) / step)
    for model, responses in prepared.compared_responses.items():
        if model == fit.model and responses is prepared.responses:
            squares[model] = fit.squared_residuals
        else:
            squares[model] = fit_with_delays(responses, curves, model, delays, None).squared_residuals
    return choose_model(squares, fit.frames, prepared.settings.delay == "voxel")
