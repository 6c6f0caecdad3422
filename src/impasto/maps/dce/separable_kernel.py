"""Least squares of curves that are linear in two amplitudes once the rates of their exponentials are known.

Columns are numbered throughout: 0 the first exponential, 1 the second column (a fixed curve or another exponential),
2 and 3 how they change with their rates. A rate is a place between the nodes of a :class:`RateBasis`.
"""

from __future__ import annotations

import numba
import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.maps.dce.parameter_covariance import covariance_at_bounds

__all__ = ["FIXED", "NONE", "RATE", "fit_curves"]

NONE, FIXED, RATE = 0, 1, 2

_SINGULAR = 1e-10
_LARGEST_STEP = 2.0
_SMALL_STEP = 1e-3
_ITERATIONS = 60
_BANDS = 3


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def _dot(first: FloatArray, second: FloatArray) -> float:
    total = 0.0
    for t in range(first.shape[0]):
        total += first[t] * second[t]
    return total


@numba.njit(cache=True)
def _fill(values: FloatArray, slopes: FloatArray, place: float, column: FloatArray, change: FloatArray) -> None:
    """Hermite interpolation between two nodes: the curve and its derivative along the nodes."""
    left = min(int(place), values.shape[0] - 2)
    u = place - left
    v = 1.0 - u
    at0, at1 = v * v * (1.0 + 2.0 * u), u * u * (3.0 - 2.0 * u)
    by0, by1 = u * v * v, -u * u * v
    dat = 6.0 * u * v
    dby0, dby1 = v * (1.0 - 3.0 * u), u * (3.0 * u - 2.0)
    for t in range(values.shape[1]):
        a, b, c, d = values[left, t], values[left + 1, t], slopes[left, t], slopes[left + 1, t]
        column[t] = at0 * a + at1 * b + by0 * c + by1 * d
        change[t] = dat * (b - a) + dby0 * c + dby1 * d


@numba.njit(cache=True)
def _pair(g1: float, g2: float, m11: float, m12: float, m22: float) -> tuple[float, float, float]:
    """Non-negative amplitudes of two columns and by how much they lower the sum of squares."""
    determinant = m11 * m22 - m12 * m12
    if determinant > _SINGULAR * m11 * m22:
        first, second = (g1 * m22 - g2 * m12) / determinant, (g2 * m11 - g1 * m12) / determinant
        if first >= 0.0 and second >= 0.0:
            return first, second, first * g1 + second * g2
    alone1 = g1 * g1 / m11 if g1 > 0.0 and m11 > 0.0 else 0.0
    alone2 = g2 * g2 / m22 if g2 > 0.0 and m22 > 0.0 else 0.0
    if alone1 >= alone2:
        return max(g1, 0.0) / m11 if m11 > 0.0 else 0.0, 0.0, alone1
    return 0.0, g2 / m22, alone2


@numba.njit(cache=True)
def _start(
    kind: int,
    products: FloatArray,
    gram: FloatArray,
    second: tuple[float, float, FloatArray],
    band: tuple[int, int],
) -> IntArray:
    """Nodes that fit best, of two rates those whose faster one lies in a band.

    `second` holds the fixed column's product with the curve, with itself and with the nodes.
    """
    best, nodes = -1.0, np.zeros(2, dtype=np.int64)
    along, norm, across = second
    if kind == RATE:
        for j in range(max(band[0], 1), band[1]):
            for i in range(j):
                gain = _pair(products[i], products[j], gram[i, i], gram[i, j], gram[j, j])[2]
                if gain > best:
                    best = gain
                    nodes[0], nodes[1] = i, j
        return nodes
    for i in range(products.shape[0]):
        if kind == FIXED:
            gain = _pair(products[i], along, gram[i, i], across[i], norm)[2]
        else:
            gain = max(products[i], 0.0) ** 2 / gram[i, i]
        if gain > best:
            best = gain
            nodes[0] = i
    return nodes


@numba.njit(cache=True)
def _columns(kind: int, values: FloatArray, slopes: FloatArray, places: FloatArray, columns: FloatArray) -> None:
    """Fill the columns that depend on rates."""
    _fill(values, slopes, places[0], columns[0], columns[2])
    if kind == RATE:
        _fill(values, slopes, places[1], columns[1], columns[3])


