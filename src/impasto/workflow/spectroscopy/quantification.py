"""What spectra hold, by the method that a protocol names: a fit, or heights or areas of peaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import BasisSet, ImpastoError, Progress, Spectra
from impasto.core.arrays import FloatArray
from impasto.maps.spectroscopy import (
    CHOLINE,
    CREATINE,
    INVERTED_LACTATE,
    LACTATE,
    LIPID,
    NAA,
    EditedSignals,
    Peak,
    SpectralFit,
    aligned_by_singlets,
    edited_basis,
    fit_difference,
    fit_spectra,
    joined_fits,
    lactate_editing,
    peak_areas,
    peak_heights,
    reading_as_fit,
)
from impasto.workflow.spectroscopy.fitted_basis import basis_for, basis_note
from impasto.workflow.spectroscopy.settings import SpectroscopySettings

__all__ = ["Quantified", "edited_quantified", "quantified"]

_LACTATE_J_HZ = 6.93
_SINGLETS = (NAA, CREATINE, CHOLINE)


@dataclass(frozen=True, eq=False)
class Quantified:
    """Amplitudes of voxels, the basis set they were found with (none for peaks), and what a reader must know."""

    fit: SpectralFit
    basis: BasisSet | None
    notes: tuple[str, ...]


def quantified(
    fid: NDArray[np.complexfloating],
    spectra: Spectra,
    settings: SpectroscopySettings,
    progress: Progress,
    noise_components: NDArray[np.complexfloating] | None = None,
) -> Quantified:
    """Find amplitudes in signals of one acquisition.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Water removed.
    spectra : Spectra
        What they were acquired with.
    settings : SpectroscopySettings
    progress : Progress
    noise_components : ndarray of complex, shape (component, time), optional
        Noise that denoising left; of no use where peaks are read.

    Raises
    ------
    ImpastoError
        When the basis set does not fit the acquisition.
    """
    if settings.method == "linear combination":
        basis = basis_for(spectra, settings)
        fit = fit_spectra(fid, spectra.dwell_s, basis, settings.fit_settings(), progress, noise_components)
        return Quantified(fit, basis, (basis_note(basis, spectra, settings),))
    peaks, note = _peaks_at(spectra.echo_time_s)
    upright = aligned_by_singlets(fid, spectra.dwell_s, spectra.frequency_mhz, settings.shift_range_hz)
    found = _peaks(upright.fid, (upright.shift_hz, upright.phase_rad), peaks, spectra, settings)
    return Quantified(found, None, (_peak_note(settings), note))


def edited_quantified(
    signals: EditedSignals, spectra: Spectra, settings: SpectroscopySettings, progress: Progress
) -> Quantified:
    """Find lactate in the difference and everything else in the sum of a lactate-edited experiment.

    Parameters
    ----------
    signals : EditedSignals
    spectra : Spectra
        What each of the two was acquired with.
    settings : SpectroscopySettings
    progress : Progress

    Raises
    ------
    ImpastoError
        When settings name a sequence or a basis file, which edited basis sets are not made of.
    """
    if settings.method == "linear combination":
        return _edited_fit(signals, spectra, settings, progress)
    dwell_s = spectra.dwell_s
    upright = aligned_by_singlets(signals.total, dwell_s, spectra.frequency_mhz, settings.shift_range_hz)
    moved = upright.shift_hz, upright.phase_rad
    times_s = dwell_s * np.arange(signals.total.shape[1])
    angles = 2.0 * np.pi * moved[0][:, None] * times_s + moved[1][:, None]
    of_sum = _peaks(upright.fid, moved, (*_SINGLETS, LIPID), spectra, settings)
    difference = signals.difference * np.exp(-1j * angles)
    lactate = _peaks(difference, moved, (LACTATE,), spectra, settings, of_sum.fwhm_hz)
    return Quantified(joined_fits(of_sum, lactate), None, (_peak_note(settings),))


def _edited_fit(
    signals: EditedSignals, spectra: Spectra, settings: SpectroscopySettings, progress: Progress
) -> Quantified:
    if settings.sequence != "PRESS" or settings.basis_file is not None:
        problem = "is simulated for lactate-edited PRESS alone"
        raise ImpastoError("basis set of edited spectra", problem, "leave sequence and basis_file as they are")
    editing = lactate_editing(spectra.echo_time_s, spectra.frequency_mhz, settings.first_echo_s)
    points = signals.total.shape[1]
    basis = edited_basis(editing, spectra.frequency_mhz, spectra.dwell_s, points, settings.metabolites)
    if "Lac" not in basis.difference.names:
        problem = f"nothing of lactate is edited at an echo time of {1e3 * spectra.echo_time_s:.0f} ms"
        raise ImpastoError("edited spectra", problem, "add spectra with an echo time near 144 ms, and fit Lac")
    of_sum = fit_spectra(signals.total, spectra.dwell_s, basis.total, settings.fit_settings(), progress)
    lactate = basis.difference.without(set(basis.difference.names) - {"Lac"})
    of_difference = fit_difference(signals.difference, spectra.dwell_s, lactate, of_sum)
    echo = 1e3 * spectra.echo_time_s
    note = f"Basis set: lactate-edited PRESS, TE {echo:.0f} ms, {len(basis.total.names)} functions for the sum, "
    note += "lactate for the difference, simulated with hard pulses."
    return Quantified(joined_fits(of_sum, of_difference), basis.total, (note,))


def _peaks(
    upright: NDArray[np.complexfloating],
    moved: tuple[FloatArray, FloatArray],
    peaks: tuple[Peak, ...],
    spectra: Spectra,
    settings: SpectroscopySettings,
    fwhm_hz: FloatArray | None = None,
) -> SpectralFit:
    read = peak_heights if settings.method == "peak height" else peak_areas
    reading = read(upright, spectra.dwell_s, spectra.frequency_mhz, peaks, settings.apodisation_hz, fwhm_hz)
    return reading_as_fit(reading, *moved)


def _peaks_at(echo_time_s: float) -> tuple[tuple[Peak, ...], str]:
    """Return the peaks that can be told apart without editing, and what to make of them."""
    if np.cos(np.pi * _LACTATE_J_HZ * echo_time_s) < -0.5:
        note = "Lactate is read as a peak that points down, lipid as one that points up at the same place: "
        return (*_SINGLETS, LIPID, INVERTED_LACTATE), f"{note}where both are, each is too low."
    return (*_SINGLETS, LIPID), "Lactate cannot be told from lipid without a fit at this echo time: Lip holds both."


def _peak_note(settings: SpectroscopySettings) -> str:
    what = "heights" if settings.method == "peak height" else "areas"
    return (
        f"Amplitudes are {what} of peaks in the real part over a straight baseline, divided by the protons behind "
        f"them, after {settings.apodisation_hz:g} Hz of apodisation; no fit was made and no residual is given."
    )
