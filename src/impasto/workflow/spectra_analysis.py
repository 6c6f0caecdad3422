"""From spectra to a fit that maps and pictures are drawn from: which voxels, how cleaned, with which basis set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import BasisSet, ImpastoError, Progress, Spectra, StructureSet, silent
from impasto.core.arrays import BoolArray, FloatArray
from impasto.maps.spectroscopy import (
    CoverageReport,
    FittedVolume,
    WaterRemoval,
    coverage_report,
    eddy_corrected,
    fit_spectra,
    low_rank_denoised,
    rejection_reasons,
    remove_water,
    spectral_quality,
    voxels_with_signal,
)
from impasto.workflow.fitted_basis import basis_for, basis_note
from impasto.workflow.spectroscopy_settings import SpectroscopySettings
from impasto.workflow.stages.selection import matching

__all__ = ["SpectraAnalysis", "analyse_spectra", "prepared_signals"]


@dataclass(frozen=True, eq=False)
class SpectraAnalysis:
    """Fitted voxels, what they were fitted with, and sentences a reader must see.

    Parameters
    ----------
    volume : FittedVolume
    fid : ndarray of complex, shape (voxel, time)
        Signals as they were fitted.
    basis : BasisSet
    settings : SpectroscopySettings
    reasons : ndarray of int, shape (voxel,)
        Against each voxel; see :class:`~impasto.maps.spectroscopy.RejectionReason`.
    coverage : CoverageReport
    notes : tuple of str
    """

    volume: FittedVolume
    fid: NDArray[np.complexfloating]
    basis: BasisSet
    settings: SpectroscopySettings
    reasons: NDArray[np.uint8]
    coverage: CoverageReport
    notes: tuple[str, ...]


def analyse_spectra(
    spectra: Spectra,
    structures: StructureSet | None,
    settings: SpectroscopySettings,
    progress: Progress = silent,
) -> SpectraAnalysis:
    """Clean and fit the voxels of a patient's brain.

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
        When no voxel has brain or signal, or the basis set does not fit the acquisition.
    """
    mask, note = _voxels(spectra, structures, settings)
    basis = basis_for(spectra, settings)
    fid, cleaning = prepared_signals(spectra, mask, settings, progress)
    fit = fit_spectra(fid, spectra.dwell_s, basis, settings.fit_settings(), progress)
    quality = spectral_quality(fid, spectra.dwell_s, spectra.frequency_mhz, fit, progress)
    reasons = rejection_reasons(quality, settings.quality_limits())
    volume = FittedVolume(fit, spectra.grid, mask, reasons == 0)
    found = coverage_report(mask, mask, reasons, quality.artefact_probability)
    judged = f"{found.accepted} of {found.fitted} voxels are good enough for maps; {found.to_review} are worth a look."
    notes = (note, *cleaning, basis_note(basis, spectra, settings), judged)
    return SpectraAnalysis(volume, fid, basis, settings, reasons, found, notes)


def prepared_signals(
    spectra: Spectra, mask: BoolArray, settings: SpectroscopySettings, progress: Progress = silent
) -> tuple[NDArray[np.complexfloating], tuple[str, ...]]:
    """Signals of some voxels after eddy-current correction, water removal and denoising, with what was done.

    Returns
    -------
    fid : ndarray of complex, shape (voxel, time)
    notes : tuple of str
    """
    fid, notes = spectra.fid[mask], list[str]()
    if settings.eddy_current_correction and spectra.water is not None:
        fid = eddy_corrected(fid, spectra.water[mask], spectra.dwell_s)
        notes.append("Eddy currents were corrected by the water reference (Klose 1990).")
    if settings.water_removal:
        removal = WaterRemoval(band_ppm=settings.water_band_ppm)
        fid = remove_water(fid, spectra.dwell_s, spectra.frequency_mhz, removal, progress)
    if settings.low_rank_denoising:
        denoised = low_rank_denoised(fid)
        fid = denoised.fid
        notes.append(f"Spectra were denoised to rank {denoised.rank}: standard errors are those of what is left.")
    return fid, tuple(notes)


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
