"""Spectra of single coils and transients, combined on their way into a case.

A case keeps what maps are made of: combined, the signal is as many times smaller as there were coils and transients,
and every reader of it sees the same. What was done is noted with the entry; the raw file stays where it is.
"""

from __future__ import annotations

import numpy as np

from impasto.core import ImpastoError, Spectra
from impasto.core.arrays import FloatArray
from impasto.files import SpectraFile, combined_spectra
from impasto.maps.spectroscopy import Combination, combination

__all__ = ["DRIFT_LIMIT_HZ", "spectra_of"]

DRIFT_LIMIT_HZ = 20.0
"""How far drifts between transients are searched, unless said otherwise."""


def spectra_of(
    found: SpectraFile, name: str, drift_limit_hz: float = DRIFT_LIMIT_HZ
) -> tuple[Spectra, tuple[str, ...]]:
    """Combine what a file of spectra holds, where there is anything to combine.

    Parameters
    ----------
    found : SpectraFile
    name : str
        What errors call it.
    drift_limit_hz : float
        See :func:`~impasto.maps.spectroscopy.combination`.

    Returns
    -------
    spectra : Spectra
    notes : tuple of str
        What was done.

    Raises
    ------
    ImpastoError
        When the water reference does not belong to the spectra, or coils cannot be combined.
    """
    several = [raw for raw in (found.signal, found.water) if raw is not None and max(raw.fid.shape[4:]) > 1]
    if not several:
        return combined_spectra(found.signal, found.water, name), ()
    try:
        done = combination(found.signal, found.water, drift_limit_hz)
    except ImpastoError as error:
        raise ImpastoError(f"{name} ({error.subject})", error.problem, error.remedy) from None
    notes = [*_coil_notes(done), *_transient_notes(done, drift_limit_hz)]
    if found.water is not None and found.water.fid.shape[5] > 1:
        notes.append(f"{found.water.fid.shape[5]} transients of the water reference averaged")
    return done.spectra, tuple(notes)


def _coil_notes(done: Combination) -> list[str]:
    if done.coils == 1:
        return []
    source = "the water reference" if done.by_water else "the spectra themselves"
    return [f"{done.coils} coils combined for the highest signal-to-noise ratio, their sensitivities from {source}"]


def _transient_notes(done: Combination, drift_limit_hz: float) -> list[str]:
    if done.transients == 1:
        return []
    if done.shift_hz is None or done.phase_rad is None:
        why = "they are too noisy to tell drifts" if drift_limit_hz else "as asked"
        return [f"{done.transients} transients averaged without alignment: {why}"]
    drift = f"{_spread(done.shift_hz):.1f} Hz and {np.degrees(_spread(done.phase_rad)):.0f} degrees"
    return [f"{done.transients} transients averaged once drifts of {drift} (standard deviations) were taken out"]


def _spread(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
