"""Concentrations by water, as a protocol's settings and a case's structures give what they need."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from impasto.core import Image, ImpastoError, Spectra, StructureSet
from impasto.core.arrays import BoolArray
from impasto.maps.spectroscopy import (
    AcquisitionTiming,
    FittedVolume,
    TissueShares,
    amplitude_maps,
    molal_concentrations,
    molar_concentrations,
    water_amplitude,
)
from impasto.workflow.spectroscopy.settings import SpectroscopySettings, WaterReferenceSettings
from impasto.workflow.stages.selection import matching

__all__ = ["concentration_maps", "require_reference"]

_THREE_TESLA_MHZ = (120.0, 131.0)


def concentration_maps(
    volume: FittedVolume,
    spectra: Spectra,
    structures: StructureSet | None,
    settings: SpectroscopySettings,
) -> tuple[dict[str, Image], tuple[str, ...]]:
    """Make maps of concentrations of the clinical sums.

    Parameters
    ----------
    volume : FittedVolume
        Fitted with a basis set.
    spectra : Spectra
        With its water reference.
    structures : StructureSet, optional
        Grey matter, white matter and fluid, where they are drawn.
    settings : SpectroscopySettings

    Returns
    -------
    maps : dict of str to Image
        ``"tNAA concentration"`` and so on; lipids and macromolecules are left out.
    notes : tuple of str
        What was assumed.

    Raises
    ------
    ImpastoError
        When there is no water reference or repetition time, the field is not 3 T, or amplitudes are those of peaks.
    """
    require_reference(spectra, settings)
    chosen = settings.water
    repetition_time_s = spectra.repetition_time_s or chosen.repetition_time_s
    assert spectra.water is not None
    assert repetition_time_s is not None
    timing = AcquisitionTiming(spectra.echo_time_s, repetition_time_s)
    reference = spectra.water[volume.mask]
    water = water_amplitude(reference, spectra.dwell_s, spectra.frequency_mhz, chosen.suppressed_over_reference)
    tissue, note = _tissue(volume.mask, spectra, structures, chosen)
    convert = molal_concentrations if chosen.unit == "mmol/kg" else molar_concentrations
    unit, of_what = (chosen.unit, "kg of tissue water" if chosen.unit == "mmol/kg" else "litre of tissue")
    maps = amplitude_maps(replace(volume, fit=convert(volume.fit, water, tissue, timing)), unit)
    named = {
        f"{name} concentration": replace(image, quantity=f"{name} concentration")
        for name, image in maps.items()
        if name != "Lip"
    }
    about = (
        f"Concentrations are in mmol per {of_what}, referenced to water of the same voxels (Gasparovic 2006) with "
        f"relaxation of water and metabolites at 3 T from the literature, TE {1e3 * timing.echo_time_s:.0f} ms, "
        f"TR {1e3 * timing.repetition_time_s:.0f} ms; ratios are not corrected for relaxation."
    )
    return named, (about, note)


def require_reference(spectra: Spectra, settings: SpectroscopySettings) -> None:
    """Make sure that concentrations can be had, before time is spent on a fit.

    Raises
    ------
    ImpastoError
        As :func:`concentration_maps`.
    """
    if settings.method != "linear combination":
        remedy = "fit by linear combination, or leave water_reference off"
        raise ImpastoError("water reference", f"{settings.method}s of metabolites are only a share of them", remedy)
    if spectra.water is None:
        raise ImpastoError(
            "water reference", "the spectra have none", "add them with one, or leave water_reference off"
        )
    if spectra.repetition_time_s is None and settings.water.repetition_time_s is None:
        remedy = "set water.repetition_time_s"
        raise ImpastoError("water reference", "nothing says the repetition time of the spectra", remedy)
    low, high = _THREE_TESLA_MHZ
    if not low <= spectra.frequency_mhz <= high:
        problem = f"relaxation times at {spectra.frequency_mhz:.0f} MHz are not known here, only those at 3 T"
        raise ImpastoError("water reference", problem, "leave water_reference off, or call molal_concentrations")


def _tissue(
    mask: BoolArray, spectra: Spectra, structures: StructureSet | None, settings: WaterReferenceSettings
) -> tuple[TissueShares, str]:
    patterns = (settings.grey_matter, settings.white_matter, settings.fluid)
    found = [() if structures is None else matching(structures, [pattern]) for pattern in patterns]
    if all(found):
        shares = [np.sum([part.occupancy(spectra.grid)[mask] for part in parts], axis=0) for parts in found]
        shares = list(np.stack(shares) / np.maximum(np.sum(shares, axis=0), 1.0))
        names = ", ".join(part.name for parts in found for part in parts)
        return TissueShares(*shares), f"Shares of tissue and fluid are those of the structures {names}."
    grey, white, fluid = (np.full(int(mask.sum()), share) for share in settings.assumed_shares)
    told = " / ".join(f"{share:g}" for share in settings.assumed_shares)
    note = f"No structures show grey matter, white matter and fluid: shares of {told} are assumed everywhere."
    return TissueShares(grey, white, fluid), note
