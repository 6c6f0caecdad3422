"""Seeded random walker: how probable it is that a walk from a voxel meets the seeds of a lesion first.

Grady (2006) segments by the odds of a walker that avoids steps across edges of the image; the odds are the harmonic
function of a graph whose weights fall with the difference between neighbours, 1 on seeds inside and 0 on seeds
outside. Several images of one place add their differences. Grady (2005) adds what each voxel's own value says: a prior,
as if every voxel were tied to a seed of either kind. The linear system is solved without a matrix by conjugate
gradients, first on coarser voxels for a start.

No graph cut (Boykov 2001) stands beside it: the same graph would only lose the probability, and the max-flow solvers
that could be used are too slow for a head (SciPy's) or under a licence that impasto cannot take (PyMaxflow's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.threads import threads_for

__all__ = ["RandomWalkerSettings", "edge_contrast_from_noise", "random_walker", "walk_probability"]

_LEAST_WEIGHT = 1e-5
_SMALLEST_SIDE = 12
_INSIDE, _OUTSIDE, _FREE, _ABSENT = 1, 2, 0, 3


@dataclass(frozen=True)
class RandomWalkerSettings:
    """What counts as an edge, and how far the solution goes.

    Parameters
    ----------
    edge_contrast : tuple of float
        For each image, in its unit: a difference d between neighbours lowers the weight of the step between them by
        exp(-(d / edge_contrast)^2). About twice the noise, and at most half the contrast of the border
        that is looked for: few seeds in a large lesion need strong edges, or a prior.
    prior_weight : float
        Weight of the prior of a voxel beside that of a step to a neighbour of the same value: 0 leaves it out; .01
        lets it decide some 10 voxels away from seeds and edges.
    tolerance : float
        Share of the first residual at which the solution ends.
    most_iterations : int

    Raises
    ------
    ImpastoError
        When a number is not positive.
    """

    edge_contrast: tuple[float, ...]
    prior_weight: float = 0.0
    tolerance: float = 1e-3
    most_iterations: int = 2000

    def __post_init__(self) -> None:
        if not self.edge_contrast or not all(one > 0.0 for one in self.edge_contrast) or self.prior_weight < 0.0:
            problem = f"edge contrasts {self.edge_contrast}, prior weight {self.prior_weight:g}"
            raise ImpastoError(
                "random walker", problem, "give a positive edge contrast per image, a weight of 0 or more"
            )


def random_walker(
    images: Sequence[Image],
    inside: BoolArray,
    outside: BoolArray,
    settings: RandomWalkerSettings,
    within: BoolArray | None = None,
    prior: RealArray | None = None,
) -> Image:
    """Probability that each voxel belongs to what the seeds inside mark.

    Parameters
    ----------
    images : sequence of Image
        One or more on the same grid, three axes.
    inside, outside : ndarray of bool, shape of the grid
        Seeds; where both are set, inside holds.
    settings : RandomWalkerSettings
        One edge contrast per image.
    within : ndarray of bool, shape of the grid, optional
        Voxels that the walk may enter, such as the brain; seeds always belong to them. The rest has probability 0.
        Only the box around them is computed.
    prior : ndarray, shape of the grid, optional
        Probability from the voxel's own values.

    Returns
    -------
    Image
        Of float32 on the same grid; where no seed can be reached and there is no prior, 0.

    Raises
    ------
    ImpastoError
        When the images lie on different grids, or no seeds inside are given.
    """
    grid = images[0].grid
    if any(not grid.matches(image.grid) or image.data.ndim != 3 for image in images):
        raise ImpastoError(images[0].quantity, "the images lie on different grids", "resample them to one grid first")
    if len(images) != len(settings.edge_contrast):
        problem = f"{len(settings.edge_contrast)} edge contrasts for {len(images)} images"
        raise ImpastoError("random walker", problem, "give one per image")
    if not inside.any():
        raise ImpastoError("random walker", "no voxel is marked as inside", "put a seed into the lesion")
    seeds = np.zeros(grid.shape, dtype=np.uint8)
    if within is not None:
        seeds[~within] = _ABSENT
    seeds[outside] = _OUTSIDE
    seeds[inside] = _INSIDE
    box = _box(seeds != _ABSENT)
    values = np.stack([np.asarray(image.data[box], dtype=np.float32) for image in images])
    found = np.zeros(grid.shape, dtype=np.float32)
    tied = None if prior is None else prior[box]
    found[box] = walk_probability(values, seeds[box], grid.spacing_mm, settings, tied)
    return Image(found, grid, "probability", "1")


def edge_contrast_from_noise(values: RealArray, within: BoolArray, times_noise: float = 2.0) -> float:
    """Propose an edge contrast: a multiple of the noise between neighbours inside a region.

    The noise is 1.4826 times the median absolute difference between neighbours along the first axis, over sqrt 2.

    Raises
    ------
    ImpastoError
        When the region holds no two neighbours that differ.
    """
    pairs = within[1:] & within[:-1]
    steps = np.abs(np.diff(np.asarray(values, dtype=np.float32), axis=0)[pairs])
    noise = 1.4826 * float(np.median(steps)) / np.sqrt(2.0) if steps.size else 0.0
    if noise <= 0.0:
        raise ImpastoError("random walker", "no two neighbours of the region differ", "give the edge contrast yourself")
    return times_noise * noise


def walk_probability(
    values: RealArray,
    seeds: NDArray[np.uint8],
    spacing_mm: FloatArray,
    settings: RandomWalkerSettings,
    prior: RealArray | None = None,
) -> NDArray[np.float32]:
    """Solve the random walk on a box of voxels.

    Parameters
    ----------
    values : ndarray, shape (image, i, j, k)
    seeds : ndarray of uint8, shape (i, j, k)
        0 free, 1 inside, 2 outside, 3 not part of the graph.
    spacing_mm : ndarray, shape (3,)
        A step's weight also falls with the square of its length.
    settings : RandomWalkerSettings
    prior : ndarray, shape (i, j, k), optional

    Returns
    -------
    ndarray of float32, shape (i, j, k)
    """
    scaled = np.asarray(values, dtype=np.float32) / np.array(settings.edge_contrast, np.float32)[:, None, None, None]
    tie = np.float32(0.0 if prior is None else settings.prior_weight)
    expected = np.zeros(seeds.shape, np.float32) if prior is None else np.asarray(prior, dtype=np.float32)
    start = _coarse_start(scaled, seeds, spacing_mm, settings, None if prior is None else expected)
    start[seeds == _INSIDE] = 1.0
    start[(seeds == _OUTSIDE) | (seeds == _ABSENT)] = 0.0
    weights = _step_weights(scaled, seeds, spacing_mm)
    return _conjugate_gradients(start, weights, expected, tie, seeds, settings)


def _box(kept: BoolArray) -> tuple[slice, ...]:
    where = [np.flatnonzero(kept.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return tuple(slice(int(w[0]), int(w[-1]) + 1) for w in where)


def _step_weights(scaled: RealArray, seeds: NDArray[np.uint8], spacing_mm: FloatArray) -> NDArray[np.float32]:
    """Weight of the step to the next voxel along each axis, shape (3, i, j, k); the last one's is 0."""
    weights = np.zeros((3, *seeds.shape), dtype=np.float32)
    present = seeds != _ABSENT
    for axis in range(3):
        first = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        second = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        squared = np.square(np.diff(scaled, axis=axis + 1)).sum(axis=0)
        length = np.float32((float(spacing_mm.min()) / float(spacing_mm[axis])) ** 2)
        open_way = present[first] & present[second]
        weights[axis][first] = length * open_way * np.maximum(np.exp(-squared), np.float32(_LEAST_WEIGHT))
    return weights


