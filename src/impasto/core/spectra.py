"""Spectroscopic data: a free induction decay in every voxel, and the basis spectra that it is a sum of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid

__all__ = ["WATER_PPM", "BasisSet", "RawSpectra", "Spectra", "chemical_shifts_ppm"]

WATER_PPM = 4.65
"""Chemical shift of water at body temperature, where the spectrometer's frequency is taken to lie."""


def chemical_shifts_ppm(frequencies_hz: FloatArray, frequency_mhz: float, centre_ppm: float = WATER_PPM) -> FloatArray:
    """Chemical shift of frequencies relative to the spectrometer's, in the sign convention of NIfTI-MRS.

    A shift below the centre (downfield to upfield: water to lipid) turns with a positive frequency (Clarke 2022).

    Examples
    --------
    >>> chemical_shifts_ppm(np.array([0.0, 264.0]), 100.0).round(2).tolist()
    [4.65, 2.01]
    """
    return centre_ppm - np.asarray(frequencies_hz) / frequency_mhz


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
    repetition_time_s : float, optional
        Needed where concentrations are corrected for relaxation.

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
    repetition_time_s: float | None = None

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
        if self.water is not None:
            object.__setattr__(self, "water", read_only(self.water))

    def frequencies_hz(self) -> FloatArray:
        """Frequency of each point of the spectrum relative to the spectrometer's, ascending, shape (time,)."""
        frequencies: FloatArray = np.fft.fftshift(np.fft.fftfreq(self.fid.shape[3], self.dwell_s))
        return frequencies

    def chemical_shifts_ppm(self) -> FloatArray:
        """Chemical shift of each point of :meth:`frequencies_hz` (descending), water at 4.65 ppm, shape (time,)."""
        return chemical_shifts_ppm(self.frequencies_hz(), self.frequency_mhz)

    def with_fid(self, fid: NDArray[np.complexfloating]) -> Spectra:
        """Return another signal on the same grid; a water reference of another length does not carry over."""
        kept = self.water if self.water is not None and self.water.shape == fid.shape else None
        return replace(self, fid=fid, water=kept)


@dataclass(frozen=True, eq=False)
class RawSpectra:
    """Signals of single coils and transients, before they are combined into :class:`Spectra`.

    Parameters
    ----------
    fid : ndarray of complex, shape (i, j, k, time, coil, transient)
        Axes that a file does not have are of length one.
    grid : Grid
    dwell_s : float
    frequency_mhz : float
    echo_time_s : float
    nucleus : str
    repetition_time_s : float, optional

    Raises
    ------
    ImpastoError
        When shapes disagree or the signal is not complex and finite.
    """

    fid: NDArray[np.complexfloating]
    grid: Grid
    dwell_s: float
    frequency_mhz: float
    echo_time_s: float
    nucleus: str = "1H"
    repetition_time_s: float | None = None

    def __post_init__(self) -> None:
        if self.fid.ndim != 6 or self.fid.shape[:3] != self.grid.shape:
            problem = f"a signal of shape {self.fid.shape} does not fit {self.grid.shape}, time, coils, transients"
            raise ImpastoError("spectra", problem, "give i, j, k, time, coil, transient")
        if not np.iscomplexobj(self.fid) or not np.isfinite(self.fid).all():
            raise ImpastoError("spectra", "the signal is not complex and finite", "give the complex time signal")
        object.__setattr__(self, "fid", read_only(self.fid))


@dataclass(frozen=True, eq=False)
class BasisSet:
    """What each metabolite alone would give, for one sequence, field and echo time.

    Parameters
    ----------
    names : tuple of str
        As the field writes them: ``NAA``, ``NAAG``, ``Cr``, ``PCr``, ``GPC``, ``PCh``, ``Ins``, ``Glu``, ``Gln``,
        ``Lac``, macromolecules ``MM09`` and lipids ``Lip13``.
    fid : ndarray of complex, shape (name, time)
        Signal of one unit of concentration, scaled alike for all; undamped or with the linewidth it was made with;
        sampled from the echo, water's frequency (4.65 ppm) at zero, same sign convention as :class:`Spectra`.
    dwell_s : float
    frequency_mhz : float
    echo_time_s : float
    sequence : str
        ``PRESS``, ``semi-LASER``, ``STEAM``; empty when unknown.

    Raises
    ------
    ImpastoError
        When shapes disagree, a name stands twice, or the signal is not complex and finite.
    """

    names: tuple[str, ...]
    fid: NDArray[np.complexfloating]
    dwell_s: float
    frequency_mhz: float
    echo_time_s: float
    sequence: str = ""

    def __post_init__(self) -> None:
        if self.fid.ndim != 2 or len(self.names) != len(self.fid):
            problem = f"{len(self.names)} names do not fit signals of shape {self.fid.shape}"
            raise ImpastoError("basis set", problem, "give one signal each")
        if len(set(self.names)) != len(self.names):
            raise ImpastoError("basis set", "a name stands twice", "name each basis function once")
        if not np.iscomplexobj(self.fid) or not np.isfinite(self.fid).all():
            raise ImpastoError("basis set", "the signal is not complex and finite", "give complex time signals")
        if not (self.dwell_s > 0.0 and self.frequency_mhz > 0.0):
            raise ImpastoError("basis set", "dwell time or frequency is not positive", "repair the header")
        object.__setattr__(self, "fid", read_only(self.fid))

    def without(self, names: Iterable[str]) -> BasisSet:
        """Return the basis set without some functions; unknown names are no error."""
        left_out = set(names)
        kept = [i for i, name in enumerate(self.names) if name not in left_out]
        return replace(self, names=tuple(self.names[i] for i in kept), fid=self.fid[kept])

    def joined(self, other: BasisSet) -> BasisSet:
        """Return both sets as one.

        Raises
        ------
        ImpastoError
            When they are not sampled alike or share a name.
        """
        alike = np.isclose([self.dwell_s, self.frequency_mhz], [other.dwell_s, other.frequency_mhz], rtol=1e-6)
        if not alike.all() or self.fid.shape[1] != other.fid.shape[1]:
            raise ImpastoError("basis set", "two sets are not sampled alike", "make both for the same acquisition")
        return replace(self, names=self.names + other.names, fid=np.concatenate([self.fid, other.fid]))
