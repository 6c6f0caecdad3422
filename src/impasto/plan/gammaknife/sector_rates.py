"""Dose rates of sectors at points: what an optimiser weighs with minutes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.plan.gammaknife.beam_sum import add_beams, beam_table
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.kernel import depth_factors, shot_kernel, sum_kernels
from impasto.plan.gammaknife.machine import GammaKnife

__all__ = ["beam_rates_gy_per_min", "sector_dose_rates", "summed_sector_dose_rates"]

# isocentres whose beams are traced together
BATCH = 64


def sector_dose_rates(
    points_mm: ArrayLike,
    isocentres_mm: ArrayLike,
    machine: GammaKnife,
    head: Head,
    progress: Progress = silent,
) -> NDArray[np.float32]:
    """Dose rate of each sector and collimator of shots, from the shot kernel: fast, for optimisation.

    All sectors together stay within 1 % of the shot's maximum of :func:`summed_sector_dose_rates`. Beyond
    :attr:`~impasto.plan.gammaknife.kernel.ShotKernel.reach_mm` from an isocentre the rate at that distance holds. A
    machine without sectors has no kernel: there the full sum is taken.

    Parameters
    ----------
    points_mm : array_like, shape (point, 3)
        LPS.
    isocentres_mm : array_like, shape (shot, 3)
        LPS, inside the head.
    machine : GammaKnife
    head : Head
    progress : Progress

    Returns
    -------
    ndarray of float32, shape (shot, sector, collimator, point)
        Gy per minute on the day of treatment.

    Raises
    ------
    ImpastoError
        When an isocentre lies outside the head.
    """
    if machine.sector_count == 1:
        return summed_sector_dose_rates(points_mm, isocentres_mm, machine, head)
    points, isocentres = np.asarray(points_mm, dtype=np.float32), _inside(isocentres_mm, head)
    factors = np.empty((len(isocentres), machine.sector_count, len(machine.collimators_mm), 2), dtype=np.float32)
    for begin in range(0, len(isocentres), BATCH):
        progress("depth of each shot", begin / len(isocentres))
        batch = slice(begin, begin + BATCH)
        factors[batch] = depth_factors(machine, beam_rates_gy_per_min(isocentres[batch], machine, head))
    progress("depth of each shot", 1.0)
    return sum_kernels(np.ascontiguousarray(points.T), isocentres.astype(np.float32), shot_kernel(machine), factors)


def summed_sector_dose_rates(
    points_mm: ArrayLike, isocentres_mm: ArrayLike, machine: GammaKnife, head: Head
) -> NDArray[np.float32]:
    """Dose rate of each sector and collimator of shots as the full sum over beams; see :func:`sector_dose_rates`."""
    points, isocentres = np.asarray(points_mm, dtype=np.float64), _inside(isocentres_mm, head)
    collimators, sectors = len(machine.collimators_mm), machine.sector_count
    channel = machine.beams.sector + sectors * np.arange(collimators)[:, None]
    sums = np.zeros((len(isocentres), collimators * sectors, len(points)), dtype=np.float32)
    for shot, isocentre in enumerate(isocentres):
        rates = beam_rates_gy_per_min(isocentre[None], machine, head)[0]
        offsets = np.ascontiguousarray((points - isocentre).T, dtype=np.float32)
        add_beams(offsets, beam_table(machine, rates, channel), sums[shot])
    return sums.reshape(len(isocentres), collimators, sectors, len(points)).transpose(0, 2, 1, 3)


def beam_rates_gy_per_min(isocentres_mm: FloatArray, machine: GammaKnife, head: Head) -> FloatArray:
    """Dose rate of every beam at its focus: calibration, output and attenuation.

    Parameters
    ----------
    isocentres_mm : ndarray, shape (shot, 3)
        LPS.
    machine : GammaKnife
    head : Head

    Returns
    -------
    ndarray, shape (shot, collimator, beam)
    """
    beams = machine.beams
    depth = head.depths_mm(isocentres_mm, beams.towards_source.reshape(-1, 3))
    depth = depth.reshape(len(isocentres_mm), *beams.output.shape).astype(np.float64)
    loss = np.exp(-machine.attenuation_per_mm * (depth - machine.reference_depth_mm))
    rates: FloatArray = machine.dose_rate_gy_per_min * beams.output * loss
    return rates


def _inside(isocentres_mm: ArrayLike, head: Head) -> FloatArray:
    isocentres = np.asarray(isocentres_mm, dtype=np.float64).reshape(-1, 3)
    outside = np.flatnonzero(~head.contains(isocentres))
    if len(outside):
        place = ", ".join(f"{x:.1f}" for x in isocentres[outside[0]])
        raise ImpastoError("shot", f"its isocentre ({place}) mm lies outside the head", "move it inside")
    return isocentres
