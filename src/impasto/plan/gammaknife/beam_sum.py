"""The full sum over beams: what plans are reported with.

The dose rate of one beam at a point, s towards the source from the focus and r away from the beam's axis, is

    R o m^2 exp(-mu (d - s - d_ref)) g(r m),     m = F / (F - s)

with the calibrated dose rate R, the beam's output o, the distance F from source to focus, the depth d of the focus
along the beam, and the collimator's profile g. Depth is taken along the beam's axis alone, as the TMR10 convention of
the vendor's planning system does.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.threads import threads_for
from impasto.plan.gammaknife.machine import GammaKnife

__all__ = ["BeamTable", "add_beams", "beam_table"]

PROFILE_STEP_MM = 0.05
# farther out the last value holds: the tail has fallen below 1e-5
PROFILE_REACH_MM = 200.0
# points that stay in the fastest cache while all beams pass
BLOCK = 256


class BeamTable(NamedTuple):
    """Beams as the compiled sum takes them.

    Parameters
    ----------
    rays : ndarray of float32, shape (beam, 5)
        Unit vector towards the source (LPS), distance from source to focus in mm, dose rate at the focus.
    collimator : ndarray of int64, shape (beam,)
    target : ndarray of int64, shape (beam,)
        Which sum each beam belongs to.
    profiles : ndarray of float32, shape (collimator, radius)
        At multiples of `PROFILE_STEP_MM`.
    half_attenuation_per_mm : float32
    """

    rays: NDArray[np.float32]
    collimator: IntArray
    target: IntArray
    profiles: NDArray[np.float32]
    half_attenuation_per_mm: np.float32


def beam_table(machine: GammaKnife, rates: FloatArray, target: IntArray) -> BeamTable:
    """Put beams together; those of rate 0 are left out.

    Parameters
    ----------
    machine : GammaKnife
    rates : ndarray, shape (collimator, beam)
        What each beam gives at the focus.
    target : ndarray of int64, shape (collimator, beam)
        Which sum each beam belongs to.
    """
    collimator, beam = np.nonzero(rates)
    known = machine.beams
    rays = np.empty((len(beam), 5), dtype=np.float32)
    rays[:, :3] = known.towards_source[collimator, beam]
    rays[:, 3] = known.source_focus_mm[collimator, beam]
    rays[:, 4] = rates[collimator, beam]
    radius = np.arange(0.0, PROFILE_REACH_MM, PROFILE_STEP_MM)
    profiles = np.stack([profile.at(radius) for profile in machine.profiles]).astype(np.float32)
    half = np.float32(0.5 * machine.attenuation_per_mm)
    return BeamTable(rays, collimator, target[collimator, beam], profiles, half)


def add_beams(offsets_mm: NDArray[np.float32], beams: BeamTable, sums: NDArray[np.float32]) -> None:
    """Add beams to sums at points.

    Parameters
    ----------
    offsets_mm : ndarray of float32, shape (3, point)
        Points from the focus, LPS.
    beams : BeamTable
    sums : ndarray of float32, shape (sum, point)
    """
    with threads_for(offsets_mm.shape[1] * len(beams.rays)):
        _add(offsets_mm, beams, sums)


class _Block(NamedTuple):
    """Where the first loop leaves what the second needs: strength on the axis and place in the profile's table."""

    strength: NDArray[np.float32]
    cell: NDArray[np.int32]
    share: NDArray[np.float32]


@numba.njit(fastmath=True, error_model="numpy", cache=True)
def _reach(
    xs: NDArray[np.float32],
    ys: NDArray[np.float32],
    zs: NDArray[np.float32],
    ray: NDArray[np.float32],
    half_mu: np.float32,
    block: _Block,
) -> None:
    """Follow one beam through a block of points: plain arithmetic that vectorises."""
    u, v, w, distance, rate = ray[0], ray[1], ray[2], ray[3], ray[4]
    strength, cell, share = block
    one, per_step = np.float32(1.0), np.float32(1.0 / PROFILE_STEP_MM)
    last = np.float32(PROFILE_REACH_MM / PROFILE_STEP_MM - 2.0)
    for p in range(xs.shape[0]):
        x, y, z = xs[p], ys[p], zs[p]
        s = x * u + y * v + z * w
        m = distance / (distance - s)
        aside = max(x * x + y * y + z * z - s * s, np.float32(0.0))
        place = min(np.sqrt(aside) * m * per_step, last)
        cell[p] = np.int32(place)
        share[p] = place - np.float32(cell[p])
        # exp(mu s) as the square of the series of exp(mu s / 2): within 1e-5 for 200 mm
        t = half_mu * s
        e = one + t * np.float32(1 / 6)
        e = one + t * np.float32(1 / 5) * e
        e = one + t * np.float32(1 / 4) * e
        e = one + t * np.float32(1 / 3) * e
        e = one + t * np.float32(1 / 2) * e
        e = one + t * e
        strength[p] = rate * m * m * e * e


@numba.njit(parallel=True, fastmath=True, error_model="numpy", cache=True)
def _add(offsets_mm: NDArray[np.float32], beams: BeamTable, sums: NDArray[np.float32]) -> None:
    count = offsets_mm.shape[1]
    one = np.uint32(1)
    rays, collimator, target, profiles, half_mu = beams
    for number in numba.prange((count + BLOCK - 1) // BLOCK):
        begin, end = number * BLOCK, min((number + 1) * BLOCK, count)
        xs, ys, zs = offsets_mm[0, begin:end], offsets_mm[1, begin:end], offsets_mm[2, begin:end]
        strength, share = np.empty(BLOCK, dtype=np.float32), np.empty(BLOCK, dtype=np.float32)
        cell = np.empty(BLOCK, dtype=np.int32)
        block = _Block(strength, cell, share)
        for b in range(rays.shape[0]):
            _reach(xs, ys, zs, rays[b], half_mu, block)
            profile, total = profiles[collimator[b]], sums[target[b], begin:end]
            for p in range(end - begin):
                i = np.uint32(cell[p])
                low = profile[i]
                total[p] += strength[p] * (low + share[p] * (profile[i + one] - low))
