"""Shot kernels: the dose around one focus, tabulated once for all shots.

A kernel holds what :mod:`~impasto.plan.gammaknife.beam_sum` gives for one sector and every collimator when each beam's
focus lies at the reference depth. At a shot's position it is moved to the focus and scaled by the attenuation there:
the sector's beams are taken to be weakened by ``a + b t``, where t is the sine of a beam's latitude from its mean, and
a and b are fitted to the shot's depths. What this leaves out is how depth bends with latitude and changes with azimuth
within one sector.

The sectors are images of each other: quarter turns about the long axis and mirrors in the sagittal, coronal and
diagonal planes carry the first sector onto all eight, and a cubic table onto itself. So one sector is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import laplace

from impasto.core.arrays import FloatArray, IntArray, read_only
from impasto.plan.gammaknife.beam_sum import add_beams, beam_table
from impasto.plan.gammaknife.machine import GammaKnife

__all__ = ["ShotKernel", "depth_factors", "shot_kernel", "sum_kernels"]

# Steep penumbra near the focus, single beams far away: cubes around the focus, each twice as wide and half as fine as
# the one inside it, small enough to stay in cache.
FINEST_STEP_MM = 0.3
NODES = 49
LEVELS = 5
# what a node holds side by side: the sector's dose for up to four collimators, and its change with latitude
LANES = 8
BLOCK = 64

# How a point is folded into the first sector: which of (left, anterior) comes first, then the signs of both.
_FOLDS = {
    1: [(0, 1, 1)],
    8: [(0, 1, 1), (1, 1, 1), (1, 1, -1), (0, -1, 1), (0, -1, -1), (1, -1, -1), (1, -1, 1), (0, 1, -1)],
}


@dataclass(frozen=True, eq=False)
class ShotKernel:
    """The first sector's dose rate around the focus, for every collimator, at the reference depth.

    Parameters
    ----------
    levels : ndarray of float32, shape (level, n, n, n, 8)
        Relative to the calibrated dose rate, from the finest to the coarsest cube; axes left, anterior, superior with
        the focus in the middle. Along the last axis the sum over beams for up to four collimators, then the sums over
        beams times t.
    folds : ndarray of int64, shape (sector, 3)
        How each sector's points are brought to the first sector.
    """

    levels: NDArray[np.float32]
    folds: IntArray

    def __post_init__(self) -> None:
        for field in ("levels", "folds"):
            object.__setattr__(self, field, read_only(getattr(self, field)))

    @property
    def reach_mm(self) -> float:
        """Distance from the focus along any axis beyond which the kernel gives no dose."""
        return FINEST_STEP_MM * 2 ** (LEVELS - 1) * (NODES // 2)


@lru_cache(maxsize=4)
def shot_kernel(machine: GammaKnife) -> ShotKernel:
    """Tabulate the kernel of a machine; kept, so that asking again costs nothing."""
    return ShotKernel(
        levels=np.stack([_cube(machine, FINEST_STEP_MM * 2**level) for level in range(LEVELS)]),
        folds=np.array(_FOLDS[machine.sector_count], dtype=np.int64),
    )


def sum_kernels(
    points_mm: NDArray[np.float32],
    isocentres_mm: NDArray[np.float32],
    kernel: ShotKernel,
    factors: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Look up every shot's kernel at every point.

    Parameters
    ----------
    points_mm : ndarray of float32, shape (3, point)
        LPS.
    isocentres_mm : ndarray of float32, shape (shot, 3)
        LPS.
    kernel : ShotKernel
    factors : ndarray of float32, shape (shot, sector, collimator, 2)
        a and b of each, from :func:`depth_factors`.

    Returns
    -------
    ndarray of float32, shape (shot, sector, collimator, point)
    """
    rates = np.empty((*factors.shape[:3], points_mm.shape[1]), dtype=np.float32)
    _look_up(points_mm, isocentres_mm, kernel.levels, kernel.folds, factors, rates)
    return rates


def depth_factors(machine: GammaKnife, rates: FloatArray) -> NDArray[np.float32]:
    """Fit how a shot's depths change the kernel: ``rate / output = a + b t`` over the beams of each sector.

    Least squares weighted with the outputs, so that the sum over a sector's beams at the focus stays exact.

    Parameters
    ----------
    machine : GammaKnife
    rates : ndarray, shape (shot, collimator, beam)
        Dose rate of each beam at the focus.

    Returns
    -------
    ndarray of float32, shape (shot, sector, collimator, 2)
    """
    output, tilt = machine.beams.output, _tilts(machine)
    first = np.searchsorted(machine.beams.sector, np.arange(machine.sector_count))
    level = np.add.reduceat(rates, first, axis=2) / np.add.reduceat(output, first, axis=1)
    slope = np.add.reduceat(rates * tilt, first, axis=2) / np.add.reduceat(output * tilt**2, first, axis=1)
    return np.stack([level, slope], axis=-1).swapaxes(1, 2).astype(np.float32)


