"""Repair during irradiation: biologically effective dose of radiosurgery, with each shot's own times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["CNS_REPAIR", "BiexponentialRepair", "radiosurgery_bed_gy", "repair_matrix"]


@dataclass(frozen=True)
class BiexponentialRepair:
    """Repair of sublethal damage by a fast and a slow process.

    Parameters
    ----------
    fast_half_time_h, slow_half_time_h : float
    partition : float
        c, weight of the slow process beside 1 for the fast one.
    source : str

    Raises
    ------
    ImpastoError
        When a half-time is not positive or the partition is negative.
    """

    fast_half_time_h: float
    slow_half_time_h: float
    partition: float
    source: str

    def __post_init__(self) -> None:
        if not (self.fast_half_time_h > 0.0 and self.slow_half_time_h > 0.0 and self.partition >= 0.0):
            raise ImpastoError("repair", "a half-time is not positive or the partition negative", "check the values")

    @property
    def processes(self) -> tuple[tuple[float, float], ...]:
        """Rate per hour and share of each process."""
        share = 1.0 / (1.0 + self.partition)
        rates = (np.log(2.0) / self.fast_half_time_h, np.log(2.0) / self.slow_half_time_h)
        return ((float(rates[0]), share), (float(rates[1]), self.partition * share))


# Rat spinal cord; used for brain radiosurgery with alpha/beta = 2.47 Gy
CNS_REPAIR = BiexponentialRepair(0.19, 2.16, 0.98, "Pop et al. 2000; Millar et al. 2015")


def repair_matrix(start_min: ArrayLike, duration_min: ArrayLike, repair: BiexponentialRepair) -> FloatArray:
    """How much damage of each pair of exposures meets before it is repaired, 1 for none repaired.

    Parameters
    ----------
    start_min : array_like, shape (exposure,)
        Beginning of each exposure of constant dose rate.
    duration_min : array_like, shape (exposure,)
        0 for an instantaneous one.
    repair : BiexponentialRepair

    Returns
    -------
    ndarray, shape (exposure, exposure)
        M, symmetric: the generalised Lea-Catcheside factor of doses d is ``d M d / sum(d)^2``.

    Raises
    ------
    ImpastoError
        When a duration is negative, or two exposures overlap.
    """
    start = np.asarray(start_min, dtype=np.float64) / 60.0
    duration = np.asarray(duration_min, dtype=np.float64) / 60.0
    if start.shape != duration.shape or start.ndim != 1 or not np.all(duration >= 0.0):
        raise ImpastoError("shot times", "a duration is negative, or lacks its start", "give one start to each shot")
    # of two that begin together one must be instantaneous
    shorter = np.minimum(duration[:, None], duration)
    earlier = np.where(start[:, None] < start, duration[:, None], duration)
    gap = np.abs(start[:, None] - start) - np.where(start[:, None] == start, shorter, earlier)
    np.fill_diagonal(gap, 0.0)
    if np.any(gap < -1e-9):
        raise ImpastoError("shot times", "two shots overlap in time", "let each begin after the one before has ended")
    matrix = np.zeros(gap.shape)
    for rate, share in repair.processes:
        mean = _mean_remaining(rate * duration)
        pair = np.outer(mean, mean) * np.exp(-rate * np.maximum(gap, 0.0))
        np.fill_diagonal(pair, _within_one(rate * duration))
        matrix += share * pair
    return matrix


def radiosurgery_bed_gy(
    dose_gy: ArrayLike,
    start_min: ArrayLike,
    duration_min: ArrayLike,
    alpha_beta_gy: float = 2.47,
    repair: BiexponentialRepair = CNS_REPAIR,
) -> FloatArray:
    """Biologically effective dose of shots given one after another.

    ``BED = D + (sum_ij d_i d_j M_ij) / (alpha/beta)`` with M from :func:`repair_matrix`: the exact integral of the
    linear-quadratic model with incomplete biexponential repair for dose rates constant within each shot (Millar et
    al. 2015, Phys Med 31:627; Hopewell et al. 2012).

    Parameters
    ----------
    dose_gy : array_like, shape (shot, ...)
        Dose of each shot at each place.
    start_min, duration_min : array_like, shape (shot,)
        Shots in any order that do not overlap.
    alpha_beta_gy : float
    repair : BiexponentialRepair

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ImpastoError
        When alpha/beta is not positive, or the times do not fit the doses.

    Examples
    --------
    >>> float(radiosurgery_bed_gy([12.0], [0.0], [60.0]).round(2))
    49.83
    """
    doses = np.asarray(dose_gy, dtype=np.float64)
    matrix = repair_matrix(start_min, duration_min, repair)
    if not alpha_beta_gy > 0.0:
        raise ImpastoError("alpha/beta", "it is not positive", "give a positive dose in Gy")
    if len(doses) != len(matrix):
        raise ImpastoError("shot doses", f"{len(doses)} doses for {len(matrix)} times", "give one dose to each shot")
    flat = doses.reshape(len(doses), -1)
    squares = np.sum(flat * (matrix @ flat), axis=0)
    bed: FloatArray = (flat.sum(axis=0) + squares / alpha_beta_gy).reshape(doses.shape[1:])
    return bed


def _mean_remaining(exponent: FloatArray) -> FloatArray:
    """``(1 - exp(-x)) / x``: share of an exposure's damage that remains at its end."""
    safe = np.where(exponent > 0.0, exponent, 1.0)
    return np.where(exponent > 0.0, -np.expm1(-safe) / safe, 1.0)


def _within_one(exponent: FloatArray) -> FloatArray:
    """``2 (x - 1 + exp(-x)) / x^2``, the Lea-Catcheside factor of one exposure; its series where x is small."""
    safe = np.maximum(exponent, 1e-3)
    exact = 2.0 * (safe + np.expm1(-safe)) / safe**2
    return np.where(exponent < 1e-3, 1.0 - exponent / 3.0, exact)
