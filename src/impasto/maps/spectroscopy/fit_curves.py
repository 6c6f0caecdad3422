"""One voxel's fit as curves: what a spectroscopist looks at before believing a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import BasisSet, chemical_shifts_ppm
from impasto.maps.spectroscopy.baseline import stiff_baseline
from impasto.maps.spectroscopy.fit_model import unitary_spectrum
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.fit_settings import FitSettings
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["FitCurves", "fit_curves"]


@dataclass(frozen=True, eq=False)
class FitCurves:
    """Curves over the fitted range, all in the data's units after phase and frequency are corrected.

    Parameters
    ----------
    shifts_ppm : ndarray, shape (point,)
        Descending, as spectra are drawn.
    data, baseline : ndarray, shape (point,)
        Real spectrum, and the spline under it.
    components : dict of str to ndarray, shape (point,)
        What each basis function contributes.
    """

    shifts_ppm: FloatArray
    data: FloatArray
    baseline: FloatArray
    components: dict[str, FloatArray]

    @property
    def fit(self) -> FloatArray:
        """Baseline and all components together."""
        total: FloatArray = self.baseline + sum(self.components.values())
        return total

    @property
    def residual(self) -> FloatArray:
        """What the fit leaves."""
        return self.data - self.fit


def fit_curves(
    fid: NDArray[np.complexfloating], basis: BasisSet, fit: SpectralFit, voxel: int, settings: FitSettings | None = None
) -> FitCurves:
    """Draw up the curves of one voxel of a fit.

    Parameters
    ----------
    fid : ndarray of complex, shape (time,)
        The voxel's signal, as it was fitted.
    basis : BasisSet
        As fitted, at the data's dwell time.
    fit : SpectralFit
    voxel : int
        Its row in the fit.
    settings : FitSettings, optional
        As fitted.

    Returns
    -------
    FitCurves

    Raises
    ------
    ImpastoError
        When the basis is not the fit's, or the voxel is not in it.
    """
    settings = settings or FitSettings()
    if basis.names != fit.names:
        raise ImpastoError("basis set", "is not the one that was fitted", "give the same")
    if not 0 <= voxel < len(fit.shift_hz):
        raise ImpastoError("spectra", f"voxel {voxel} is not among the {len(fit.shift_hz)} fitted", "choose another")
    time = len(fid)
    times_s = basis.dwell_s * np.arange(time, dtype=np.float64)
    frequencies_hz = np.fft.fftfreq(2 * time, basis.dwell_s).astype(np.float64)
    shifts_ppm = chemical_shifts_ppm(frequencies_hz, basis.frequency_mhz)
    points = np.flatnonzero((shifts_ppm >= settings.range_ppm[0]) & (shifts_ppm <= settings.range_ppm[1]))
    points = points[np.argsort(-shifts_ppm[points])]
    moved = fid * np.exp(-2j * np.pi * fit.shift_hz[voxel] * times_s)
    phase = fit.zero_order_phase_rad[voxel] + 2.0 * np.pi * fit.first_order_phase_s[voxel] * frequencies_hz[points]
    data = (unitary_spectrum(moved, points) * np.exp(-1j * phase)).real
    decay = broadening(times_s, fit.lorentzian_hz[voxel], fit.gaussian_hz[voxel])
    spectra = unitary_spectrum(basis.fid[:, :time] * decay, points).real
    heights = fit.amplitudes[voxel][:, None] * spectra
    smoother = stiff_baseline(shifts_ppm[points], settings.baseline_freedom_per_ppm).smoother
    baseline = smoother @ (data - heights.sum(axis=0))
    components = dict(zip(basis.names, heights, strict=True))
    return FitCurves(shifts_ppm[points], data, baseline, components)