@numba.njit(cache=True)
def _products(kind: int, curve: FloatArray, columns: FloatArray, normal: FloatArray, along: FloatArray) -> None:
    for a in range(4):
        if (a == 1 and kind == NONE) or (a == 3 and kind != RATE):
            continue
        along[a] = _dot(columns[a], curve)
        for b in range(a + 1):
            normal[a, b] = _dot(columns[a], columns[b])
            normal[b, a] = normal[a, b]


@numba.njit(cache=True)
def _cleared(normal: FloatArray, m: int, n: int, amplitudes: FloatArray) -> float:
    """Product of two rate columns less what the columns with amplitudes take up of it (Kaufman 1975)."""
    product: float = normal[2 + m, 2 + n]
    if amplitudes[0] > 0.0 and amplitudes[1] > 0.0:
        determinant = normal[0, 0] * normal[1, 1] - normal[0, 1] ** 2
        if determinant > 0.0:
            a, b = normal[2 + m, 0], normal[2 + m, 1]
            c, d = normal[2 + n, 0], normal[2 + n, 1]
            taken = a * c * normal[1, 1] - (a * d + b * c) * normal[0, 1] + b * d * normal[0, 0]
            product -= taken / determinant
            return product
    for own in range(2):
        if amplitudes[own] > 0.0 and normal[own, own] > 0.0:
            product -= normal[2 + m, own] * normal[2 + n, own] / normal[own, own]
            return product
    return product


@numba.njit(cache=True)
def _step(
    normal: FloatArray, along: FloatArray, amplitudes: FloatArray, free: FloatArray, damping: float, step: FloatArray
) -> None:
    """Damped Gauss-Newton step of the rates, amplitudes following; `free` is the sign a rate may not move along."""
    slope = np.zeros(2)
    for m in range(2):
        step[m] = 0.0
        if free[m] < 2.0 and amplitudes[m] > 0.0:
            residual = along[2 + m] - normal[2 + m, 0] * amplitudes[0] - normal[2 + m, 1] * amplitudes[1]
            slope[m] = amplitudes[m] * residual
            if slope[m] * free[m] > 0.0:
                slope[m] = 0.0
    h00 = amplitudes[0] ** 2 * _cleared(normal, 0, 0, amplitudes) * (1.0 + damping)
    if slope[0] != 0.0 and slope[1] != 0.0:
        h11 = amplitudes[1] ** 2 * _cleared(normal, 1, 1, amplitudes) * (1.0 + damping)
        h01 = amplitudes[0] * amplitudes[1] * _cleared(normal, 0, 1, amplitudes)
        determinant = h00 * h11 - h01 * h01
        if h00 > 0.0 and h11 > 0.0 and determinant > 0.0:
            step[0] = (slope[0] * h11 - slope[1] * h01) / determinant
            step[1] = (slope[1] * h00 - slope[0] * h01) / determinant
    elif slope[0] != 0.0 and h00 > 0.0:
        step[0] = slope[0] / h00
    elif slope[1] != 0.0:
        h11 = amplitudes[1] ** 2 * _cleared(normal, 1, 1, amplitudes) * (1.0 + damping)
        if h11 > 0.0:
            step[1] = slope[1] / h11
    for m in range(2):
        step[m] = min(max(step[m], -_LARGEST_STEP), _LARGEST_STEP)


