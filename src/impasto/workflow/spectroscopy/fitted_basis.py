"""The basis set that an acquisition is fitted with: simulated for it, or read from a file and brought to it."""

from __future__ import annotations

from pathlib import Path

from impasto.core import BasisSet, ImpastoError, Spectra
from impasto.files import content_hash, read_lcmodel_basis
from impasto.maps.spectroscopy import (
    Press,
    PulseSequence,
    SemiLaser,
    Steam,
    basis_at_frequency,
    brain_basis,
    resampled_basis,
    scaled_basis,
    with_broad_signals,
)
from impasto.workflow.spectroscopy.settings import SpectroscopySettings

__all__ = ["basis_files", "basis_for", "basis_note"]

_LIKE_ECHO_TIMES_S = 0.006


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
    if abs(basis.echo_time_s - spectra.echo_time_s) > _LIKE_ECHO_TIMES_S:
        problem = (
            f"is made for TE {1e3 * basis.echo_time_s:.0f} ms, the spectra have {1e3 * spectra.echo_time_s:.0f} ms"
        )
        raise ImpastoError(settings.basis_file, problem, "choose another basis")
    alike = basis_at_frequency(basis, spectra.frequency_mhz)
    return with_broad_signals(resampled_basis(alike, spectra.dwell_s, points))


def basis_files(settings: SpectroscopySettings) -> dict[str, str]:
    """Digest the basis set's file: replaced, spectra are fitted anew."""
    return {} if settings.basis_file is None else {"basis": content_hash(Path(settings.basis_file))}


def basis_note(basis: BasisSet, spectra: Spectra, settings: SpectroscopySettings) -> str:
    """Say what was fitted, and what about it does not quite belong to the spectra."""
    origin = "simulated with hard pulses" if settings.basis_file is None else f"from {settings.basis_file}"
    sequence, echo_ms = basis.sequence or "unknown sequence", 1e3 * basis.echo_time_s
    note = f"Basis set: {sequence}, TE {echo_ms:.0f} ms, {len(basis.names)} functions, {origin}."
    if abs(basis.echo_time_s - spectra.echo_time_s) > 0.0005:
        return f"{note} The spectra have TE {1e3 * spectra.echo_time_s:.0f} ms: coupled metabolites differ a little."
    return note


def _sequence(spectra: Spectra, settings: SpectroscopySettings) -> PulseSequence:
    if settings.sequence == "PRESS":
        return Press(spectra.echo_time_s, settings.first_echo_s)
    if settings.sequence == "semi-LASER":
        return SemiLaser(spectra.echo_time_s)
    return Steam(spectra.echo_time_s, settings.mixing_time_s)