def _coarse_start(
    scaled: RealArray,
    seeds: NDArray[np.uint8],
    spacing_mm: FloatArray,
    settings: RandomWalkerSettings,
    prior: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Solve on voxels twice as wide, and repeat each value; seeds of either kind win over free voxels."""
    # thick slices stay as they are until the voxels are about as wide
    parts = np.where(spacing_mm < 1.5 * spacing_mm.min(), 2, 1)
    if min(np.array(seeds.shape) // parts) < _SMALLEST_SIDE:
        return np.full(seeds.shape, 0.5, np.float32)
    present = seeds != _ABSENT
    count = _summed(present.astype(np.float32), parts)
    divisor = np.maximum(count, 1.0)
    coarse_values = np.stack([_summed(one * present, parts) / divisor for one in scaled])
    coarse = np.where(count > 0, _FREE, _ABSENT).astype(np.uint8)
    coarse[_summed((seeds == _OUTSIDE).astype(np.float32), parts) > 0] = _OUTSIDE
    coarse[_summed((seeds == _INSIDE).astype(np.float32), parts) > 0] = _INSIDE
    coarse_prior = None if prior is None else _summed(prior * present, parts) / divisor
    unit = RandomWalkerSettings(
        (1.0,) * len(scaled), settings.prior_weight * 4.0, settings.tolerance * 3.0, settings.most_iterations
    )
    found = walk_probability(coarse_values, coarse, spacing_mm * parts, unit, coarse_prior)
    for axis in range(3):
        found = np.repeat(found, parts[axis], axis=axis)
    return np.ascontiguousarray(found[tuple(slice(0, n) for n in seeds.shape)])


def _summed(values: NDArray[Any], parts: NDArray[Any]) -> NDArray[np.float32]:
    padded = np.pad(values, [(0, int(-n % p)) for n, p in zip(values.shape, parts, strict=True)])
    shape = np.ravel([(n // p, p) for n, p in zip(padded.shape, parts, strict=True)])
    total: NDArray[np.float32] = padded.reshape(shape).sum(axis=(1, 3, 5))
    return total


def _conjugate_gradients(
    start: NDArray[np.float32],
    weights: NDArray[np.float32],
    expected: NDArray[np.float32],
    tie: np.float32,
    seeds: NDArray[np.uint8],
    settings: RandomWalkerSettings,
) -> NDArray[np.float32]:
    """Conjugate gradients, preconditioned by the diagonal."""
    x, free = start, seeds == _FREE
    inverse = _inverse_diagonal(weights, tie, free)
    product = np.zeros_like(x)
    with threads_for(x.size):
        _apply(weights, tie, inverse, x, product)
        residual = np.where(free, tie * expected - product, 0).astype(np.float32)
        direction = residual * inverse
        energy = float(np.vdot(residual, direction))
        # the residual of a plain start of one half scales the stop: a good start must not tighten it
        end = settings.tolerance**2 * max(float(np.count_nonzero(free)) * 1e-3, 1.0)
        for _ in range(settings.most_iterations):
            if energy <= end:
                break
            curvature = _apply(weights, tie, inverse, direction, product)
            before = energy
            energy = _advance(np.float32(energy / curvature), direction, product, inverse, x, residual)
            _turn(np.float32(energy / before), residual, inverse, direction)
    return np.clip(x, 0.0, 1.0)


def _inverse_diagonal(weights: NDArray[np.float32], tie: np.float32, free: BoolArray) -> NDArray[np.float32]:
    total = np.full(free.shape, tie, dtype=np.float32)
    for axis in range(3):
        # the last voxel's step has weight 0, so that rolling brings nothing across
        total += weights[axis] + np.roll(weights[axis], 1, axis=axis)
    return np.where(free & (total > 0), 1.0 / np.maximum(total, 1e-12), 0.0).astype(np.float32)


@numba.njit(parallel=True, cache=True)
def _apply(
    weights: NDArray[np.float32],
    tie: np.float32,
    inverse: NDArray[np.float32],
    x: NDArray[np.float32],
    out: NDArray[np.float32],
) -> float:
    """Graph Laplacian plus tie of free voxels; returns the product with x."""
    ni, nj, nk = x.shape
    total = 0.0
    for i in numba.prange(ni):
        # past the last voxel the first follows, at the weight 0 of the last voxel's step
        i0, i1 = (i + ni - 1) % ni, (i + 1) % ni
        part = 0.0
        for j in range(nj):
            j0, j1 = (j + nj - 1) % nj, (j + 1) % nj
            for k in range(nk):
                if inverse[i, j, k] == 0:
                    out[i, j, k] = 0
                    continue
                k0, k1 = (k + nk - 1) % nk, (k + 1) % nk
                here = x[i, j, k]
                value = tie * here
                value += weights[0, i0, j, k] * (here - x[i0, j, k]) + weights[0, i, j, k] * (here - x[i1, j, k])
                value += weights[1, i, j0, k] * (here - x[i, j0, k]) + weights[1, i, j, k] * (here - x[i, j1, k])
                value += weights[2, i, j, k0] * (here - x[i, j, k0]) + weights[2, i, j, k] * (here - x[i, j, k1])
                out[i, j, k] = value
                part += value * here
        total += part
    return total


@numba.njit(parallel=True, cache=True)
def _advance(
    step: np.float32,
    direction: NDArray[np.float32],
    product: NDArray[np.float32],
    inverse: NDArray[np.float32],
    x: NDArray[np.float32],
    residual: NDArray[np.float32],
) -> float:
    total = 0.0
    for i in numba.prange(x.shape[0]):
        part = 0.0
        for j in range(x.shape[1]):
            for k in range(x.shape[2]):
                x[i, j, k] += step * direction[i, j, k]
                left = residual[i, j, k] - step * product[i, j, k]
                residual[i, j, k] = left
                part += left * left * inverse[i, j, k]
        total += part
    return total


@numba.njit(parallel=True, cache=True)
def _turn(
    share: np.float32,
    residual: NDArray[np.float32],
    inverse: NDArray[np.float32],
    direction: NDArray[np.float32],
) -> None:
    for i in numba.prange(residual.shape[0]):
        for j in range(residual.shape[1]):
            for k in range(residual.shape[2]):
                direction[i, j, k] = residual[i, j, k] * inverse[i, j, k] + share * direction[i, j, k]
