"""One voxel's spectrum with its fit, and the spectroscopy section of a report."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from impasto.core import Image, ImpastoError, Spectra, StructureSet
from impasto.core.arrays import BoolArray
from impasto.files import Case, EntryKind, native, replacing_file
from impasto.maps.spectroscopy import (
    FittedVolume,
    RejectionReason,
    fit_curves,
    fit_spectra,
    rejection_reasons,
    spectral_quality,
)
from impasto.report import (
    USUAL_SCALES,
    CoverageRow,
    MapsOverAnatomy,
    SpectroscopyFindings,
    Verdict,
    VoxelSpectrum,
)
from impasto.report.figures.spectrum import spectrum_figure
from impasto.workflow.artefacts import Figures
from impasto.workflow.curves.voxel_choice import VoxelIndex, voxel_at
from impasto.workflow.record import StepRecord
from impasto.workflow.results import ProtocolResults, open_results, protocols_run
from impasto.workflow.spectroscopy.analysis import prepared_signals
from impasto.workflow.spectroscopy.fitted_basis import basis_for
from impasto.workflow.spectroscopy.settings import SpectroscopySettings

__all__ = ["draw_spectrum", "spectroscopy_findings", "voxel_spectrum"]

_SHOWN = ("cho-naa", "cni", "tnaa", "tcho", "tcr", "lac")


def voxel_spectrum(
    spectra: Spectra, settings: SpectroscopySettings, voxel: tuple[int, int, int], label: str
) -> VoxelSpectrum:
    """Clean and fit one voxel and gather what its picture shows.

    It is not denoised: that takes all voxels together.

    Raises
    ------
    ImpastoError
        When the basis set does not fit the acquisition.
    """
    mask: BoolArray = np.zeros(spectra.grid.shape, dtype=np.bool_)
    mask[voxel] = True
    basis = basis_for(spectra, settings)
    fid = prepared_signals(spectra, mask, settings.model_copy(update={"low_rank_denoising": False})).fid
    fit = fit_spectra(fid, spectra.dwell_s, basis, settings.fit_settings())
    quality = spectral_quality(fid, spectra.dwell_s, spectra.frequency_mhz, fit)
    reasons = int(rejection_reasons(quality, settings.quality_limits())[0])
    volume = FittedVolume(fit, spectra.grid, mask, np.array([reasons == 0]))
    curves = fit_curves(fid[0], basis, fit, 0, settings.fit_settings())
    return VoxelSpectrum.of(label, volume, 0, curves, Verdict(reasons == 0, _in_words(reasons)))


def draw_spectrum(
    case: Case, at_mm: tuple[float, float, float] | None, path: Path, name: str | None = None
) -> VoxelSpectrum:
    """Draw the spectrum of the voxel that holds a point, with the settings of the case's last maps where there are any.

    Parameters
    ----------
    case : Case
    at_mm : tuple of float, optional
        LPS; may be left out for a single voxel.
    path : Path
        Picture to write; its suffix (.png, .svg, .pdf) decides the format.
    name : str, optional
        Which spectra of the case, when it has several.

    Returns
    -------
    VoxelSpectrum

    Raises
    ------
    ImpastoError
        When the case has no such spectra, the point lies outside them, or the picture cannot be written.
    """
    entries = [entry for entry in case.of_kind(EntryKind.SPECTRA) if name in (None, entry.name)]
    if len(entries) != 1:
        known = ", ".join(entry.name for entry in case.of_kind(EntryKind.SPECTRA)) or "none"
        raise ImpastoError(
            str(case.folder), f"{len(entries)} spectra would do (it has: {known})", "choose with --spectra"
        )
    spectra = native.read_spectra(case.path(entries[0]))
    found = voxel_spectrum(spectra, _settings_used(case, entries[0].name), _voxel_of(spectra, at_mm), entries[0].name)
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise ImpastoError(str(path), "is not a picture's name", "end it in .png, .svg or .pdf")
    with replacing_file(path) as beside:
        spectrum_figure(found).savefig(beside, format=path.suffix[1:].lower(), dpi=150)
    return found


def spectroscopy_findings(
    results: ProtocolResults, step: str, anatomy: Image | None, structures: StructureSet | None
) -> SpectroscopyFindings:
    """Gather a report's section on spectroscopy from a protocol's results.

    Parameters
    ----------
    results : ProtocolResults
    step : str
        Step that ran the stage ``spectroscopy``, or its edited kind: of that no spectra are drawn.
    anatomy : Image, optional
        What the maps are drawn over; the signal-to-noise ratio when not given.
    structures : StructureSet, optional
        Outlined.
    """
    record = next(record for record in results.records if record.step == step)
    maps = {name: results.load(f"{step}.{name}") for name in _SHOWN if name in record.outputs}
    images = {image.quantity: image for image in maps.values() if isinstance(image, Image)}
    snr, figures = results.load(f"{step}.snr"), results.load(f"{step}.figures")
    assert isinstance(snr, Image)
    assert isinstance(figures, Figures)
    drawn = None
    if images and snr.grid.voxel_count > 1 and np.isfinite(snr.data).any():
        drawn = MapsOverAnatomy(
            snr if anatomy is None else anatomy,
            images,
            np.isfinite(snr.data),
            thresholds={"Cho/NAA": 2.0} if "Cho/NAA" in images else {},
            scales={name: USUAL_SCALES[name] for name in images if name in USUAL_SCALES},
            structures=structures,
        )
    return SpectroscopyFindings(
        drawn, _shown_spectra(results, record, images, snr), _coverage_rows(figures), " ".join(record.notes)
    )


def _shown_spectra(
    results: ProtocolResults, record: StepRecord, images: dict[str, Image], snr: Image
) -> tuple[VoxelSpectrum, ...]:
    if record.stage != "spectroscopy" or "Cho/NAA" not in images:
        return ()
    spectra = results.load(record.inputs["spectra"].reference)
    assert isinstance(spectra, Spectra)
    fields = set(SpectroscopySettings.model_fields)
    settings = SpectroscopySettings(**{key: value for key, value in record.settings.items() if key in fields})
    voxels = _telling_voxels(images["Cho/NAA"], snr)
    return tuple(voxel_spectrum(spectra, settings, voxel, label) for label, voxel in voxels.items())


def _telling_voxels(ratio: Image, snr: Image) -> dict[str, tuple[int, int, int]]:
    """Find where Cho/NAA is highest, and the voxel opposite in the head."""
    if not np.isfinite(ratio.data).any():
        return {}
    # of several high ones the best seen: a ratio over almost nothing is high by chance
    weight = np.where(np.isfinite(ratio.data), np.minimum(ratio.data, 6.0) * np.sqrt(np.nan_to_num(snr.data)), 0.0)
    i, j, k = (int(index) for index in np.unravel_index(int(np.argmax(weight)), ratio.grid.shape))
    inside = np.flatnonzero(np.isfinite(snr.data).any(axis=(1, 2)))
    opposite = (int(inside[0] + inside[-1]) - i, j, k)
    voxels = {"Highest Cho/NAA": (i, j, k)}
    if np.isfinite(snr.data[opposite]) and opposite != (i, j, k):
        voxels["Opposite side"] = opposite
    return voxels


def _in_words(reasons: int) -> str:
    names = [reason.name or "" for reason in RejectionReason if reasons & int(reason)]
    return ", ".join(name.replace("_", " ").lower() for name in names)


def _coverage_rows(figures: Figures) -> tuple[CoverageRow, ...]:
    values = figures.values
    rejected = tuple(
        CoverageRow(f"rejected: {reason.replace('_', ' ').lower()}", count)
        for reason, count in values["voxels_rejected"].items()
    )
    return (
        CoverageRow("fitted", values["voxels_fitted"]),
        CoverageRow("accepted", values["voxels_accepted"]),
        *rejected,
        CoverageRow("to be looked at by a reader", values["voxels_to_look_at"]),
    )


def _voxel_of(spectra: Spectra, at_mm: tuple[float, float, float] | None) -> VoxelIndex:
    if at_mm is None:
        if math.prod(spectra.grid.shape) == 1:
            return (0, 0, 0)
        raise ImpastoError("spectra", "have many voxels", "say which with --at x,y,z in mm")
    return voxel_at(spectra.grid, at_mm, "spectra")


def _settings_used(case: Case, spectra: str) -> SpectroscopySettings:
    """Find the settings of the step named after these spectra, else of any on spectra; the defaults without one."""
    fields = set(SpectroscopySettings.model_fields)
    records = []
    for name in protocols_run(case):
        try:
            records += [record for record in open_results(case, name).records if record.stage == "spectroscopy"]
        except ImpastoError:
            continue
    records.sort(key=lambda record: record.step != spectra)
    chosen = records[0].settings if records else {}
    return SpectroscopySettings(**{key: value for key, value in chosen.items() if key in fields})
