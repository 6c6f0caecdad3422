"""Stages: spectra, plain or lactate-edited, become metabolite maps, ratios and indices."""

from __future__ import annotations

import re

import numpy as np
from pydantic import NegativeFloat, NonNegativeFloat, PositiveFloat

from impasto.core import Image, ImpastoError, Progress, Spectra, StructureSet
from impasto.core.arrays import FloatArray
from impasto.maps.spectroscopy import amplitude_maps, index_maps, quality_maps, ratio_maps
from impasto.workflow.artefacts import Figures
from impasto.workflow.spectroscopy.analysis import SpectraAnalysis, analyse_edited_spectra, analyse_spectra
from impasto.workflow.spectroscopy.concentrations import concentration_maps, require_reference
from impasto.workflow.spectroscopy.fitted_basis import basis_files
from impasto.workflow.spectroscopy.settings import SpectroscopySettings
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching

__all__ = ["EDITED_SPECTROSCOPY", "SPECTROSCOPY", "output_name"]


class _Settings(SpectroscopySettings):
    reference: str = "NAWM*"
    ratio_floor_errors: NonNegativeFloat = 2.0
    index_limits: tuple[NegativeFloat, PositiveFloat] = (-1.25, 2.25)
    """Controls of CNI, CCrI and CrNI beyond these are dropped."""


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    spectra, structures = inputs.spectra("spectra"), _structures(inputs)
    if settings.water_reference:
        require_reference(spectra, settings)
    analysis = analyse_spectra(spectra, structures, settings, progress)
    return _mapped(analysis, spectra, structures, settings)


def _run_edited(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    edit_on, edit_off, structures = inputs.spectra("edit_on"), inputs.spectra("edit_off"), _structures(inputs)
    if settings.water_reference:
        require_reference(edit_on, settings)
    analysis = analyse_edited_spectra(edit_on, edit_off, structures, settings, progress)
    return _mapped(analysis, edit_on, structures, settings)


def _structures(inputs: Inputs) -> StructureSet | None:
    return inputs.structures("structures") if inputs.has("structures") else None


def _mapped(
    analysis: SpectraAnalysis,
    spectra: Spectra,
    structures: StructureSet | None,
    settings: _Settings,
) -> StageResult:
    reference, note = _reference_share(structures, spectra, settings)
    volume = analysis.volume
    quality = quality_maps(volume)
    if analysis.basis is None:
        del quality["residual"]
    maps = {
        **amplitude_maps(volume),
        **ratio_maps(volume, reference, settings.ratio_floor_errors),
        **quality,
    }
    try:
        maps.update(index_maps(volume, limits=settings.index_limits))
    except ImpastoError as error:
        note = (*note, f"CNI, CCrI and CrNI are not given: {error.problem}.")
    assumed: tuple[str, ...] = ()
    if settings.water_reference:
        concentrations, assumed = concentration_maps(volume, spectra, structures, settings)
        maps.update(concentrations)
    outputs: dict[str, Image | Figures] = {output_name(name): image for name, image in maps.items()}
    outputs["figures"] = Figures(_figures(analysis))
    return StageResult(outputs, (*analysis.notes, *note, *assumed))


def output_name(quantity: str) -> str:
    """Name under which a map is kept: ``"Cho/NAA over NAWM"`` becomes ``"cho-naa-over-nawm"``."""
    return re.sub(r"[^a-z0-9]+", "-", quantity.lower()).strip("-")


def _reference_share(
    structures: StructureSet | None, spectra: Spectra, settings: _Settings
) -> tuple[FloatArray | None, tuple[str, ...]]:
    found = () if structures is None else matching(structures, [settings.reference])
    if not found:
        return None, (f"No structure fits {settings.reference!r}: Cho/NAA is given raw only, not over white matter.",)
    return found[0].occupancy(spectra.grid), ()


def _figures(analysis: SpectraAnalysis) -> dict[str, object]:
    fit, found = analysis.volume.fit, analysis.coverage
    return {
        "voxels_fitted": found.fitted,
        "voxels_accepted": found.accepted,
        "voxels_to_look_at": found.to_review,
        "voxels_rejected": dict(found.rejected_by_reason),
        "basis": list(fit.names),
        "median_signal_to_noise": float(np.median(fit.signal_to_noise)),
        "median_fwhm_hz": float(np.median(fit.fwhm_hz)),
        "median_residual_over_noise": float(np.median(fit.residual)),
    }


SPECTROSCOPY = Stage("spectroscopy", _Settings, _run, files=basis_files)
EDITED_SPECTROSCOPY = Stage("edited-spectroscopy", _Settings, _run_edited, files=basis_files)