@numba.njit(cache=True)
def _settle(
    kind: int,
    moves: bool,
    curve: FloatArray,
    basis: tuple[FloatArray, FloatArray],
    places: FloatArray,
    work: tuple[FloatArray, FloatArray, FloatArray],
) -> float:
    """Move the places until the sum of squares no longer falls; a step that raises it is damped more.

    Returns by how much amplitudes at the places lower the sum.
    """
    values, slopes = basis
    columns, normal, along = work
    last = float(values.shape[0] - 1)
    held, step, tried, amplitudes = np.zeros(2), np.zeros(2), np.zeros(2), np.zeros(2)
    tried[0], tried[1] = places[0], places[1]
    kept, pushed = np.zeros((4, 4)), np.zeros(4)
    best, damping = -1.0, 1e-4
    for _ in range(_ITERATIONS):
        _columns(kind, values, slopes, tried, columns)
        _products(kind, curve, columns, normal, along)
        first, second, gain = _pair(along[0], along[1], normal[0, 0], normal[0, 1], normal[1, 1])
        if gain >= best * (1.0 - 1e-15):
            best, damping = gain, damping * 0.1
            amplitudes[0], amplitudes[1] = first, second
            for a in range(4):
                pushed[a] = along[a]
                for b in range(4):
                    kept[a, b] = normal[a, b]
            for m in range(2):
                places[m] = tried[m]
                movable = moves and (m == 0 or kind == RATE)
                held[m] = 2.0 if not movable else (1.0 if places[m] >= last else (-1.0 if places[m] <= 0.0 else 0.0))
        else:
            damping = max(10.0 * damping, 1e-2)
        _step(kept, pushed, amplitudes, held, damping, step)
        for m in range(2):
            tried[m] = min(max(places[m] + step[m], 0.0), last)
        if abs(tried[0] - places[0]) < _SMALL_STEP and abs(tried[1] - places[1]) < _SMALL_STEP:
            places[0], places[1] = tried[0], tried[1]
            break
    if kind == RATE and places[0] > places[1]:
        places[0], places[1] = places[1], places[0]
    return best


@numba.njit(cache=True)
def _settled_amplitudes(
    kind: int,
    curve: FloatArray,
    basis: tuple[FloatArray, FloatArray],
    places: FloatArray,
    work: tuple[FloatArray, FloatArray, FloatArray],
    amplitudes: FloatArray,
) -> None:
    """Amplitudes at the places; without one the first exponential has no rate, which is then zero."""
    columns, normal, along = work
    for _ in range(2):
        _columns(kind, basis[0], basis[1], places, columns)
        _products(kind, curve, columns, normal, along)
        first, second, _ = _pair(along[0], along[1], normal[0, 0], normal[0, 1], normal[1, 1])
        amplitudes[0], amplitudes[1] = first, second
        if first > 0.0 or places[0] == 0.0:
            break
        places[0] = 0.0


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def _squares(curve: FloatArray, columns: FloatArray, amplitudes: FloatArray) -> float:
    """Sum of squared residuals."""
    total = 0.0
    for t in range(len(curve)):
        total += (curve[t] - amplitudes[0] * columns[0, t] - amplitudes[1] * columns[1, t]) ** 2
    return total


@numba.njit(cache=True, fastmath={"reassoc", "contract"})
def _weighted_dot(first: FloatArray, second: FloatArray, weights: FloatArray) -> float:
    total = 0.0
    for t in range(first.shape[0]):
        total += first[t] * second[t] * weights[t]
    return total


@numba.njit(cache=True)
def _scatter(
    columns: FloatArray, present: BoolArray, noise: tuple[FloatArray, FloatArray], share: float, scatter: FloatArray
) -> None:
    """Products of the columns under the frames' covariance: own variances, and the common error of the baseline."""
    variance, common = noise
    along = np.zeros(4)
    for a in range(4):
        if present[a]:
            along[a] = _dot(columns[a], common)
            for b in range(a + 1):
                if present[b]:
                    product = _weighted_dot(columns[a], columns[b], variance) + share * along[a] * along[b]
                    scatter[a, b] = product
                    scatter[b, a] = product


@numba.njit(cache=True)
def _spread(
    sides: tuple[FloatArray, FloatArray, FloatArray],
    present: BoolArray,
    state: tuple[FloatArray, FloatArray, FloatArray],
    last: float,
    covariance: FloatArray,
) -> None:
    """Covariance of amplitudes and rates: the normal matrix and scatter are turned into those of derivatives."""
    normal, scatter, scaled = sides
    amplitudes, places, scales = state
    free = np.ones(4, dtype=np.bool_)
    for m in range(2):
        free[m] = present[m] and amplitudes[m] > 0.0
        free[2 + m] = present[2 + m] and free[m] and 0.0 < places[m] < last
    for a in range(4):
        for b in range(4):
            factor = scales[a] * scales[b]
            normal[a, b] *= factor
            scaled[a, b] = scatter[a, b] * factor
    covariance_at_bounds(normal, scaled, present, free, covariance)


