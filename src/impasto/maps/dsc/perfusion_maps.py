"""From a susceptibility contrast series to maps on its grid."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dsc.dsc_fit import DscFit, fit_dsc
from impasto.maps.dsc.dsc_series import BLOCK, DscSeries, prepare_dsc, voxel_signals
from impasto.maps.dsc.dsc_settings import DscRegions, DscSettings
from impasto.maps.dsc.leakage_correction import trapezoid_weights
from impasto.maps.dsc.voxel_reason import VoxelReason
from impasto.maps.dsc.white_matter_reference import over_white_matter

__all__ = ["dsc_maps", "fit_series", "maps_of_fit"]


def dsc_maps(
    series: Image,
    echo_time_s: float,
    regions: DscRegions | None = None,
    settings: DscSettings | None = None,
    arterial_input: ArterialInput | None = None,
    progress: Progress = silent,
) -> dict[str, Image]:
    """Map blood volume, leakage, flow and times of a susceptibility contrast series.

    Memory beside the series and the maps does not grow with the number of voxels.

    Parameters
    ----------
    series : Image
        T2*-weighted signals, shape (i, j, k, time), equal intervals.
    echo_time_s : float
    regions : DscRegions, optional
        What is not given is found by the curves.
    settings : DscSettings, optional
    arterial_input : ArterialInput, optional
        On the clock of the series; then no artery is looked for.
    progress : Progress

    Returns
    -------
    dict of str to Image
        OSIPI names: ``rCBV`` (over white matter if that is given, else over the reference tissue),
        ``rCBV-uncorrected``, ``K1``, ``K2``, ``CBV``, ``CBF``, ``rCBF`` (with white matter only), ``MTT``, ``Tmax``,
        ``TTP``, ``BAT``, with standard errors where noise gives them; ``reason`` (:class:`VoxelReason`);
        ``arterial-region`` and ``reference-tissue``, the voxels those were taken from. NaN where there is no value.

    Raises
    ------
    ImpastoError
        When the series is not one over time at equal intervals, or bolus, reference or artery cannot be found.
    """
    prepared = prepare_dsc(series, echo_time_s, regions, settings, arterial_input, progress)
    return maps_of_fit(fit_series(series, prepared, progress), prepared, series, regions)


def fit_series(series: Image, prepared: DscSeries, progress: Progress = silent) -> DscFit:
    """Fit every voxel to map, block by block, in the order of ``numpy.argwhere``."""
    index = np.flatnonzero(prepared.voxels)
    parts = []
    for start in range(0, len(index), BLOCK):
        parts.append(fit_dsc(voxel_signals(series, index[start : start + BLOCK]), prepared))
        progress("perfusion maps", min(1.0, (start + BLOCK) / len(index)))
    return DscFit.joined(parts)


def maps_of_fit(fit: DscFit, prepared: DscSeries, series: Image, regions: DscRegions | None = None) -> dict[str, Image]:
    """Put a fit on the grid of its series; see :func:`dsc_maps`."""
    per_mass = "mL/(100.mL)" if prepared.settings.density_g_per_ml == 1.0 else "mL/(100.g)"

    def image(values: FloatArray, quantity: str, unit: str, error: FloatArray | None = None) -> Image:
        spread = [None if v is None else _spread(v, prepared) for v in (values, error)]
        return Image(np.asarray(spread[0]), series.grid, quantity, unit, standard_error=spread[1])

    maps = _volumes(fit, prepared, regions, image)
    maps |= {
        "K1": image(fit.k1, "K1", "1", fit.k1_error),
        "K2": image(fit.k2_per_s, "K2", "/s", fit.k2_error_per_s),
        "CBV": image(fit.cbv_ml_per_100g, "CBV", per_mass, fit.cbv_error_ml_per_100g),
        "CBF": image(fit.cbf_ml_per_100g_min, "CBF", f"{per_mass}/min", fit.cbf_error_ml_per_100g_min),
        "MTT": image(fit.mtt_s, "MTT", "s"),
        "Tmax": image(fit.tmax_s, "Tmax", "s"),
        "TTP": image(fit.ttp_s, "TTP", "s"),
        "BAT": image(fit.bat_s, "BAT", "s"),
    }
    reason = np.zeros(series.grid.shape, dtype=np.int16)
    reason[prepared.voxels] = fit.reason
    maps["reason"] = Image(reason, series.grid, "reason", "1")
    maps["arterial-region"] = Image(prepared.arterial.astype(np.uint8), series.grid, "arterial region", "1")
    maps["reference-tissue"] = Image(prepared.reference_tissue.astype(np.uint8), series.grid, "reference tissue", "1")
    return maps


class _Painter(Protocol):
    def __call__(self, values: FloatArray, quantity: str, unit: str, error: FloatArray | None = None) -> Image:
        """Put values on the grid."""


def _volumes(fit: DscFit, prepared: DscSeries, regions: DscRegions | None, image: _Painter) -> dict[str, Image]:
    """Relative blood volume, and flow where white matter is given."""
    corrected, raw = (fit.area, fit.area_error), (fit.uncorrected_area, fit.uncorrected_area_error)
    white = None if regions is None else regions.white_matter
    if white is None:
        weights = trapezoid_weights(prepared.timing.times_s, *prepared.window_s)
        area = float(weights @ prepared.leakage.reference_per_s)
        return {
            name: image(values / area, f"{name} over reference tissue", "1", error / area)
            for name, (values, error) in (("rCBV", corrected), ("rCBV-uncorrected", raw))
        }
    share = np.asarray(white, dtype=np.float64)[prepared.voxels]
    usable = fit.reason & ~(VoxelReason.LONG_TRANSIT | VoxelReason.BEFORE_ARTERY) == 0
    flow = (fit.cbf_ml_per_100g_min, fit.cbf_error_ml_per_100g_min)
    maps = {}
    for name, (values, error) in (("rCBV", corrected), ("rCBV-uncorrected", raw), ("rCBF", flow)):
        over = over_white_matter(values, error, share, usable)
        maps[name] = image(over.values, f"{name} over white matter", "1", over.standard_error)
    return maps


def _spread(values: FloatArray, prepared: DscSeries) -> np.ndarray:
    spread = np.full(prepared.voxels.shape, np.nan, dtype=np.float32)
    spread[prepared.voxels] = values
    return spread
