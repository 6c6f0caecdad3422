"""The fit's inner loop: for each voxel non-negative amplitudes, and a Gauss-Newton step of shift, phases and widths.

Amplitudes are eliminated (variable projection: Golub & Pereyra 1973, Kaufman 1975): at given shift, phases and widths
they follow from non-negative least squares (Lawson & Hanson 1974), and the step takes along how they would change.
Shift and phases act on the data, widths on the basis by linear interpolation on its grid.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray

__all__ = ["NONLINEAR", "fisher_matrices", "gauss_newton_steps", "noise_responses"]

NONLINEAR = 5
"""Parameters beside the amplitudes: shift, zero- and first-order phase, Lorentzian and squared Gaussian width."""

_SINGLE = NDArray[np.float32]


@numba.njit(cache=True)
def _cell(nodes: FloatArray, value: float) -> tuple[int, float]:
    """Left node of the interval that holds a value, and how far into it the value lies."""
    left = 0
    while left < len(nodes) - 2 and nodes[left + 1] <= value:
        left += 1
    return left, (value - nodes[left]) / (nodes[left + 1] - nodes[left])


# element by element: an assignment of slices compiles the message of its error too, which takes seconds
@numba.njit(cache=True)
def _copy(source: _SINGLE, target: _SINGLE) -> None:
    for a in range(target.shape[0]):
        for p in range(target.shape[1]):
            target[a, p] = source[a, p]


@numba.njit(cache=True, fastmath=True)
def _dot(first: _SINGLE, second: _SINGLE) -> float:
    total = np.float32(0.0)
    for p in range(first.shape[0]):
        total += first[p] * second[p]
    return float(total)


@numba.njit(cache=True, fastmath=True)
def _interpolate(corners: _SINGLE, i: int, j: int, u: float, v: float, basis: _SINGLE) -> None:
    """Basis spectra between four widths of the grid."""
    w00, w01 = np.float32((1 - u) * (1 - v)), np.float32((1 - u) * v)
    w10, w11 = np.float32(u * (1 - v)), np.float32(u * v)
    for m in range(basis.shape[0]):
        c00, c01, c10, c11 = corners[i, j, m], corners[i, j + 1, m], corners[i + 1, j, m], corners[i + 1, j + 1, m]
        row = basis[m]
        for p in range(basis.shape[1]):
            row[p] = w00 * c00[p] + w01 * c01[p] + w10 * c10[p] + w11 * c11[p]


@numba.njit(cache=True, fastmath=True)
def _width_change(
    corners: _SINGLE,
    place: tuple[int, int, float, float],
    steps: tuple[float, float],
    amplitudes: FloatArray,
    lorentzian: _SINGLE,
    gaussian: _SINGLE,
) -> None:
    """Change of the residual with the two widths: minus that of the modelled spectrum."""
    i, j, u, v = place
    lorentzian[:] = 0.0
    gaussian[:] = 0.0
    for m in range(len(amplitudes)):
        if amplitudes[m] != 0.0:
            down, up = np.float32(amplitudes[m] / steps[0]), np.float32(amplitudes[m] / steps[1])
            l0, l1 = np.float32(1 - v) * down, np.float32(v) * down
            g0, g1 = np.float32(1 - u) * up, np.float32(u) * up
            c00, c01, c10, c11 = corners[i, j, m], corners[i, j + 1, m], corners[i + 1, j, m], corners[i + 1, j + 1, m]
            for p in range(lorentzian.shape[0]):
                lorentzian[p] -= l0 * (c10[p] - c00[p]) + l1 * (c11[p] - c01[p])
                gaussian[p] -= g0 * (c01[p] - c00[p]) + g1 * (c11[p] - c10[p])


@numba.njit(cache=True)
def _factorise(matrix: FloatArray, chosen: NDArray[np.int64], count: int, factor: FloatArray) -> None:
    """Cholesky factor of the rows and columns that are chosen."""
    for a in range(count):
        for b in range(a + 1):
            total = matrix[chosen[a], chosen[b]]
            for c in range(b):
                total -= factor[a, c] * factor[b, c]
            factor[a, b] = np.sqrt(max(total, 1e-12)) if a == b else total / factor[b, b]


@numba.njit(cache=True)
def _solve(factor: FloatArray, count: int, values: FloatArray) -> None:
    """Solve in place with a Cholesky factor."""
    for a in range(count):
        for c in range(a):
            values[a] -= factor[a, c] * values[c]
        values[a] /= factor[a, a]
    for a in range(count - 1, -1, -1):
        for c in range(a + 1, count):
            values[a] -= factor[c, a] * values[c]
        values[a] /= factor[a, a]


@numba.njit(cache=True)
def _choose(positive: NDArray[np.bool_], chosen: NDArray[np.int64]) -> int:
    count = 0
    for m in range(len(positive)):
        if positive[m]:
            chosen[count] = m
            count += 1
    return count


@numba.njit(cache=True)
def _without_negatives(
    gram: FloatArray, against: FloatArray, amplitudes: FloatArray, positive: NDArray[np.bool_], factor: FloatArray
) -> None:
    """Solve for the positive ones, walking from the last amplitudes and stopping where one becomes negative."""
    size = len(against)
    chosen, trial = np.empty(size, np.int64), np.empty(size)
    while True:
        count = _choose(positive, chosen)
        _factorise(gram, chosen, count, factor)
        for a in range(count):
            trial[a] = against[chosen[a]]
        _solve(factor, count, trial)
        share = 1.0
        for a in range(count):
            if trial[a] <= 0.0:
                now = amplitudes[chosen[a]]
                share = min(share, now / (now - trial[a]) if now > 0.0 else 0.0)
        for a in range(count):
            m = chosen[a]
            amplitudes[m] += share * (trial[a] - amplitudes[m])
            if share < 1.0 and trial[a] <= 0.0 and amplitudes[m] <= 1e-9:
                amplitudes[m] = 0.0
                positive[m] = False
        if share >= 1.0:
            return


@numba.njit(cache=True)
def _non_negative(gram: FloatArray, against: FloatArray, amplitudes: FloatArray, factor: FloatArray) -> None:
    """Amplitudes that minimise the squared residual and are not negative, from a start that is not negative either."""
    size = len(against)
    positive = amplitudes > 0.0
    for _ in range(3 * size):
        _without_negatives(gram, against, amplitudes, positive, factor)
        best, steepest = -1, 1e-5
        for m in range(size):
            if not positive[m]:
                slope = against[m]
                for k in range(size):
                    slope -= gram[m, k] * amplitudes[k]
                slope /= np.sqrt(gram[m, m])
                if slope > steepest:
                    best, steepest = m, slope
        if best < 0:
            return
        positive[best] = True
        amplitudes[best] = 1e-9


@numba.njit(cache=True, fastmath=True)
def _gram(basis: _SINGLE, gram: FloatArray) -> None:
    """Products of all pairs of rows, four at a time so that each row is fetched half as often."""
    rows, points = basis.shape
    for m in range(0, rows, 2):
        other = min(m + 1, rows - 1)
        for k in range(0, m + 1, 2):
            beside = min(k + 1, rows - 1)
            mk, mb, ok, ob = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
            for p in range(points):
                mk += basis[m, p] * basis[k, p]
                mb += basis[m, p] * basis[beside, p]
                ok += basis[other, p] * basis[k, p]
                ob += basis[other, p] * basis[beside, p]
            gram[m, k], gram[m, beside], gram[other, k], gram[other, beside] = mk, mb, ok, ob
            gram[k, m], gram[beside, m], gram[k, other], gram[beside, other] = mk, mb, ok, ob
    for m in range(rows):
        gram[m, m] *= 1.0 + 1e-6


@numba.njit(cache=True)
def _add_expected(gram: FloatArray, expected: FloatArray, weights: FloatArray) -> None:
    """Add the squares of what amplitudes are expected to obey."""
    for r in range(len(expected)):
        for m in range(expected.shape[1]):
            if expected[r, m] != 0.0:
                for k in range(expected.shape[1]):
                    gram[m, k] += weights[r] * expected[r, m] * expected[r, k]


@numba.njit(cache=True)
def _expected_cost(expected: FloatArray, weights: FloatArray, amplitudes: FloatArray) -> float:
    cost = 0.0
    for r in range(len(expected)):
        off = 0.0
        for m in range(expected.shape[1]):
            off += expected[r, m] * amplitudes[m]
        cost += weights[r] * off * off
    return cost


@numba.njit(cache=True, fastmath=True)
def _subtract(basis: _SINGLE, amplitudes: FloatArray, left: _SINGLE) -> None:
    for m in range(len(amplitudes)):
        if amplitudes[m] > 0.0:
            height = np.float32(amplitudes[m])
            for p in range(left.shape[0]):
                left[p] -= height * basis[m, p]


@numba.njit(cache=True)
def _projected_curvature(
    basis: _SINGLE, change: _SINGLE, chosen: NDArray[np.int64], count: int, factor: FloatArray, curvature: FloatArray
) -> None:
    """Products of the parameters' derivatives after what the amplitudes can follow is taken out."""
    along, moved = np.empty((NONLINEAR, count)), np.empty((NONLINEAR, count))
    for a in range(NONLINEAR):
        for c in range(count):
            along[a, c] = _dot(basis[chosen[c]], change[a])
            moved[a, c] = along[a, c]
        _solve(factor, count, moved[a])
        for b in range(a + 1):
            total = _dot(change[a], change[b])
            for c in range(count):
                total -= along[b, c] * moved[a, c]
            curvature[a, b] = total
            curvature[b, a] = total


