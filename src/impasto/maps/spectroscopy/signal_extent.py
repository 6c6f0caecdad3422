"""Which voxels of spectroscopic imaging hold anything but noise."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import Spectra

__all__ = ["voxels_with_signal"]

_OF_BRIGHTEST = 0.15
_FIRST_SAMPLES = 16


def voxels_with_signal(spectra: Spectra, share_of_brightest: float = _OF_BRIGHTEST) -> BoolArray:
    """Voxels whose first samples reach a share of what the brightest voxels have.

    The water reference is looked at where there is one: it does not depend on how well water was suppressed.

    Parameters
    ----------
    spectra : Spectra
    share_of_brightest : float
        Of the 95th percentile, 0 to 1.

    Returns
    -------
    ndarray of bool, shape `spectra.grid.shape`

    Raises
    ------
    ImpastoError
        When the signal is zero everywhere.
    """
    signal = spectra.fid if spectra.water is None else spectra.water
    strength = np.abs(signal[..., :_FIRST_SAMPLES]).mean(axis=3)
    brightest = float(np.percentile(strength, 95.0))
    if not brightest > 0.0:
        raise ImpastoError("spectra", "hold no signal anywhere", "check the file")
    reached: BoolArray = strength >= share_of_brightest * brightest
    return reached
