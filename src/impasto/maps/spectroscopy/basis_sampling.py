"""A basis set brought to the sampling and the scale of other data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve, toeplitz
from scipy.sparse import csr_array

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import BasisSet

__all__ = ["basis_at_frequency", "resampled_basis", "scaled_basis"]

_USED_BAND = 0.96
"""Share of the narrower bandwidth that is kept; what lies beyond is filtered out."""

_LARGEST_CHANGE = 0.06
"""Of the field strength, beyond which coupled spins look too different: scanners called 3 T lie within."""

_WINDOW = 96
"""Samples of the coarser sampling that each new one is made of."""

_OUT_OF_BAND_WEIGHT = 1e-6
"""Weight of what passes from outside the band against errors inside it; also keeps the equations well posed."""


def resampled_basis(basis: BasisSet, dwell_s: float, points: int) -> BasisSet:
    """Sample a basis set at other times, as a receiver of that bandwidth would have.

    Each new sample is the linear combination of the nearest old ones that is best, in the least-squares sense, for all
    frequencies in the band. A windowed sinc does this far from the ends only; a signal, though, begins abruptly at the
    echo, where it matters most, and there the combination reaches to later times alone.

    Parameters
    ----------
    basis : BasisSet
    dwell_s : float
        Wanted time between samples. Lines beyond 0.96 of its bandwidth are filtered out.
    points : int
        Wanted number of samples; zeros beyond the end of `basis`.

    Returns
    -------
    BasisSet

    Raises
    ------
    ImpastoError
        When the sampling is not positive.
    """
    if not (dwell_s > 0.0 and points > 0):
        raise ImpastoError("basis set", f"{points} points of {dwell_s:g} s cannot be sampled", "give positive numbers")
    fid = np.zeros((len(basis.names), points), dtype=complex)
    available = basis.fid.shape[1]
    if np.isclose(dwell_s, basis.dwell_s, rtol=1e-9):
        kept = min(points, available)
        fid[:, :kept] = basis.fid[:, :kept]
    else:
        ratio = dwell_s / basis.dwell_s
        positions = np.arange(points, dtype=float) * ratio
        positions = positions[positions <= available - 1]
        weights = _weights(positions, available, max(1.0, ratio))
        fid[:, : len(positions)] = (weights @ basis.fid.T.astype(complex)).T
    return replace(basis, fid=fid, dwell_s=dwell_s)


def basis_at_frequency(basis: BasisSet, frequency_mhz: float) -> BasisSet:
    """Bring a basis set to the field strength of a like scanner: 123.2 MHz (Siemens) to 127.8 MHz (Philips, GE).

    Time is stretched, so that chemical shifts stay where they are in ppm. Couplings, which in truth do not depend on
    the field, and linewidths change by the same few per cent in Hz.

    Parameters
    ----------
    basis : BasisSet
    frequency_mhz : float
        Of the data.

    Returns
    -------
    BasisSet
        With another dwell time.

    Raises
    ------
    ImpastoError
        When the frequencies are more than 6 % apart.

    Examples
    --------
    >>> basis = BasisSet(("Cr",), np.ones((1, 4), complex), 5e-4, 125.0, 0.03)
    >>> round(1e4 * basis_at_frequency(basis, 127.5).dwell_s, 3)
    4.902
    """
    ratio = frequency_mhz / basis.frequency_mhz
    if not abs(ratio - 1.0) <= _LARGEST_CHANGE:
        problem = f"is made for {basis.frequency_mhz:.1f} MHz, the data have {frequency_mhz:.1f} MHz"
        raise ImpastoError("basis set", problem, "choose one for the data's field strength")
    return replace(basis, dwell_s=basis.dwell_s / ratio, frequency_mhz=frequency_mhz)


def scaled_basis(basis: BasisSet, name: str, protons: float) -> BasisSet:
    """Scale a basis set so that one uncoupled proton has amplitude one, as simulated sets have.

    Parameters
    ----------
    basis : BasisSet
        On a scale of its own, for example that of an LCModel file.
    name : str
        A metabolite of singlets only, for example creatine: all its protons are in phase at the echo.
    protons : float
        How many it was made with: creatine 5, or 6 with its amine line.

    Returns
    -------
    BasisSet

    Raises
    ------
    ImpastoError
        When the set does not have the metabolite, or its signal starts at zero.

    Examples
    --------
    >>> basis = BasisSet(("Cr",), np.full((1, 4), 0.1 + 0.0j), 5e-4, 123.2, 0.03)
    >>> scaled_basis(basis, "Cr", 5).fid[0, 0].round(6).item()
    (5+0j)
    """
    if name not in basis.names:
        raise ImpastoError(name, "is not in the basis set", f"choose among {', '.join(basis.names)}")
    first = float(np.abs(basis.fid[basis.names.index(name), 0]))
    if first == 0.0:
        raise ImpastoError(name, "its signal starts at zero", "choose another metabolite")
    return replace(basis, fid=basis.fid * (protons / first))


def _weights(positions: FloatArray, available: int, stretch: float) -> csr_array:
    """Weights of the old samples (columns) in each new one (rows), positions counted in old samples.

    With ``b`` the kept share of the old band and ``K(x) = b sinc(b x)``, weights ``w`` of samples at ``x_k`` for a
    value at ``x`` minimise ``int_band |e^{iwx} - sum w_k e^{iw x_k}|^2 + m int_rest |sum w_k e^{iw x_k}|^2``, that is
    ``((1 - m) K(x_j - x_k) + m delta_jk) w_k = K(x - x_j)``. The matrix is the same for all windows.
    """
    width = min(available, round(_WINDOW * stretch))
    band = _USED_BAND / stretch
    gram = (1.0 - _OUT_OF_BAND_WEIGHT) * band * toeplitz(np.sinc(band * np.arange(width)))
    gram[np.diag_indices(width)] += _OUT_OF_BAND_WEIGHT
    starts = np.clip(np.round(positions).astype(np.int64) - width // 2, 0, available - width)
    columns = starts[:, None] + np.arange(width)
    wanted = band * np.sinc(band * (positions[:, None] - columns))
    values = cho_solve(cho_factor(gram), wanted.T).T
    row_ends = np.arange(len(positions) + 1) * width
    return csr_array((values.ravel(), columns.ravel(), row_ends), shape=(len(positions), available))
