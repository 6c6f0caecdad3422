"""Lactate editing: two acquisitions that differ in lactate alone, taken apart into their sum and their difference.

At an echo time of 1/J, 144 ms, lactate's methyl doublet is upside down, because its coupling to the methine proton at
4.1 ppm has turned it. Inverting that proton twice undoes this as far as time passes between the inversions: half the
echo time apart the doublet is upright, close together it is inverted. The difference of the two acquisitions holds
lactate and no lipid; their sum holds choline, creatine, NAA and lipid and no lactate (Star-Lack 1998; at 3 T with
echo-planar readout Park 2011; review Harris 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM, BasisSet
from impasto.maps.spectroscopy.alignment import Alignment, aligned
from impasto.maps.spectroscopy.basis import BRAIN_METABOLITES, simulate_basis
from impasto.maps.spectroscopy.macromolecules import LIPID_T2_S, lipid_basis
from impasto.maps.spectroscopy.spin_simulation import CoupledSpins

__all__ = ["EditedBasis", "EditedPress", "EditedSignals", "combined_edited", "edited_basis", "lactate_editing"]

ComplexArray = NDArray[np.complexfloating]

_EDITED_PPM = (3.95, 5.35)
_UNEDITED_SINGLETS_PPM = (1.85, 3.45)
_NEGLIGIBLE = 0.05


@dataclass(frozen=True)
class EditedPress:
    """PRESS with two band-selective inversions (BASING), ideal within their band.

    Parameters
    ----------
    echo_time_s : float
    inversion_interval_s : float
        Between the inversions, which lie symmetrically about the middle of the time between first refocusing pulse and
        echo: half the echo time refocuses couplings to the band wholly, zero not at all.
    band_hz : (float, float)
        Frequencies relative to the spectrometer's, low and high, that are inverted; what turns there is dephased.
    first_echo_s : float, optional
        TE1; half of TE when not given.

    Raises
    ------
    ImpastoError
        When the times do not go together or the band is empty.
    """

    name: ClassVar[str] = "edited PRESS"
    echo_time_s: float
    inversion_interval_s: float
    band_hz: tuple[float, float]
    first_echo_s: float | None = None

    def __post_init__(self) -> None:
        first, interval = self._first_echo_s(), self.inversion_interval_s
        if not (0.0 < first < self.echo_time_s and 0.0 <= interval < self.echo_time_s - 0.5 * first):
            problem = (
                f"TE {1e3 * self.echo_time_s:g} ms, TE1 {1e3 * first:g} ms and an interval of {1e3 * interval:g} ms"
            )
            raise ImpastoError(self.name, problem, "give 0 < TE1 < TE and an interval below TE - TE1/2 in seconds")
        if not self.band_hz[0] < self.band_hz[1]:
            raise ImpastoError(self.name, f"the band {self.band_hz} Hz is empty", "give (low, high)")

    def echo(self, spins: CoupledSpins) -> ComplexArray:
        """Density matrix at the echo."""
        first, whole, interval = self._first_echo_s(), self.echo_time_s, self.inversion_interval_s
        edited = (spins.frequencies_hz >= self.band_hz[0]) & (spins.frequencies_hz <= self.band_hz[1])
        middle = 0.5 * (0.5 * first + whole)
        events: list[tuple[float, BoolArray | None]] = [(0.5 * first, None), (0.5 * (first + whole), None)]
        events += [(middle - 0.5 * interval, edited), (middle + 0.5 * interval, edited)]
        density, now = spins.lowered(), 0.0
        for time_s, protons in sorted(events, key=lambda event: event[0]):
            density = spins.evolved(density, time_s - now)
            density = spins.refocused(density) if protons is None else spins.inverted(density, protons)
            now = time_s
        return spins.evolved(density, whole - now)

    def _first_echo_s(self) -> float:
        return 0.5 * self.echo_time_s if self.first_echo_s is None else self.first_echo_s


def lactate_editing(
    echo_time_s: float,
    frequency_mhz: float,
    first_echo_s: float | None = None,
    band_ppm: tuple[float, float] = _EDITED_PPM,
) -> tuple[EditedPress, EditedPress]:
    """Return both sequences of a lactate-edited experiment: edit-on (lactate upright), edit-off (lactate inverted).

    Both hold the two inversions, so that they suppress water alike; the interval between them differs.

    Parameters
    ----------
    echo_time_s : float
        Near 1/J = 144 ms.
    frequency_mhz : float
    first_echo_s : float, optional
        TE1 of PRESS.
    band_ppm : (float, float)
        That the inversions reach: lactate's methine proton and water.

    Returns
    -------
    edit_on, edit_off : EditedPress
    """
    low, high = sorted((WATER_PPM - ppm) * frequency_mhz for ppm in band_ppm)
    edit_on = EditedPress(echo_time_s, 0.5 * echo_time_s, (low, high), first_echo_s)
    return edit_on, replace(edit_on, inversion_interval_s=0.0)


@dataclass(frozen=True, eq=False)
class EditedBasis:
    """Basis sets for the two parts of an edited experiment, on the scale of one acquisition.

    Parameters
    ----------
    total : BasisSet
        For the sum: what is hardly edited, and lipids. Lactate is not in it.
    difference : BasisSet
        For the difference: what is edited, lactate above all. Lipids and singlets are not in it.
    """

    total: BasisSet
    difference: BasisSet


def edited_basis(
    editing: tuple[EditedPress, EditedPress],
    frequency_mhz: float,
    dwell_s: float,
    points: int,
    metabolites: Sequence[str] = BRAIN_METABOLITES,
    lipid_t2_s: float = LIPID_T2_S,
) -> EditedBasis:
    """Simulate both acquisitions and halve their sum and difference, as :func:`combined_edited` does with signals.

    Parameters
    ----------
    editing : (EditedPress, EditedPress)
        Edit-on and edit-off, see :func:`lactate_editing`.
    frequency_mhz, dwell_s : float
    points : int
    metabolites : sequence of str
    lipid_t2_s : float

    Returns
    -------
    EditedBasis
        A metabolite of which less than a twentieth is left is not in a set.
    """
    on, off = (simulate_basis(metabolites, sequence, frequency_mhz, dwell_s, points) for sequence in editing)
    lipids = lipid_basis(editing[0].echo_time_s, frequency_mhz, dwell_s, points, lipid_t2_s)
    total, difference = (_halved(on, sign * off.fid) for sign in (1.0, -1.0))
    return EditedBasis(total.joined(lipids), difference)


@dataclass(frozen=True, eq=False)
class EditedSignals:
    """Sum and difference of an edited experiment, each halved: on the scale of one acquisition.

    Parameters
    ----------
    total, difference : ndarray of complex, shape (voxel, time)
        Noise in each is that of one acquisition over the square root of two, and uncorrelated between them.
    alignment : Alignment
        What edit-off was moved by to lie on edit-on.
    """

    total: ComplexArray
    difference: ComplexArray
    alignment: Alignment


def combined_edited(
    edit_on: ComplexArray, edit_off: ComplexArray, dwell_s: float, frequency_mhz: float, limit_hz: float = 10.0
) -> EditedSignals:
    """Align edit-off with edit-on in frequency and phase, then add and subtract.

    Aligned by what editing leaves alone, choline, creatine and NAA: where they are not matched, their remains and those
    of lipid stand in the difference.

    Parameters
    ----------
    edit_on, edit_off : ndarray of complex, shape (voxel, time)
        Water removed.
    dwell_s : float
    frequency_mhz : float
    limit_hz : float
        Farthest drift between the two acquisitions that is looked for.

    Returns
    -------
    EditedSignals

    Raises
    ------
    ImpastoError
        When the two are not of the same voxels and times.
    """
    edit_on, edit_off = np.asarray(edit_on), np.asarray(edit_off)
    if edit_on.shape != edit_off.shape:
        problem = f"edit-on of shape {edit_on.shape} and edit-off of shape {edit_off.shape} do not fit"
        raise ImpastoError("edited spectra", problem, "give both acquisitions of the same voxels")
    low_ppm, high_ppm = _UNEDITED_SINGLETS_PPM
    band_hz = ((WATER_PPM - high_ppm) * frequency_mhz, (WATER_PPM - low_ppm) * frequency_mhz)
    alignment = aligned(edit_off, edit_on, dwell_s, limit_hz, band_hz)
    return EditedSignals(0.5 * (edit_on + alignment.fid), 0.5 * (edit_on - alignment.fid), alignment)


def _halved(on: BasisSet, other: ComplexArray) -> BasisSet:
    """Half of a sum, without functions of which next to nothing is left."""
    combined: ComplexArray = (on.fid + other) / 2.0
    left = np.linalg.norm(combined, axis=1) / np.linalg.norm(on.fid, axis=1)
    gone = [name for name, share in zip(on.names, left.tolist(), strict=True) if share < _NEGLIGIBLE]
    return replace(on, fid=combined).without(gone)
