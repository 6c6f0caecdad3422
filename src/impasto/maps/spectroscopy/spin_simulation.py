"""Density matrices of coupled protons: free evolution, hard pulses, coherence orders, and the lines that result.

Frequencies follow the sign convention of `core.spectra`: a proton upfield of the spectrometer's frequency turns with a
positive one. Reversing all shifts rotates the Hamiltonian by pi and leaves the couplings as they are, so the signal is
the complex conjugate of what the opposite convention gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, IntArray, read_only
from impasto.maps.spectroscopy.spin_systems import SpinGroup

__all__ = ["CoupledSpins", "Lines", "Manifold", "coupled_spins", "free_induction_decay"]

ComplexArray = NDArray[np.complexfloating]

_NEGLIGIBLE = 1e-8
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
class Manifold:
    """All states with one number of spins down; the Hamiltonian does not lead out of it.

    Parameters
    ----------
    states : ndarray of int, shape (state,)
        Which product states it holds.
    energies_hz : ndarray, shape (state,)
        Eigenvalues of the Hamiltonian over h.
    eigenstates : ndarray, shape (state, state)
        Real; one column each.
    """

    states: IntArray
    energies_hz: FloatArray
    eigenstates: FloatArray

    def propagator(self, time_s: float) -> ComplexArray:
        """Evolution of the manifold's product states over a time."""
        turning = np.exp(-2j * np.pi * self.energies_hz * time_s)
        propagator: ComplexArray = (self.eigenstates * turning) @ self.eigenstates.T
        return propagator


@dataclass(frozen=True, eq=False)
class CoupledSpins:
    """Protons with a Hamiltonian; density matrices are in the product basis, whose state 0 has all spins up.

    Parameters
    ----------
    count : int
        Number of protons.
    manifolds : tuple of Manifold
        From all spins up to all spins down.
    frequencies_hz : ndarray, shape (proton,)
        Of each proton without couplings, relative to the spectrometer's.
    """

    count: int
    manifolds: tuple[Manifold, ...]
    frequencies_hz: FloatArray

    def lowered(self) -> ComplexArray:
        """Transverse magnetisation of coherence order -1 (the sum of I-), which the receiver sees."""
        return self.raised().T

    def raised(self) -> ComplexArray:
        """Transverse magnetisation of coherence order +1 (the sum of I+)."""
        raised: ComplexArray = _raising(self.count).astype(complex)
        return raised

    def evolved(self, density: ComplexArray, time_s: float) -> ComplexArray:
        """Density matrix after free precession."""
        propagators = [manifold.propagator(time_s) for manifold in self.manifolds]
        evolved = np.zeros_like(density)
        for left, before in zip(self.manifolds, propagators, strict=True):
            for right, after in zip(self.manifolds, propagators, strict=True):
                block = np.ix_(left.states, right.states)
                if density[block].any():
                    evolved[block] = before @ density[block] @ after.conj().T
        return evolved

    def refocused(self, density: ComplexArray) -> ComplexArray:
        """Density matrix after a hard 180 degree pulse about x: every spin is flipped."""
        return density[::-1, ::-1]

    def inverted(self, density: ComplexArray, protons: BoolArray) -> ComplexArray:
        """Density matrix after a selective inversion of some protons between gradients that dephase them.

        Parameters
        ----------
        density : ndarray of complex, shape (state, state)
        protons : ndarray of bool, shape (proton,)
            Within the pulse's band; their own transverse magnetisation is lost.
        """
        flipped = np.arange(2**self.count) ^ int(protons @ (1 << np.arange(self.count)[::-1]))
        moments = _signs(self.count) @ protons
        kept = np.where(moments[:, None] == moments[None, :], density, 0.0)
        inverted: ComplexArray = kept[np.ix_(flipped, flipped)]
        return inverted

    def flipped_90(self, density: ComplexArray) -> ComplexArray:
        """Density matrix after a hard 90 degree pulse about x."""
        half_turned = _rotated_90(density, self.count)
        return _rotated_90(half_turned.conj().T, self.count).conj().T

    def of_order(self, density: ComplexArray, order: int) -> ComplexArray:
        """Keep the elements of one coherence order, as ideal crusher gradients do."""
        moments = _signs(self.count).sum(axis=1)
        return np.where(moments[:, None] - moments[None, :] == order, density, 0.0)

    def lines(self, density: ComplexArray) -> Lines:
        """Lines that a density matrix gives from now on; one uncoupled proton in full phase has amplitude one."""
        frequencies, amplitudes = [], []
        for upper, lower in pairwise(self.manifolds):
            received = (
                upper.eigenstates.T @ _raising(self.count)[np.ix_(upper.states, lower.states)] @ lower.eigenstates
            )
            coherent = lower.eigenstates.T @ density[np.ix_(lower.states, upper.states)] @ upper.eigenstates
            frequencies.append((upper.energies_hz[None, :] - lower.energies_hz[:, None]).ravel())
            amplitudes.append((coherent * received.T).ravel() / 2.0 ** (self.count - 1))
        lines = Lines(np.concatenate(frequencies), np.concatenate(amplitudes))
        kept = np.abs(lines.amplitudes) > _NEGLIGIBLE
        return Lines(lines.frequencies_hz[kept], lines.amplitudes[kept])


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
    manifolds = []
    for down in range(count + 1):
        states = np.flatnonzero((signs < 0.0).sum(axis=1) == down)
        energies, eigenstates = np.linalg.eigh(hamiltonian[np.ix_(states, states)])
        manifolds.append(Manifold(states, energies, eigenstates))
    return CoupledSpins(count, tuple(manifolds), read_only(np.array(offsets_hz, dtype=float)))


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
    # exp(a (block + n)) = exp(a block) exp(a n): a product of matrices in place of an exponential per line and point;
    # einsum, since threads that a matrix library starts for so little wait longer than they work
    length = max(1, round(points**0.5))
    starts = np.arange(0, points, length)
    blocks = np.exp(np.outer(starts, turn)) * lines.amplitudes[inside]
    fid: ComplexArray = np.einsum("bl,ln->bn", blocks, np.exp(np.outer(turn, np.arange(length)))).ravel()[:points]
    return fid


@cache
def _signs(count: int) -> FloatArray:
    """Return m of each spin (column) in each product state (row): +-1/2."""
    bits = (np.arange(2**count)[:, None] >> np.arange(count)[::-1]) & 1
    return read_only(0.5 - bits)


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


def _rotated_90(columns: ComplexArray, count: int) -> ComplexArray:
    """Turn each column's spins by 90 degrees about x, one spin after the other."""
    rotated = columns
    for spin in range(count):
        up, down = np.moveaxis(rotated.reshape(2**spin, 2, -1), 1, 0)
        rotated = np.stack([up - 1j * down, down - 1j * up], axis=1) / np.sqrt(2.0)
    return rotated.reshape(columns.shape)
