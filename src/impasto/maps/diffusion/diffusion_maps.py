"""From a diffusion-weighted series to maps on its grid."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, IntArray, RealArray
from impasto.core.diffusion import DiffusionSeries
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.maps.diffusion.adc_fit import fit_adc, fit_kurtosis
from impasto.maps.diffusion.pooled_fit import Signals
from impasto.maps.diffusion.preparation import powder_averaged, signal_mask, trace_weighted, unweighted_image, up_to_b
from impasto.maps.diffusion.reasons import FAILED
from impasto.maps.diffusion.settings import FitSettings
from impasto.maps.diffusion.tensor_fit import TensorFit, fit_tensor_of, tensor_design
from impasto.maps.diffusion.two_compartment import TwoCompartmentSettings, fit_two_compartments

__all__ = [
    "DiffusionSettings",
    "TensorVolume",
    "colour_anisotropy",
    "diffusion_maps",
    "fit_tensor_volume",
    "tensor_maps",
]

_SHELLS_THAT_TELL_NOISE = 4
_RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])


@dataclass(frozen=True)
class DiffusionSettings:
    """What is mapped, and from which measurements.

    Parameters
    ----------
    greatest_b_s_per_mm2 : float
        Stronger weightings are left out of tensor and ADC: there the decay is not exponential any more and would make
        diffusion look slow. Infinite for all.
    fit : FitSettings
        Of the log-linear fits.
    maps_kurtosis : bool
        Fit the bend of the decay as well, from all b-values.
    two_compartments : TwoCompartmentSettings, optional
        Fit restricted and hindered water as well, from all b-values, when given.
    """

    greatest_b_s_per_mm2: float = 1500.0
    fit: FitSettings = field(default_factory=FitSettings)
    maps_kurtosis: bool = False
    two_compartments: TwoCompartmentSettings | None = None


@dataclass(frozen=True, eq=False)
class TensorVolume:
    """A tensor fit, and where its voxels lie.

    Parameters
    ----------
    fit : TensorFit
        One row for each voxel of `mask`, in the order of ``numpy.argwhere``.
    grid : Grid
    mask : ndarray of bool, shape `grid.shape`
        Voxels that were fitted.

    Raises
    ------
    ImpastoError
        When the counts of voxels disagree.
    """

    fit: TensorFit
    grid: Grid
    mask: BoolArray

    def __post_init__(self) -> None:
        if self.mask.shape != self.grid.shape or int(self.mask.sum()) != len(self.fit.s0):
            raise ImpastoError("diffusion fit", "fit and mask are not of the same voxels", "give those of one fit")


def diffusion_maps(
    series: DiffusionSeries,
    mask: BoolArray | None = None,
    settings: DiffusionSettings | None = None,
    progress: Progress = silent,
) -> dict[str, Image]:
    """Map diffusion: a tensor where the directions determine one, else the ADC of their geometric mean.

    Parameters
    ----------
    series : DiffusionSeries
        Corrected for motion (:func:`~impasto.maps.diffusion.motion.correct_motion`) as far as wanted.
    mask : ndarray of bool, shape `series.image.grid.shape`, optional
        Voxels to fit; :func:`~impasto.maps.diffusion.preparation.signal_mask` when not given.
    settings : DiffusionSettings, optional
    progress : Progress

    Returns
    -------
    dict of str to Image
        ``ADC`` (mean diffusivity, um2/ms) and, of a tensor, ``FA``, each with its standard error, ``FA corrected`` for
        noise, ``AD`` and ``RD`` (along and across the principal direction); ``S0``, ``noise``, ``outliers`` (count) and
        ``reasons`` (sums of :class:`~impasto.maps.diffusion.reasons.DiffusionReason`). As asked for: ``kurtosis``,
        ``restricted fraction``, ``hindered diffusivity``. NaN outside the mask and where the fit failed.

    Raises
    ------
    ImpastoError
        When the measurements do not determine what was asked for, or the mask has another shape.
    """
    settings = settings or DiffusionSettings()
    mask = _checked_mask(series, mask)
    limited = up_to_b(series, settings.greatest_b_s_per_mm2)
    design = tensor_design(limited.gradients)
    if np.linalg.matrix_rank(design) == design.shape[1]:
        volume = fit_tensor_volume(limited, mask, settings.fit, progress)
        maps, noise = tensor_maps(volume), volume.fit.noise
    else:
        maps, noise = _adc_maps(limited, mask, settings.fit, progress)
    if settings.maps_kurtosis:
        maps |= _kurtosis_map(series, mask, settings.fit, progress)
    if settings.two_compartments is not None:
        maps |= _compartment_maps(series, mask, settings.two_compartments, noise, progress)
    return maps


def fit_tensor_volume(
    series: DiffusionSeries, mask: BoolArray, settings: FitSettings | None = None, progress: Progress = silent
) -> TensorVolume:
    """Fit the tensor of all voxels of a mask, a block at a time."""
    fetch = _signals(series.image.data, mask)
    fit = fit_tensor_of(fetch, int(mask.sum()), series.gradients, settings, progress=progress)
    return TensorVolume(fit, series.image.grid, mask)


def tensor_maps(volume: TensorVolume) -> dict[str, Image]:
    """Map a fitted tensor; see :func:`diffusion_maps`."""
    fit, values = volume.fit, volume.fit.eigenvalues_um2_per_ms
    spread = _Spread(volume.grid, volume.mask, (fit.reasons & int(FAILED)) == 0)
    return {
        "ADC": spread.image(fit.mean_diffusivity_um2_per_ms, "ADC", "um2/ms", fit.mean_diffusivity_error),
        "FA": spread.image(fit.anisotropy, "FA", "1", fit.anisotropy_error),
        "FA corrected": spread.image(fit.corrected_anisotropy, "FA corrected for noise", "1"),
        "AD": spread.image(values[:, 0], "axial diffusivity", "um2/ms"),
        "RD": spread.image(values[:, 1:].mean(axis=1), "radial diffusivity", "um2/ms"),
    } | spread.quality(fit.s0, fit.noise, fit.outlier_count, fit.reasons)


def colour_anisotropy(volume: TensorVolume) -> Image:
    """Colour the principal direction (Pajevic & Pierpaoli 1999): red left-right, green front-back, blue head-foot.

    Returns
    -------
    Image
        Of red, green and blue, 0 to 255 (NIfTI's RGB24), as bright as the fractional anisotropy; black where unknown.
    """
    fit = volume.fit
    colours = np.abs(fit.principal_direction) * np.minimum(fit.anisotropy, 1.0)[:, None]
    known = (fit.reasons & int(FAILED)) == 0
    levels = np.round(255.0 * np.where(known[:, None], np.nan_to_num(colours), 0.0)).astype(np.uint8)
    data = np.zeros(volume.grid.shape, dtype=_RGB)
    data[volume.mask] = np.ascontiguousarray(levels).view(_RGB)[:, 0]
    return Image(data, volume.grid, "colour FA", "1")


@dataclass(frozen=True, eq=False)
class _Spread:
    """Puts one value for each fitted voxel on the grid."""

    grid: Grid
    mask: BoolArray
    shown: BoolArray

    def image(self, values: RealArray, quantity: str, unit: str, standard_error: RealArray | None = None) -> Image:
        error = None if standard_error is None else self._on_grid(standard_error)
        return Image(self._on_grid(values), self.grid, quantity, unit, standard_error=error)

    def quality(
        self, s0: RealArray, noise: RealArray, outlier_count: NDArray[np.int16], reasons: NDArray[np.uint8]
    ) -> dict[str, Image]:
        return {
            "S0": self.image(s0, "signal without weighting", "1"),
            "noise": self.image(noise, "standard deviation of one measurement", "1"),
            "outliers": self._counts(outlier_count, "measurements left out"),
            "reasons": self._counts(reasons, "reasons against a voxel"),
        }

    def _on_grid(self, values: RealArray) -> NDArray[np.float32]:
        spread = np.full(self.grid.shape, np.nan, dtype=np.float32)
        spread[self.mask] = np.where(self.shown, values, np.nan)
        return spread

    def _counts(self, values: NDArray[np.integer], quantity: str) -> Image:
        spread = np.zeros(self.grid.shape, dtype=values.dtype)
        spread[self.mask] = values
        return Image(spread, self.grid, quantity, "1")


def _checked_mask(series: DiffusionSeries, mask: BoolArray | None) -> BoolArray:
    if mask is None:
        return signal_mask(unweighted_image(series))
    if mask.shape != series.image.grid.shape:
        raise ImpastoError(series.image.quantity, f"a mask of shape {mask.shape}", "give one on the series' own voxels")
    return np.asarray(mask, dtype=bool)


def _signals(data: RealArray, mask: BoolArray) -> Signals:
    """Fetch the signals of voxels of a mask by their number, whatever the order of the array in memory."""
    where = np.flatnonzero(mask)

    def fetch(voxels: IntArray) -> RealArray:
        return data[np.unravel_index(where[voxels], mask.shape)]

    return fetch


def _adc_maps(
    series: DiffusionSeries, mask: BoolArray, settings: FitSettings, progress: Progress
) -> tuple[dict[str, Image], RealArray]:
    traced = trace_weighted(series)
    b_values = traced.series.gradients.b_values_s_per_mm2
    fit = fit_adc(traced.series.image.data[mask], b_values, settings, traced.averages, progress)
    spread = _Spread(series.image.grid, mask, (fit.reasons & int(FAILED)) == 0)
    adc = spread.image(fit.adc_um2_per_ms, "ADC", "um2/ms", fit.adc_error)
    return {"ADC": adc} | spread.quality(fit.s0, fit.noise, fit.outlier_count, fit.reasons), fit.noise


def _kurtosis_map(
    series: DiffusionSeries, mask: BoolArray, settings: FitSettings, progress: Progress
) -> dict[str, Image]:
    traced = trace_weighted(series)
    b_values = traced.series.gradients.b_values_s_per_mm2
    fit = fit_kurtosis(traced.series.image.data[mask], b_values, settings, traced.averages, progress)
    spread = _Spread(series.image.grid, mask, (fit.reasons & int(FAILED)) == 0)
    return {"kurtosis": spread.image(fit.kurtosis, "kurtosis", "1", fit.kurtosis_error)}


def _compartment_maps(
    series: DiffusionSeries, mask: BoolArray, settings: TwoCompartmentSettings, noise: RealArray, progress: Progress
) -> dict[str, Image]:
    averaged = powder_averaged(series)
    b_values, signal = averaged.series.gradients.b_values_s_per_mm2, averaged.series.image.data[mask]
    # four shells tell their own noise; the tensor's holds a bent decay's misfit, which three must borrow
    known = noise if len(b_values) < _SHELLS_THAT_TELL_NOISE else None
    fit = fit_two_compartments(signal, b_values, settings, averaged.averages, known, progress)
    spread = _Spread(series.image.grid, mask, (fit.reasons & int(FAILED)) == 0)
    fraction, hindered = fit.restricted_fraction, fit.hindered_um2_per_ms
    return {
        "restricted fraction": spread.image(fraction, "restricted fraction", "1", fit.restricted_fraction_error),
        "hindered diffusivity": spread.image(hindered, "hindered diffusivity", "um2/ms", fit.hindered_error),
    }