def _tilts(machine: GammaKnife) -> FloatArray:
    """Sine of each beam's latitude from the mean over beams weighted with output, shape (collimator, beam)."""
    sine = machine.beams.towards_source[:, :, 2]
    mean = np.average(sine, axis=1, weights=machine.beams.output)
    tilts: FloatArray = sine - mean[:, None]
    return tilts


def _cube(machine: GammaKnife, step_mm: float) -> NDArray[np.float32]:
    axis = (step_mm * (np.arange(NODES) - NODES // 2)).astype(np.float32)
    left, anterior, superior = np.meshgrid(axis, axis, axis, indexing="ij")
    offsets = np.stack([left.ravel(), -anterior.ravel(), superior.ravel()])
    collimators = len(machine.collimators_mm)
    outputs = machine.beams.output * (machine.beams.sector == 0)
    row = np.broadcast_to(np.arange(collimators)[:, None], outputs.shape)
    cube = np.zeros((NODES, NODES, NODES, LANES), dtype=np.float32)
    for lane, rates in enumerate((outputs, outputs * _tilts(machine))):
        sums = np.zeros((collimators, offsets.shape[1]), dtype=np.float32)
        add_beams(offsets, beam_table(machine, rates, row), sums)
        for collimator, values in enumerate(sums.reshape(collimators, NODES, NODES, NODES)):
            # Linear interpolation errs by up to an eighth of the second differences, always to one side: nodes moved
            # by half of that halve the largest error.
            cube[..., 4 * lane + collimator] = values - laplace(values, mode="nearest") / 16.0
    return cube


@numba.njit(fastmath=True, error_model="numpy", cache=True)
def _interpolate(cube: NDArray[np.float32], x: float, y: float, z: float, lanes: NDArray[np.float32]) -> None:
    """Write all lanes of a cube at a place between its nodes, trilinearly."""
    i, j, k = np.uint32(x), np.uint32(y), np.uint32(z)
    i1, j1, k1 = i + np.uint32(1), j + np.uint32(1), k + np.uint32(1)
    one = np.float32(1.0)
    a1, b1, c1 = x - np.float32(i), y - np.float32(j), z - np.float32(k)
    a0, b0, c0 = one - a1, one - b1, one - c1
    w0, w1, w2, w3 = a0 * b0 * c0, a0 * b0 * c1, a0 * b1 * c0, a0 * b1 * c1
    w4, w5, w6, w7 = a1 * b0 * c0, a1 * b0 * c1, a1 * b1 * c0, a1 * b1 * c1
    n0, n1, n2, n3 = cube[i, j, k], cube[i, j, k1], cube[i, j1, k], cube[i, j1, k1]
    n4, n5, n6, n7 = cube[i1, j, k], cube[i1, j, k1], cube[i1, j1, k], cube[i1, j1, k1]
    for lane in range(LANES):
        low = w0 * n0[lane] + w1 * n1[lane] + w2 * n2[lane] + w3 * n3[lane]
        lanes[lane] = low + w4 * n4[lane] + w5 * n5[lane] + w6 * n6[lane] + w7 * n7[lane]


@numba.njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def _look_up(
    points: NDArray[np.float32],
    isocentres: NDArray[np.float32],
    levels: NDArray[np.float32],
    folds: IntArray,
    factors: NDArray[np.float32],
    rates: NDArray[np.float32],
) -> None:
    count, collimators = points.shape[1], factors.shape[2]
    blocks = (count + BLOCK - 1) // BLOCK
    middle, finest = np.float32(NODES // 2), np.float32(1.0 / FINEST_STEP_MM)
    for job in numba.prange(isocentres.shape[0] * blocks):
        shot, begin = job // blocks, (job % blocks) * BLOCK
        lanes = np.empty(LANES, dtype=np.float32)
        for sector in range(folds.shape[0]):
            is_swapped = folds[sector, 0] == 1
            sign_a, sign_b = np.float32(folds[sector, 1]), np.float32(folds[sector, 2])
            for p in range(begin, min(begin + BLOCK, count)):
                left = (points[0, p] - isocentres[shot, 0]) * finest
                anterior = (isocentres[shot, 1] - points[1, p]) * finest
                superior = (points[2, p] - isocentres[shot, 2]) * finest
                farthest = max(abs(left), abs(anterior), abs(superior))
                level, scale = 0, np.float32(1.0)
                while farthest * scale >= middle:
                    level += 1
                    scale *= np.float32(0.5)
                if level >= levels.shape[0]:
                    for c in range(collimators):
                        rates[shot, sector, c, p] = np.float32(0.0)
                    continue
                a, b = sign_a * scale * left, sign_b * scale * anterior
                if is_swapped:
                    a, b = sign_a * scale * anterior, sign_b * scale * left
                _interpolate(levels[level], a + middle, b + middle, superior * scale + middle, lanes)
                for c in range(collimators):
                    weakened = factors[shot, sector, c, 0] * lanes[c] + factors[shot, sector, c, 1] * lanes[4 + c]
                    rates[shot, sector, c, p] = weakened
