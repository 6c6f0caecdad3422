"""Density matrices of coupled protons: free evolution, hard pulses, coherence orders, and the lines that result.

Frequencies follow the sign convention of `core.spectra`: a proton upfield of the spectrometer's frequency turns with a
positive one. Reversing all shifts rotates the Hamiltonian by pi and leaves the couplings as they are, so the signal is
the complex conjugate of what the opposite convention gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, read_only
from impasto.maps.spectroscopy.spin_systems import SpinGroup

__all__ = ["CoupledSpins", "Lines", "coupled_spins", "free_induction_decay"]

ComplexArray = NDArray[np.complexfloating]

_NEGLIGIBLE = 1e-7
"""Lines weaker than this, one proton being one, are left out."""


@dataclass(frozen=True, eq=False)
class Lines:
    """A signal as a sum of undamped lines, ``amplitude exp(2 pi i frequency t)``.

    Parameters
    ----------
    frequencies_hz : ndarray, shape (line,)
    amplitudes : ndarray of complex, shape (line,)
    """

    frequencies_hz: FloatArray
    amplitudes: ComplexArray


@dataclass(frozen=True, eq=False)
class CoupledSpins:
    """Protons with a Hamiltonian, in the product basis (state 0: all spins up).

    Parameters
    ----------
    energies_hz : ndarray, shape (state,)
        Eigenvalues of the Hamiltonian over h.
    eigenstates : ndarray, shape (state, state)
        Real; one column each.
    """

    energies_hz: FloatArray
    eigenstates: FloatArray

    def count(self) -> int:
        """Return the number of protons."""
        return len(self.energies_hz).bit_length() - 1

    def lowered(self) -> ComplexArray:
        """Transverse magnetisation of coherence order -1 (the sum of I-), which the receiver sees."""
        lowered: ComplexArray = _raising(self.count()).T.astype(complex)
        return lowered

    def raised(self) -> ComplexArray:
        """Transverse magnetisation of coherence order +1 (the sum of I+)."""
        raised: ComplexArray = _raising(self.count()).astype(complex)
        return raised

    def evolved(self, density: ComplexArray, time_s: float) -> ComplexArray:
        """Density matrix after free precession."""
        turning = np.exp(-2j * np.pi * self.energies_hz * time_s)
        propagator = (self.eigenstates * turning) @ self.eigenstates.T
        return propagator @ density @ propagator.conj().T

    def refocused(self, density: ComplexArray) -> ComplexArray:
        """Density matrix after a hard 180 degree pulse about x: every spin is flipped."""
        return density[::-1, ::-1]

    def flipped_90(self, density: ComplexArray) -> ComplexArray:
        """Density matrix after a hard 90 degree pulse about x."""
        rotation = _rotation_90(self.count())
        return rotation @ density @ rotation.conj().T

    def of_order(self, density: ComplexArray, order: int) -> ComplexArray:
        """Keep the elements of one coherence order, as ideal crusher gradients do."""
        moments = _moments(self.count())
        return np.where(moments[:, None] - moments[None, :] == order, density, 0.0)

    def lines(self, density: ComplexArray) -> Lines:
        """Lines that a density matrix gives from now on; one uncoupled proton in full phase has amplitude one."""
        vectors = self.eigenstates
        seen = vectors.T @ _raising(self.count()) @ vectors
        amplitudes = (vectors.T @ density @ vectors) * seen.T / 2.0 ** (self.count() - 1)
        frequencies = self.energies_hz[None, :] - self.energies_hz[:, None]
        kept = np.abs(amplitudes) > _NEGLIGIBLE
        return Lines(frequencies[kept], amplitudes[kept])


def coupled_spins(group: SpinGroup, offsets_hz: FloatArray) -> CoupledSpins:
    """Diagonalise ``sum_i f_i I_iz + sum_ij J_ij I_i . I_j``.

    Parameters
    ----------
    group : SpinGroup
    offsets_hz : ndarray, shape (proton,)
        f_i: frequency of each proton relative to the spectrometer's.
    """
    count = len(group.protons)
    signs = _signs(count)
    hamiltonian = np.diag(signs @ offsets_hz)
    for i in range(count):
        for j in range(i + 1, count):
            if group.couplings_hz[i, j]:
                hamiltonian += group.couplings_hz[i, j] * _exchange(count, i, j)
    energies, states = np.linalg.eigh(hamiltonian)
    return CoupledSpins(energies, states)


def free_induction_decay(lines: Lines, dwell_s: float, points: int) -> ComplexArray:
    """Sample lines in time, without those beyond the receiver's bandwidth.

    Parameters
    ----------
    lines : Lines
    dwell_s : float
    points : int

    Returns
    -------
    ndarray of complex, shape (points,)

    Examples
    --------
    >>> free_induction_decay(Lines(np.array([250.0]), np.array([1.0 + 0.0j])), 1e-3, 3).round(6).tolist()
    [(1+0j), 1j, (-1+0j)]
    """
    inside = np.abs(lines.frequencies_hz) * dwell_s <= 0.5
    turn = 2j * np.pi * dwell_s * lines.frequencies_hz[inside]
    # exp(a (block + n)) = exp(a block) exp(a n): one matrix product in place of one exponential per line and point
    length = max(1, round(points**0.5))
    starts = np.arange(0, points, length)
    blocks = np.exp(np.outer(starts, turn)) * lines.amplitudes[inside]
    fid: ComplexArray = (blocks @ np.exp(np.outer(turn, np.arange(length)))).ravel()[:points]
    return fid


@cache
def _signs(count: int) -> FloatArray:
    """Return m of each spin (column) in each product state (row): +-1/2."""
    bits = (np.arange(2**count)[:, None] >> np.arange(count)[::-1]) & 1
    return read_only(0.5 - bits)


@cache
def _moments(count: int) -> FloatArray:
    return read_only(_signs(count).sum(axis=1))


@cache
def _raising(count: int) -> FloatArray:
    """Sum of I+ over all spins."""
    states = np.arange(2**count)
    total = np.zeros((2**count, 2**count))
    for spin in range(count):
        down = states[(states >> spin) & 1 == 1]
        total[down ^ (1 << spin), down] = 1.0
    return read_only(total)


@cache
def _exchange(count: int, first: int, second: int) -> FloatArray:
    """Scalar product of two spins: 1/4 where they are alike, else -1/4 on and 1/2 off the diagonal."""
    states = np.arange(2**count)
    mask = (1 << (count - 1 - first)) | (1 << (count - 1 - second))
    signs = _signs(count)
    product = np.diag(signs[:, first] * signs[:, second])
    unlike = states[signs[:, first] != signs[:, second]]
    product[unlike ^ mask, unlike] += 0.5
    return read_only(product)


@cache
def _rotation_90(count: int) -> ComplexArray:
    single = np.array([[1.0, -1.0j], [-1.0j, 1.0]]) / np.sqrt(2.0)
    rotation = np.ones((1, 1), dtype=complex)
    for _ in range(count):
        rotation = np.kron(rotation, single)
    return read_only(rotation)
