"""From spectra to a fit that maps and pictures are drawn from: which voxels, how cleaned, with which basis set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat, PositiveInt

from impasto.core import BasisSet, ImpastoError, Progress, Spectra, StructureSet, silent
from impasto.core.arrays import BoolArray, FloatArray
from impasto.files import StrictModel, read_lcmodel_basis
from impasto.maps.spectroscopy import (
    BRAIN_METABOLITES,
    CoverageReport,
    FitSettings,
    FittedVolume,
    Press,
    PulseSequence,
    QualityLimits,
    SemiLaser,
    Steam,
    WaterRemoval,
    brain_basis,
    coverage_report,
    eddy_corrected,
    fit_spectra,
    low_rank_denoised,
    rejection_reasons,
    remove_water,
    resampled_basis,
    scaled_basis,
    spectral_quality,
    voxels_with_signal,
)
from impasto.workflow.stages.selection import matching

__all__ = ["SpectraAnalysis", "SpectroscopySettings", "analyse_spectra", "basis_for", "prepared_signals"]


class SpectroscopySettings(StrictModel):
    """How spectra become maps; the same for all voxels of an acquisition."""

    sequence: Literal["PRESS", "semi-LASER", "STEAM"] = "PRESS"
    first_echo_s: PositiveFloat | None = None
    mixing_time_s: PositiveFloat = 0.010
    metabolites: tuple[str, ...] = BRAIN_METABOLITES
    basis_file: str | None = None
    eddy_current_correction: bool = True
    water_removal: bool = True
    water_band_ppm: tuple[float, float] = (4.2, 5.1)
    low_rank_denoising: bool = False
    range_ppm: tuple[float, float] = (0.5, 4.1)
    baseline_freedom_per_ppm: PositiveFloat = 4.0
    shift_range_hz: PositiveFloat = 25.0
    iterations: PositiveInt = 15
    least_signal_to_noise: PositiveFloat = 3.0
    widest_line_ppm: PositiveFloat = 0.146
    largest_cramer_rao_percent: PositiveFloat = 20.0
    largest_artefact_probability: PositiveFloat = 0.5
    brain: str = "Brain"
    least_brain_share: float = 0.5

    def quality_limits(self) -> QualityLimits:
        """Return what a voxel must satisfy to be shown in maps."""
        return QualityLimits(
            self.least_signal_to_noise,
            self.widest_line_ppm,
            self.largest_cramer_rao_percent,
            artefact_probability=self.largest_artefact_probability,
        )

    def fit_settings(self) -> FitSettings:
        """Return what of it the fit itself is told."""
        return FitSettings(
            range_ppm=self.range_ppm,
            baseline_freedom_per_ppm=self.baseline_freedom_per_ppm,
            shift_range_hz=self.shift_range_hz,
            iterations=self.iterations,
        )


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
    notes = (note, *cleaning, _basis_note(basis, settings), judged)
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


def basis_for(spectra: Spectra, settings: SpectroscopySettings) -> BasisSet:
    """Simulate a basis set for an acquisition, or read the one that the settings name.

    Raises
    ------
    ImpastoError
        When the file is missing or damaged, or made for another field strength or echo time.
    """
    points = spectra.fid.shape[3]
    if settings.basis_file is None:
        sequence = _sequence(spectra, settings)
        return brain_basis(sequence, spectra.frequency_mhz, spectra.dwell_s, points, settings.metabolites)
    basis = scaled_basis(read_lcmodel_basis(Path(settings.basis_file)), "Cr", 5.0)
    alike = np.isclose(basis.frequency_mhz, spectra.frequency_mhz, rtol=0.01)
    if not alike or abs(basis.echo_time_s - spectra.echo_time_s) > 0.003:
        made = f"{basis.frequency_mhz:.1f} MHz, TE {1e3 * basis.echo_time_s:.0f} ms"
        have = f"{spectra.frequency_mhz:.1f} MHz, TE {1e3 * spectra.echo_time_s:.0f} ms"
        raise ImpastoError(settings.basis_file, f"is made for {made}, the spectra have {have}", "choose another basis")
    return resampled_basis(basis, spectra.dwell_s, points)


def _sequence(spectra: Spectra, settings: SpectroscopySettings) -> PulseSequence:
    if settings.sequence == "PRESS":
        return Press(spectra.echo_time_s, settings.first_echo_s)
    if settings.sequence == "semi-LASER":
        return SemiLaser(spectra.echo_time_s)
    return Steam(spectra.echo_time_s, settings.mixing_time_s)


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


def _basis_note(basis: BasisSet, settings: SpectroscopySettings) -> str:
    origin = "simulated with hard pulses" if settings.basis_file is None else f"from {settings.basis_file}"
    sequence, echo = basis.sequence or "unknown sequence", 1e3 * basis.echo_time_s
    return f"Basis set: {sequence}, TE {echo:.0f} ms, {len(basis.names)} functions, {origin}."
