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
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import laplace

from impasto.core.arrays import FloatArray, IntArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.threads import threads_for
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
# points that stay in the fastest cache while all sectors pass
BLOCK = 128

# How a point is folded into the first of eight sectors: which of (left, anterior) comes first, then the signs of both.
FOLDS = ((0, 1, 1), (1, 1, 1), (1, 1, -1), (0, -1, 1), (0, -1, -1), (1, -1, -1), (1, -1, 1), (0, 1, -1))


@dataclass(frozen=True, eq=False)
class ShotKernel:
    """The first sector's dose rate around the focus, for every collimator, at the reference depth.

    Parameters
    ----------
    levels : ndarray of float32, shape (level, n, n, n, 8)
        Relative to the calibrated dose rate, from the finest to the coarsest cube; axes left, anterior, superior with
        the focus in the middle. Along the last axis the sum over beams for up to four collimators, then the sums over
        beams times t.
    """

    levels: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", read_only(self.levels))

    @property
    def reach_mm(self) -> float:
        """Distance from the focus along any axis beyond which the value on the border holds."""
        return float(FINEST_STEP_MM * 2 ** (LEVELS - 1) * (NODES // 2))


@lru_cache(maxsize=4)
def shot_kernel(machine: GammaKnife) -> ShotKernel:
    """Tabulate the kernel of a machine; kept, so that asking again costs nothing.

    Raises
    ------
    ImpastoError
        When the machine's beams do not fall into eight sectors: depths differ too much among them for one kernel.
    """
    if machine.sector_count != len(FOLDS):
        raise ImpastoError(machine.name, f"{machine.sector_count} sector(s) have no kernel", "sum its beams instead")
    return ShotKernel(np.stack([_cube(machine, FINEST_STEP_MM * 2**level) for level in range(LEVELS)]))


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
    folds = np.array(FOLDS, dtype=np.int64)
    with threads_for(rates.size):
        _look_up(points_mm, isocentres_mm, kernel.levels.reshape(-1), folds, factors, rates)
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
            cube[..., lane * LANES // 2 + collimator] = values - laplace(values, mode="nearest") / 16.0
    return cube


class _Places(NamedTuple):
    """Where a block of points lies in the cubes: first of eight nodes around each, and shares of the way between."""

    node: NDArray[np.uint32]
    along_a: NDArray[np.float32]
    along_b: NDArray[np.float32]
    along_c: NDArray[np.float32]


@numba.njit(fastmath=True, error_model="numpy", cache=True)
def _find(a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32], places: _Places) -> None:
    """Choose for each point, in finest steps from the focus, the finest cube that holds it, and the node in it."""
    node, along_a, along_b, along_c = places
    middle, last = np.float32(NODES // 2), np.float32(NODES - 1.001)
    for p in range(a.shape[0]):
        farthest = max(abs(a[p]), abs(b[p]), abs(c[p]))
        level, scale = np.int32(0), np.float32(1.0)
        for coarser in range(1, LEVELS):
            if farthest >= middle * np.float32(2 ** (coarser - 1)):
                level, scale = np.int32(coarser), np.float32(0.5**coarser)
        # beyond the coarsest cube the value on its border holds
        x = min(max(a[p] * scale + middle, np.float32(0.0)), last)
        y = min(max(b[p] * scale + middle, np.float32(0.0)), last)
        z = min(max(c[p] * scale + middle, np.float32(0.0)), last)
        i, j, k = np.int32(x), np.int32(y), np.int32(z)
        node[p] = np.uint32(((level * NODES + i) * NODES + j) * NODES + k)
        along_a[p], along_b[p], along_c[p] = x - np.float32(i), y - np.float32(j), z - np.float32(k)


@numba.njit(fastmath=True, error_model="numpy", cache=True)
def _interpolate(
    values: NDArray[np.float32],
    places: _Places,
    collimator: int,
    factors: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Weaken and interpolate trilinearly one collimator's kernel at a block of places."""
    node, along_a, along_b, along_c = places
    level, slope = factors[0], factors[1]
    tilted = np.uint32(LANES // 2)
    z_on, y_on, x_on = np.uint32(LANES), np.uint32(LANES * NODES), np.uint32(LANES * NODES * NODES)
    for p in range(out.shape[0]):
        o = node[p] * np.uint32(LANES) + np.uint32(collimator)
        far = o + x_on
        n000 = level * values[o] + slope * values[o + tilted]
        n001 = level * values[o + z_on] + slope * values[o + z_on + tilted]
        n010 = level * values[o + y_on] + slope * values[o + y_on + tilted]
        n011 = level * values[o + y_on + z_on] + slope * values[o + y_on + z_on + tilted]
        n100 = level * values[far] + slope * values[far + tilted]
        n101 = level * values[far + z_on] + slope * values[far + z_on + tilted]
        n110 = level * values[far + y_on] + slope * values[far + y_on + tilted]
        n111 = level * values[far + y_on + z_on] + slope * values[far + y_on + z_on + tilted]
        n00, n01 = n000 + along_c[p] * (n001 - n000), n010 + along_c[p] * (n011 - n010)
        n10, n11 = n100 + along_c[p] * (n101 - n100), n110 + along_c[p] * (n111 - n110)
        n0, n1 = n00 + along_b[p] * (n01 - n00), n10 + along_b[p] * (n11 - n10)
        out[p] = n0 + along_a[p] * (n1 - n0)


@numba.njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def _look_up(
    points: NDArray[np.float32],
    isocentres: NDArray[np.float32],
    values: NDArray[np.float32],
    folds: IntArray,
    factors: NDArray[np.float32],
    rates: NDArray[np.float32],
) -> None:
    count = points.shape[1]
    blocks = (count + BLOCK - 1) // BLOCK
    per_mm = np.float32(1.0 / FINEST_STEP_MM)
    for job in numba.prange(isocentres.shape[0] * blocks):
        shot, begin = job // blocks, (job % blocks) * BLOCK
        end = min(begin + BLOCK, count)
        size = end - begin
        offset = np.empty((3, size), dtype=np.float32)
        a, b = np.empty(size, dtype=np.float32), np.empty(size, dtype=np.float32)
        node, along_a = np.empty(size, dtype=np.uint32), np.empty(size, dtype=np.float32)
        along_b, along_c = np.empty(size, dtype=np.float32), np.empty(size, dtype=np.float32)
        places = _Places(node, along_a, along_b, along_c)
        for p in range(size):
            offset[0, p] = (points[0, begin + p] - isocentres[shot, 0]) * per_mm
            offset[1, p] = (isocentres[shot, 1] - points[1, begin + p]) * per_mm
            offset[2, p] = (points[2, begin + p] - isocentres[shot, 2]) * per_mm
        for sector in range(folds.shape[0]):
            first = folds[sector, 0]
            sign_a, sign_b = np.float32(folds[sector, 1]), np.float32(folds[sector, 2])
            for p in range(size):
                a[p], b[p] = sign_a * offset[first, p], sign_b * offset[1 - first, p]
            _find(a, b, offset[2], places)
            for collimator in range(factors.shape[2]):
                row = rates[shot, sector, collimator, begin:end]
                _interpolate(values, places, collimator, factors[shot, sector, collimator], row)