@numba.njit(cache=True, nogil=True)
def fit_curves(
    model: tuple[int, bool],
    curves: FloatArray,
    nodes: tuple[FloatArray, FloatArray],
    basis: tuple[FloatArray, FloatArray, FloatArray],
    noise: tuple[bool, FloatArray, FloatArray, float],
    rate_per_place: tuple[float, float],
    out: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
) -> None:
    """Fit curves, each row on its own.

    Parameters
    ----------
    model : tuple
        What the second column is (`NONE`, `FIXED`, `RATE`), and whether rates may move from 0.
    curves : ndarray, shape (voxel, time)
    nodes : tuple of ndarray
        Products of curves and nodes, shape (voxel, node), and of nodes with each other, shape (node, node).
    basis : tuple of ndarray
        Values and slopes at the nodes, shape (node, time), and the fixed column, shape (time,).
    noise : tuple
        Whether frames have the same noise; else their variance and their change with the baseline, shape (voxel, time)
        or (1, time), and the variance of the baseline.
    rate_per_place : tuple
        Scale and spacing of the nodes: a rate is ``scale (exp(spacing place) - 1)``.
    out : tuple of ndarray
        Amplitudes (voxel, 2), rates (voxel, 2), covariance at unit noise of amplitudes and rates (voxel, 4, 4), and
        sum of squared residuals (voxel,).
    """
    kind, moves = model
    products, gram = nodes
    values, slopes, fixed = basis
    is_even, variance, common, share = noise
    frames = curves.shape[1]
    columns, normal, along = np.zeros((4, frames)), np.zeros((4, 4)), np.zeros(4)
    norm, across = _dot(fixed, fixed), np.zeros(values.shape[0])
    for node in range(values.shape[0]):
        across[node] = _dot(values[node], fixed)
    for t in range(frames):
        columns[1, t] = fixed[t]
    amplitudes, places, tried, scales = np.zeros(2), np.zeros(2), np.zeros(2), np.ones(4)
    scatter, scaled, present = np.zeros((4, 4)), np.zeros((4, 4)), np.ones(4, dtype=np.bool_)
    present[1], present[2], present[3] = kind != NONE, moves, moves and kind == RATE
    for voxel in range(curves.shape[0]):
        curve = curves[voxel]
        # two rates may have several valleys: go down from the best start with a slow, a middling and a fast second rate
        best, bands = -1.0, _BANDS if kind == RATE else 1
        for n in range(bands):
            tried[0], tried[1] = 0.0, 0.0
            if moves:
                band = (n * values.shape[0] // bands, (n + 1) * values.shape[0] // bands)
                start = _start(kind, products[voxel], gram, (_dot(curve, fixed), norm, across), band)
                tried[0], tried[1] = start[0], start[1]
            gain = _settle(kind, moves, curve, (values, slopes), tried, (columns, normal, along))
            if gain > best:
                best = gain
                places[0], places[1] = tried[0], tried[1]
        _settled_amplitudes(kind, curve, (values, slopes), places, (columns, normal, along), amplitudes)
        out[3][voxel] = _squares(curve, columns, amplitudes)
        for m in range(2):
            out[0][voxel, m] = amplitudes[m]
            out[1][voxel, m] = rate_per_place[0] * np.expm1(rate_per_place[1] * places[m])
            growth = rate_per_place[0] * rate_per_place[1] * np.exp(rate_per_place[1] * places[m])
            scales[2 + m] = amplitudes[m] / growth
        if not is_even:
            row = voxel if len(variance) > 1 else 0
            _scatter(columns, present, (variance[row], common[row]), share, scatter)
        used = normal.copy() if is_even else scatter
        last = values.shape[0] - 1.0
        _spread((normal, used, scaled), present, (amplitudes, places, scales), last, out[2][voxel])
