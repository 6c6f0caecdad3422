"""Concentrations by the water of the same voxels.

Water of a voxel is that of grey matter, white matter and cerebrospinal fluid, each with its own share, content and
relaxation; metabolites are in the tissue alone. With amplitudes of one proton M and W, and R the share of a signal that
relaxation leaves at the echo,

    [M] = M / W * 2 [H2O] (sum_y f_y R_y) / (1 - f_CSF) / R_M

where f are shares of the voxel's water for moles per kilogram of tissue water (Gasparovic 2006, the consensus'
recommendation: Near 2021), or of its volume times the content of water for moles per litre of tissue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.noise import noise_level
from impasto.maps.spectroscopy.relaxation import AcquisitionTiming, ReferenceConstants

__all__ = ["TissueShares", "WaterAmplitude", "molal_concentrations", "molar_concentrations", "water_amplitude"]

_PROTONS_OF_WATER = 2.0
_LIPID_PPM = 1.3
_SEEN_S = (0.002, 0.020)
_FEWEST_POINTS = 15


@dataclass(frozen=True, eq=False)
class TissueShares:
    """Shares of each voxel's volume; they need not sum to one, what is missing has no water and no metabolites.

    Parameters
    ----------
    grey_matter, white_matter, fluid : ndarray, shape (voxel,)
        0 to 1.

    Raises
    ------
    ImpastoError
        When shapes disagree or a share is not one.
    """

    grey_matter: RealArray
    white_matter: RealArray
    fluid: RealArray

    def __post_init__(self) -> None:
        every = self.stacked()
        if not (np.isfinite(every).all() and (every >= 0.0).all() and (every.sum(axis=0) <= 1.0 + 1e-3).all()):
            raise ImpastoError("tissue shares", "are negative or sum to more than one", "give shares of the volume")

    def stacked(self) -> FloatArray:
        """Return all three, shape (3, voxel)."""
        parts = np.broadcast_arrays(self.grey_matter, self.white_matter, self.fluid)
        return np.stack([np.asarray(part, dtype=np.float64) for part in parts])


@dataclass(frozen=True, eq=False)
class WaterAmplitude:
    """Signal of all protons of a voxel's water at the echo, on the scale of the suppressed signal.

    Parameters
    ----------
    amplitude, standard_error : ndarray, shape (voxel,)
    """

    amplitude: FloatArray
    standard_error: FloatArray


def water_amplitude(
    water: NDArray[np.complexfloating],
    dwell_s: float,
    frequency_mhz: float,
    suppressed_over_reference: float = 1.0,
) -> WaterAmplitude:
    """Amplitude of water at time zero.

    A Voigt line's logarithm of the magnitude is quadratic in time: the parabola through 2 to 20 ms is carried back to
    zero, since filters of scanners spoil the first samples. Lipid, which an unsuppressed signal holds too, beats with
    water at their distance in frequency; that is fitted along. Phase, and so eddy currents, do not matter.

    Parameters
    ----------
    water : ndarray of complex, shape (voxel, time)
        Signal without suppression; eddy currents need not be corrected but may be.
    dwell_s : float
    frequency_mhz : float
    suppressed_over_reference : float
        By what the suppressed signal is scaled up against the reference: receiver gain, number of summed transients.

    Returns
    -------
    WaterAmplitude
        Zero where there is no water. The standard error is that of the parabola's start.

    Raises
    ------
    ImpastoError
        When the signal is too short or sampled too slowly, or the scale is not positive.
    """
    if not suppressed_over_reference > 0.0:
        problem = f"a scale of {suppressed_over_reference:g} is not positive"
        raise ImpastoError("water reference", problem, "give the suppressed signal's scale over the reference's")
    water = np.asarray(water)
    first, last = max(3, round(_SEEN_S[0] / dwell_s)), round(_SEEN_S[1] / dwell_s)
    if water.ndim != 2 or water.shape[1] <= last or last - first < _FEWEST_POINTS:
        problem = f"of shape {water.shape}, sampled every {1e3 * dwell_s:g} ms, is not enough"
        raise ImpastoError("water reference", problem, "give voxels and times over 20 ms, sampled every ms or faster")
    design = _design(dwell_s * np.arange(first, last + 1, dtype=np.float64), frequency_mhz)
    seen = np.abs(water[:, first : last + 1]).astype(np.float64)
    some = seen.min(axis=1) > 0.0
    seen = np.where(some[:, None], seen, 1.0)
    inverse = np.linalg.pinv(design)
    found = np.log(seen) @ inverse.T
    left = np.square(np.log(seen) - found @ design.T).sum(axis=1) / (len(design) - design.shape[1])
    of_noise = np.square(noise_level(water)[:, None] / seen)
    # what the model cannot explain counts as noise
    excess = np.maximum(1.0, left / np.maximum(of_noise.mean(axis=1), 1e-30))
    relative = np.sqrt(of_noise @ np.square(inverse[0]) * excess)
    amplitude = np.where(some, np.exp(found[:, 0]), 0.0) * suppressed_over_reference
    return WaterAmplitude(amplitude, amplitude * relative)


def _design(times_s: FloatArray, frequency_mhz: float) -> FloatArray:
    """Parabola and the beat of lipid with water, which rises or falls along the way, shape (time, function)."""
    angles = 2.0 * np.pi * (WATER_PPM - _LIPID_PPM) * frequency_mhz * times_s
    middle, half = 0.5 * (times_s[0] + times_s[-1]), 0.5 * (times_s[-1] - times_s[0])
    fading = (times_s - middle) / half
    beat = [np.cos(angles), np.sin(angles), fading * np.cos(angles), fading * np.sin(angles)]
    return np.stack([np.ones_like(times_s), times_s / half, np.square(times_s / half), *beat], axis=1)


def molal_concentrations(
    fit: SpectralFit,
    water: WaterAmplitude,
    tissue: TissueShares,
    timing: AcquisitionTiming,
    constants: ReferenceConstants | None = None,
    least_tissue: float = 0.1,
) -> SpectralFit:
    """Concentrations in mmol per kg of tissue water (Gasparovic 2006).

    Parameters
    ----------
    fit : SpectralFit
        With a basis set on which one proton has amplitude one at the echo, relaxation left out.
    water : WaterAmplitude
        Of the same voxels.
    tissue : TissueShares
    timing : AcquisitionTiming
        Of both signals.
    constants : ReferenceConstants, optional
    least_tissue : float
        Voxels with a smaller share of grey and white matter have no concentration.

    Returns
    -------
    SpectralFit
        Amplitudes are concentrations; their covariance holds the noise of the reference too, which all metabolites of a
        voxel share. NaN where there is no water or too little tissue.

    Raises
    ------
    ImpastoError
        When fit, water and tissue are not of the same voxels.
    """
    constants = constants or ReferenceConstants()
    in_water = np.array([*constants.water_content[:2], 0.0])
    return _concentrations(fit, water, tissue, in_water, (timing, constants, least_tissue))


def molar_concentrations(
    fit: SpectralFit,
    water: WaterAmplitude,
    tissue: TissueShares,
    timing: AcquisitionTiming,
    constants: ReferenceConstants | None = None,
    least_tissue: float = 0.1,
) -> SpectralFit:
    """Concentrations in mmol per litre of tissue (grey and white matter of the voxel).

    Parameters
    ----------
    fit, water, tissue, timing, constants, least_tissue
        As for :func:`molal_concentrations`.

    Returns
    -------
    SpectralFit

    Raises
    ------
    ImpastoError
        When fit, water and tissue are not of the same voxels.
    """
    constants = constants or ReferenceConstants()
    in_volume = np.array([1.0, 1.0, 0.0])
    return _concentrations(fit, water, tissue, in_volume, (timing, constants, least_tissue))


def _concentrations(
    fit: SpectralFit,
    water: WaterAmplitude,
    tissue: TissueShares,
    counted_in: FloatArray,
    assumed: tuple[AcquisitionTiming, ReferenceConstants, float],
) -> SpectralFit:
    """Scale a fit; `counted_in` weighs the shares of grey matter, white matter and fluid that it is counted in."""
    timing, constants, least_tissue = assumed
    shares = tissue.stacked()
    if len({len(fit.amplitudes), len(water.amplitude), shares.shape[1]}) != 1:
        raise ImpastoError("water reference", "fit, water and tissue are not of the same voxels", "give one row each")
    seen = (constants.water_left(timing) * constants.water_content) @ shares
    enough = (shares[:2].sum(axis=0) >= least_tissue) & (water.amplitude > 0.0)
    amplitude = np.where(enough, water.amplitude, np.nan)
    of_tissue = np.where(enough, counted_in @ shares, np.nan)
    per_proton = _PROTONS_OF_WATER * 1e3 * constants.pure_water_mol_per_kg * seen / (amplitude * of_tissue)
    factor = per_proton[:, None] / constants.metabolites_left(fit.names, timing)
    concentrations = fit.amplitudes * factor
    covariance = fit.covariance * (factor[:, :, None] * factor[:, None, :])
    of_water = np.square(water.standard_error / amplitude)
    covariance += concentrations[:, :, None] * concentrations[:, None, :] * of_water[:, None, None]
    return replace(fit, amplitudes=concentrations, covariance=covariance.astype(np.float32))
