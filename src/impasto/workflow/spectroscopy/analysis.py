"""From spectra to a fit that maps and pictures are drawn from: which voxels, how cleaned, with which basis set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core import BasisSet, ImpastoError, Progress, Spectra, StructureSet, silent
from impasto.core.arrays import BoolArray, FloatArray
from impasto.maps.spectroscopy import (
    CoverageReport,
    FittedVolume,
    WaterRemoval,
    combined_edited,
    coverage_report,
    eddy_corrected,
    low_rank_denoised,
    rejection_reasons,
    remove_water,
    spectral_quality,
    voxels_with_signal,
    without_filter_ringing,
)
from impasto.workflow.spectroscopy.quantification import Quantified, edited_quantified, quantified
from impasto.workflow.spectroscopy.settings import SpectroscopySettings
from impasto.workflow.stages.selection import matching

__all__ = ["PreparedSignals", "SpectraAnalysis", "analyse_edited_spectra", "analyse_spectra", "prepared_signals"]

_SAME_PLACE_MM = 0.5


@dataclass(frozen=True, eq=False)
class SpectraAnalysis:
    """Fitted voxels, what they were fitted with, and sentences a reader must see.

    Parameters
    ----------
    volume : FittedVolume
    fid : ndarray of complex, shape (voxel, time)
        Signals as they were fitted.
    basis : BasisSet or None
        None where peaks were read without a fit.
    settings : SpectroscopySettings
    reasons : ndarray of int, shape (voxel,)
        Against each voxel; see :class:`~impasto.maps.spectroscopy.RejectionReason`.
    coverage : CoverageReport
    notes : tuple of str
    """

    volume: FittedVolume
    fid: NDArray[np.complexfloating]
    basis: BasisSet | None
    settings: SpectroscopySettings
    reasons: NDArray[np.uint8]
    coverage: CoverageReport
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PreparedSignals:
    """Signals ready for a fit, and what was done to them.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
    noise_components : ndarray of complex, shape (component, time), or None
        Noise that denoising left, see :func:`~impasto.maps.spectroscopy.fit_spectra`.
    notes : tuple of str
    """

    fid: NDArray[np.complexfloating]
    noise_components: NDArray[np.complexfloating] | None
    notes: tuple[str, ...]


def analyse_spectra(
    spectra: Spectra,
    structures: StructureSet | None,
    settings: SpectroscopySettings,
    progress: Progress = silent,
) -> SpectraAnalysis:
    """Clean the spectra of a patient's brain and find what they hold.

    Parameters
    ----------
    spectra : Spectra
    structures : StructureSet, optional
        Where the brain is; without it, voxels with signal are fitted.
    settings : SpectroscopySettings
    progress : Progress

    Returns
    -------
    SpectraAnalysis

    Raises
    ------
    ImpastoError
        When no voxel has brain or signal, the basis set does not fit the acquisition, or peaks are to be read from
        denoised spectra.
    """
    if settings.method != "linear combination":
        _require_no_denoising(settings)
    mask, note = _voxels(spectra, structures, settings)
    signals = prepared_signals(spectra, mask, settings, progress)
    found = quantified(signals.fid, spectra, settings, progress, signals.noise_components)
    return _judged((signals.fid, mask, spectra), found, (note, *signals.notes, *found.notes), settings, progress)


def analyse_edited_spectra(
    edit_on: Spectra,
    edit_off: Spectra,
    structures: StructureSet | None,
    settings: SpectroscopySettings,
    progress: Progress = silent,
) -> SpectraAnalysis:
    """Clean, combine and fit both acquisitions of a lactate-edited experiment.

    Parameters
    ----------
    edit_on, edit_off : Spectra
        Lactate upright, lactate inverted. One water reference is enough for both.
    structures, settings, progress
        As for :func:`analyse_spectra`.

    Returns
    -------
    SpectraAnalysis
        Its signals are the sum; lactate is that of the difference.

    Raises
    ------
    ImpastoError
        As :func:`analyse_spectra`, or when the two were not acquired alike or are to be denoised.
    """
    _require_alike(edit_on, edit_off)
    _require_no_denoising(settings)
    water = edit_on.water if edit_on.water is not None else edit_off.water
    edit_on, edit_off = replace(edit_on, water=water), replace(edit_off, water=water)
    mask, note = _voxels(edit_on, structures, settings)
    one, other = (prepared_signals(spectra, mask, settings, progress) for spectra in (edit_on, edit_off))
    signals = combined_edited(one.fid, other.fid, edit_on.dwell_s, edit_on.frequency_mhz)
    found = edited_quantified(signals, edit_on, settings, progress)
    drift_hz, turned_deg = np.median(np.abs(signals.alignment.shift_hz)), np.median(np.abs(signals.alignment.phase_rad))
    drift = (
        f"Edit-off was aligned with edit-on by choline, creatine and NAA: {drift_hz:.1f} Hz and "
        f"{np.degrees(turned_deg):.0f} degrees at the median. Lactate is that of the difference, all else of the sum."
    )
    notes = (note, *one.notes, drift, *found.notes)
    return _judged((signals.total, mask, edit_on), found, notes, settings, progress)


def _judged(
    data: tuple[NDArray[np.complexfloating], BoolArray, Spectra],
    found: Quantified,
    notes: tuple[str, ...],
    settings: SpectroscopySettings,
    progress: Progress,
) -> SpectraAnalysis:
    fid, mask, spectra = data
    quality = spectral_quality(fid, spectra.dwell_s, spectra.frequency_mhz, found.fit, progress)
    reasons = rejection_reasons(quality, settings.quality_limits())
    volume = FittedVolume(found.fit, spectra.grid, mask, reasons == 0)
    report = coverage_report(mask, mask, reasons, quality.artefact_probability)
    told = f"{report.accepted} of {report.fitted} voxels are good enough for maps; {report.to_review} are worth a look."
    return SpectraAnalysis(volume, fid, found.basis, settings, reasons, report, (*notes, told))


def _require_alike(edit_on: Spectra, edit_off: Spectra) -> None:
    one = (edit_on.dwell_s, edit_on.frequency_mhz, edit_on.echo_time_s)
    other = (edit_off.dwell_s, edit_off.frequency_mhz, edit_off.echo_time_s)
    alike = edit_on.fid.shape == edit_off.fid.shape and np.allclose(one, other, rtol=1e-3)
    if not (alike and edit_on.grid.matches(edit_off.grid, _SAME_PLACE_MM)):
        problem = "edit-on and edit-off differ in voxels, sampling, frequency or echo time"
        raise ImpastoError("edited spectra", problem, "give both acquisitions of one experiment")


def _require_no_denoising(settings: SpectroscopySettings) -> None:
    if settings.low_rank_denoising:
        problem = "standard errors of peaks and of edited spectra do not account for it"
        raise ImpastoError("low_rank_denoising", problem, "leave it off, or fit plain spectra by linear combination")


def prepared_signals(
    spectra: Spectra, mask: BoolArray, settings: SpectroscopySettings, progress: Progress = silent
) -> PreparedSignals:
    """Signals of some voxels after eddy-current correction, water removal and denoising."""
    notes = list[str]()
    fid, ringing = without_filter_ringing(spectra.fid[mask])
    if ringing:
        notes.append(f"The last {ringing} points, where the scanner's digital filter rings, were set to zero.")
    if settings.eddy_current_correction and spectra.water is not None:
        fid = eddy_corrected(fid, spectra.water[mask], spectra.dwell_s)
        notes.append("Eddy currents were corrected by the water reference (Klose 1990).")
    if settings.water_removal:
        removal = WaterRemoval(band_ppm=settings.water_band_ppm)
        fid = remove_water(fid, spectra.dwell_s, spectra.frequency_mhz, removal, progress)
    if not settings.low_rank_denoising:
        return PreparedSignals(fid, None, tuple(notes))
    denoised = low_rank_denoised(fid)
    if not denoised.rank:
        notes.append("Spectra were not denoised: no component that they share stands out of the noise.")
        return PreparedSignals(fid, None, tuple(notes))
    notes.append(
        f"Spectra were denoised to rank {denoised.rank}: standard errors account for the noise that its components "
        "keep, not for signal that was too weak to become one."
    )
    return PreparedSignals(denoised.fid, denoised.noise_components, tuple(notes))


def _voxels(spectra: Spectra, structures: StructureSet | None, settings: SpectroscopySettings) -> tuple[BoolArray, str]:
    found = () if structures is None else matching(structures, [settings.brain])
    mask = voxels_with_signal(spectra)
    if not found:
        return mask, f"No structure fits {settings.brain!r}: the {int(mask.sum())} voxels with signal were fitted."
    share: FloatArray = found[0].occupancy(spectra.grid)
    inside = mask & (share >= settings.least_brain_share)
    if not inside.any():
        raise ImpastoError(found[0].name, "holds no voxel of the spectra", "check that both lie in one frame")
    return inside, f"{int(inside.sum())} voxels with at least {settings.least_brain_share:.0%} brain were fitted."
