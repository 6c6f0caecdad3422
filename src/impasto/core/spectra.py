"""Spectroscopic data: a free induction decay in every voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid

__all__ = ["Spectra"]


@dataclass(frozen=True, eq=False)
class Spectra:
    """Free induction decays on a grid, with what is needed to turn them into spectra.

    Parameters
    ----------
    fid : ndarray of complex, shape (i, j, k, time)
        Suppressed signal; sampling starts at the echo.
    grid : Grid
        Where the voxels lie (LPS mm); a single voxel is a grid of one.
    dwell_s : float
        Time between samples.
    frequency_mhz : float
        Spectrometer frequency.
    echo_time_s : float
    nucleus : str
        As in NIfTI-MRS, for example ``"1H"``.
    water : ndarray of complex, same shape, optional
        Signal without water suppression.

    Raises
    ------
    ImpastoError
        When shapes disagree, the signal is not complex or finite, or a time or frequency is not positive.

    Examples
    --------
    >>> grid = Grid.centred((1, 1, 1), (20, 20, 20))
    >>> Spectra(np.ones((1, 1, 1, 4), dtype=complex), grid, 5e-4, 123.25, 0.03).frequencies_hz().tolist()
    [-1000.0, -500.0, 0.0, 500.0]
    """

    fid: NDArray[np.complexfloating]
    grid: Grid
    dwell_s: float
    frequency_mhz: float
    echo_time_s: float
    nucleus: str = "1H"
    water: NDArray[np.complexfloating] | None = None

    def __post_init__(self) -> None:
        if self.fid.ndim != 4 or self.fid.shape[:3] != self.grid.shape:
            problem = f"a signal of shape {self.fid.shape} does not fit a grid of {self.grid.shape} and time"
            raise ImpastoError("spectra", problem, "give i, j, k, time")
        if not np.iscomplexobj(self.fid) or not np.isfinite(self.fid).all():
            raise ImpastoError("spectra", "the signal is not complex and finite", "give the complex time signal")
        if self.water is not None and self.water.shape != self.fid.shape:
            raise ImpastoError("spectra", f"the water reference has shape {self.water.shape}", "give both alike")
        if not (self.dwell_s > 0.0 and self.frequency_mhz > 0.0 and self.echo_time_s >= 0.0):
            raise ImpastoError("spectra", "dwell time, frequency or echo time is not positive", "repair the header")
        object.__setattr__(self, "fid", read_only(self.fid))

    def frequencies_hz(self) -> FloatArray:
        """Frequency of each point of the spectrum relative to the spectrometer's, ascending, shape (time,)."""
        frequencies: FloatArray = np.fft.fftshift(np.fft.fftfreq(self.fid.shape[3], self.dwell_s))
        return frequencies
