"""Residual water taken out of spectra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.progress import Progress, silent
from impasto.maps.spectroscopy.hsvd import BandRemoval, remove_band

__all__ = ["WaterRemoval", "remove_water"]


@dataclass(frozen=True)
class WaterRemoval(BandRemoval):
    """How residual water is removed, see :class:`~impasto.maps.spectroscopy.hsvd.BandRemoval`."""

    band_ppm: tuple[float, float] = (4.2, 5.1)
    components: int = 6


def remove_water(
    fid: NDArray[np.complexfloating],
    dwell_s: float,
    frequency_mhz: float,
    settings: WaterRemoval | None = None,
    progress: Progress = silent,
) -> NDArray[np.complexfloating]:
    """Subtract what lies in the water's band; see :func:`~impasto.maps.spectroscopy.hsvd.remove_band`.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
    dwell_s : float
    frequency_mhz : float
    settings : WaterRemoval, optional
    progress : Progress

    Returns
    -------
    ndarray of complex, shape (voxel, time)
        Same type as `fid`.

    Raises
    ------
    ImpastoError
        When the signal is not a finite complex array, or too short to tell lines in the band apart.
    """
    return remove_band(fid, dwell_s, frequency_mhz, settings or WaterRemoval(), progress, "water removal")