@numba.njit(cache=True)
def _hold_at_bounds(
    nodes: tuple[FloatArray, FloatArray], widths: FloatArray, curvature: FloatArray, wish: FloatArray
) -> None:
    """Leave a width where it is when it stands at its bound and wants beyond."""
    for a in range(2):
        last = nodes[a][len(nodes[a]) - 1]
        if (widths[a] <= 0.0 and wish[3 + a] < 0.0) or (widths[a] >= last and wish[3 + a] > 0.0):
            curvature[3 + a, :] = 0.0
            curvature[:, 3 + a] = 0.0
            curvature[3 + a, 3 + a] = 1.0
            wish[3 + a] = 0.0


@numba.njit(cache=True)
def _solve_damped(matrix: FloatArray, values: FloatArray) -> None:
    """Solve a small symmetric system in place, its diagonal raised a little (Levenberg 1944)."""
    count = len(values)
    factor = np.empty((count, count))
    for a in range(count):
        matrix[a, a] = matrix[a, a] * 1.001 + 1e-12
    _factorise(matrix, np.arange(count), count, factor)
    _solve(factor, count, values)


@numba.njit(cache=True, nogil=True)
def gauss_newton_steps(
    observed: _SINGLE,
    corners: _SINGLE,
    nodes: tuple[FloatArray, FloatArray],
    widths: FloatArray,
    amplitudes: FloatArray,
    expected: tuple[FloatArray, FloatArray],
    prior: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Penalised squared residual of each voxel at its present parameters, and the step that would lower it.

    Parameters
    ----------
    observed : ndarray of float32, shape (voxel, 7, point)
        The data, moved back in frequency and phase, baseline removed; its derivatives with shift, phase and delay;
        and those of the modelled spectrum.
    corners : ndarray of float32, shape (lorentzian, gaussian, name, point)
    nodes : (ndarray, ndarray)
        Widths of `corners`: Lorentzian, Gaussian squared.
    widths : ndarray, shape (voxel, 2)
    amplitudes : ndarray, shape (voxel, name)
        Where to begin; replaced with what fits best.
    expected : (ndarray, ndarray), shapes (rule, name) and (voxel, rule)
        Sums of amplitudes that are expected to vanish, and the weight of their squares.
    prior : (ndarray, ndarray), shapes (voxel, NONLINEAR)
        Weights of the parameters' squared distance from what is expected, and half the derivatives of that.

    Returns
    -------
    cost : ndarray, shape (voxel,)
        Without the parameters' own prior.
    step : ndarray, shape (voxel, NONLINEAR)
    """
    voxels, names, points = observed.shape[0], corners.shape[2], corners.shape[3]
    cost, steps = np.empty(voxels), np.zeros((voxels, NONLINEAR))
    for n in range(voxels):
        basis, gram, factor = np.empty((names, points), np.float32), np.empty((names, names)), np.empty((names, names))
        i, u = _cell(nodes[0], widths[n, 0])
        j, v = _cell(nodes[1], widths[n, 1])
        _interpolate(corners, i, j, u, v, basis)
        _gram(basis, gram)
        _add_expected(gram, expected[0], expected[1][n])
        against = np.empty(names)
        for m in range(names):
            against[m] = _dot(basis[m], observed[n, 0])
        _non_negative(gram, against, amplitudes[n], factor)
        left = observed[n, 0].copy()
        _subtract(basis, amplitudes[n], left)
        cost[n] = _dot(left, left) + _expected_cost(expected[0], expected[1][n], amplitudes[n])
        change = np.empty((NONLINEAR, points), np.float32)
        _copy(observed[n, 4:], change[:3])
        cell_sizes = (nodes[0][i + 1] - nodes[0][i], nodes[1][j + 1] - nodes[1][j])
        _width_change(corners, (i, j, u, v), cell_sizes, amplitudes[n], change[3], change[4])
        chosen = np.empty(names, np.int64)
        # the factor is still that of the amplitudes above zero
        count = _choose(amplitudes[n] > 0.0, chosen)
        curvature, wish = np.empty((NONLINEAR, NONLINEAR)), np.empty(NONLINEAR)
        _projected_curvature(basis, change, chosen, count, factor, curvature)
        for a in range(NONLINEAR):
            steepness = observed[n, 1 + a] if a < 3 else change[a]
            wish[a] = -_dot(steepness, left) - prior[1][n, a]
            curvature[a, a] += prior[0][n, a]
        _hold_at_bounds(nodes, widths[n], curvature, wish)
        _solve_damped(curvature, wish)
        for a in range(NONLINEAR):
            steps[n, a] = wish[a]
    return cost, steps


@numba.njit(cache=True)
def _derivatives(
    observed: _SINGLE,
    corners: _SINGLE,
    nodes: tuple[FloatArray, FloatArray],
    widths: FloatArray,
    amplitudes: FloatArray,
    change: _SINGLE,
) -> None:
    """Change of one voxel's modelled spectrum with each amplitude, then with the parameters beside them."""
    names = len(amplitudes)
    i, u = _cell(nodes[0], widths[0])
    j, v = _cell(nodes[1], widths[1])
    _interpolate(corners, i, j, u, v, change[:names])
    _copy(observed[4:], change[names : names + 3])
    cell_sizes = (nodes[0][i + 1] - nodes[0][i], nodes[1][j + 1] - nodes[1][j])
    _width_change(corners, (i, j, u, v), cell_sizes, amplitudes, change[names + 3], change[names + 4])
    # derivatives of the residual so far: those of the model have the other sign
    for a in range(names, change.shape[0]):
        for p in range(change.shape[1]):
            change[a, p] = -change[a, p]


@numba.njit(cache=True, nogil=True)
def fisher_matrices(
    observed: _SINGLE,
    corners: _SINGLE,
    nodes: tuple[FloatArray, FloatArray],
    widths: FloatArray,
    amplitudes: FloatArray,
    expected: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Products of all derivatives of the modelled spectrum, amplitudes first, at unit noise.

    Parameters as in :func:`gauss_newton_steps`.

    Returns
    -------
    ndarray, shape (voxel, name + NONLINEAR, name + NONLINEAR)
    """
    voxels, names, points = observed.shape[0], corners.shape[2], corners.shape[3]
    size = names + NONLINEAR
    fisher = np.empty((voxels, size, size))
    for n in range(voxels):
        change = np.empty((size, points), np.float32)
        _derivatives(observed[n], corners, nodes, widths[n], amplitudes[n], change)
        _gram(change, fisher[n])
        _add_expected(fisher[n, :names, :names], expected[0], expected[1][n])
    return fisher


@numba.njit(cache=True, nogil=True)
def noise_responses(
    observed: _SINGLE,
    corners: _SINGLE,
    nodes: tuple[FloatArray, FloatArray],
    widths: FloatArray,
    amplitudes: FloatArray,
    noise: _SINGLE,
) -> FloatArray:
    """Products of all derivatives of the modelled spectrum, amplitudes first, with noise of known shape.

    Parameters as in :func:`gauss_newton_steps`, and

    noise : ndarray of float32, shape (voxel, component, point)
        Real spectra, moved back and baseline removed as the data.

    Returns
    -------
    ndarray, shape (voxel, name + NONLINEAR, component)
    """
    voxels, size, points = observed.shape[0], corners.shape[2] + NONLINEAR, corners.shape[3]
    responses = np.empty((voxels, size, noise.shape[1]))
    for n in range(voxels):
        change = np.empty((size, points), np.float32)
        _derivatives(observed[n], corners, nodes, widths[n], amplitudes[n], change)
        for a in range(size):
            for c in range(noise.shape[1]):
                responses[n, a, c] = _dot(change[a], noise[n, c])
    return responses
