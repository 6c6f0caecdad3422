"""Macromolecules and mobile lipids: broad Gaussian lines under the metabolites.

Positions, widths and proton counts below 2 ppm are LCModel's defaults (Provencher, user's manual, simulated basis
spectra), meant for clinical fields; at high fields LCModel itself narrows the lines. Its one function for all that lies
above is parted here, since choline and creatine stand on lines of their own at 3.20 and 2.97 ppm (positions of Behar
1994; named after the experts' consensus, Cudalbu 2021). Couplings within macromolecules are not simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM, BasisSet
from impasto.maps.spectroscopy.signal import broadening

__all__ = [
    "LIPIDS",
    "LIPID_T2_S",
    "MACROMOLECULES",
    "MACROMOLECULE_T2_S",
    "BroadLine",
    "broad_line_basis",
    "lipid_basis",
    "macromolecule_basis",
]

MACROMOLECULE_T2_S = 0.03
"""A round value of the order reported for human brain at 3 T; it differs from line to line."""

LIPID_T2_S = 0.06
"""A round value: mobile lipids outlive macromolecules and are still seen at an echo time of 135 ms."""


@dataclass(frozen=True)
class BroadLine:
    """A Gaussian line.

    Parameters
    ----------
    position_ppm : float
    width_ppm : float
        Full width at half maximum.
    protons : float
        Its area.
    """

    position_ppm: float
    width_ppm: float
    protons: float


MACROMOLECULES: Mapping[str, tuple[BroadLine, ...]] = {
    "MM09": (BroadLine(0.91, 0.14, 3.0),),
    "MM12": (BroadLine(1.21, 0.15, 2.0),),
    "MM14": (BroadLine(1.43, 0.17, 2.0),),
    "MM17": (BroadLine(1.67, 0.15, 2.0),),
    "MM20": (BroadLine(2.06, 0.17, 2.4), BroadLine(1.95, 0.15, 0.6)),
    "MM23": (BroadLine(2.26, 0.20, 3.0),),
    "MM30": (BroadLine(2.97, 0.17, 3.0),),
    "MM32": (BroadLine(3.20, 0.16, 3.0),),
    "MM38": (BroadLine(3.73, 0.20, 2.0), BroadLine(3.92, 0.20, 1.5)),
}
"""Lines of each macromolecule function; those within one rise and fall together."""

LIPIDS: Mapping[str, tuple[BroadLine, ...]] = {
    "Lip09": (BroadLine(0.89, 0.14, 3.0),),
    "Lip13": (BroadLine(1.28, 0.15, 1.0), BroadLine(1.28, 0.089, 1.0)),
    "Lip20": (BroadLine(2.04, 0.15, 1.33), BroadLine(2.25, 0.15, 0.67), BroadLine(2.80, 0.20, 0.87)),
}
"""Lines of each lipid function. Lip13 is half broad (LCModel's Lip13a), half narrow (Lip13b)."""


def broad_line_basis(
    lines: Mapping[str, tuple[BroadLine, ...]],
    echo_time_s: float,
    frequency_mhz: float,
    dwell_s: float,
    points: int,
    t2_s: float,
) -> BasisSet:
    """Sum Gaussian lines to basis functions; one proton has amplitude ``exp(-TE / T2)`` at the echo.

    Parameters
    ----------
    lines : mapping of str to tuple of BroadLine
        By the name of the basis function.
    echo_time_s : float
    frequency_mhz : float
    dwell_s : float
    points : int
    t2_s : float
        Decay until the echo; infinite for none. The lines' widths hold what decays after it.

    Returns
    -------
    BasisSet

    Raises
    ------
    ImpastoError
        When T2 is not positive.
    """
    if not t2_s > 0.0:
        raise ImpastoError("T2", f"{t2_s:g} s is not positive", "give seconds, or infinity for no decay")
    times_s = np.arange(points, dtype=float) * dwell_s
    fid = np.zeros((len(lines), points), dtype=complex)
    for row, parts in zip(fid, lines.values(), strict=True):
        for line in parts:
            frequency_hz = (WATER_PPM - line.position_ppm) * frequency_mhz
            decay = broadening(times_s, np.array(0.0), np.array(line.width_ppm * frequency_mhz))
            row += line.protons * decay * np.exp(2j * np.pi * frequency_hz * times_s)
    return BasisSet(tuple(lines), fid * np.exp(-echo_time_s / t2_s), dwell_s, frequency_mhz, echo_time_s)


def macromolecule_basis(
    echo_time_s: float, frequency_mhz: float, dwell_s: float, points: int, t2_s: float = MACROMOLECULE_T2_S
) -> BasisSet:
    """Basis functions MM09 to MM38 (see :data:`MACROMOLECULES`, :func:`broad_line_basis`).

    Examples
    --------
    >>> macromolecule_basis(0.03, 123.2, 5e-4, 512).fid[0, 0].real.round(2).item()
    1.1
    """
    return broad_line_basis(MACROMOLECULES, echo_time_s, frequency_mhz, dwell_s, points, t2_s)


def lipid_basis(
    echo_time_s: float, frequency_mhz: float, dwell_s: float, points: int, t2_s: float = LIPID_T2_S
) -> BasisSet:
    """Basis functions Lip09, Lip13, Lip20 (see :data:`LIPIDS`, :func:`broad_line_basis`)."""
    return broad_line_basis(LIPIDS, echo_time_s, frequency_mhz, dwell_s, points, t2_s)
