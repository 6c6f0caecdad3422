"""Fits of many voxels in blocks, with the noise that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from impasto.core.arrays import FloatArray, IntArray, RealArray
from impasto.core.progress import Progress
from impasto.maps.diffusion.log_linear import Design, LogLinearFit, fit_log_linear
from impasto.maps.diffusion.noise import moderated_noise, shared_noise
from impasto.maps.diffusion.outliers import fit_without_outliers
from impasto.maps.diffusion.reasons import DiffusionReason
from impasto.maps.diffusion.settings import FitSettings

__all__ = ["PooledFit", "Signals", "fit_pooled", "in_blocks"]

Signals = Callable[[IntArray], RealArray]
"""Gives the signals of the voxels asked for, shape (voxel, measurement)."""

Described = dict[str, RealArray]
"""Named figures of a block, each of shape (voxel, ...)."""


@dataclass(frozen=True, eq=False)
class PooledFit:
    """What all fits have in common.

    Parameters
    ----------
    figures : dict of str to ndarray, each of shape (voxel, ...)
        What the model made of its parameters; errors at noise of one.
    s0 : ndarray, shape (voxel,)
    noise : ndarray, shape (voxel,)
        Standard deviation of one acquisition, in units of the signal.
    outlier_count : ndarray of int, shape (voxel,)
        Measurements left out.
    reasons : ndarray of uint8, shape (voxel,)
        Sums of :class:`DiffusionReason` as far as they do not depend on the model.
    """

    figures: Described
    s0: RealArray
    noise: FloatArray
    outlier_count: NDArray[np.int16]
    reasons: NDArray[np.uint8]


def fit_pooled(
    signals: Signals,
    count: int,
    design: Design,
    settings: FitSettings,
    describe: Callable[[LogLinearFit], Described],
    progress: Progress,
) -> PooledFit:
    """Fit all voxels; describe each block by figures, and keep only those.

    Parameters
    ----------
    signals : callable
        From voxel numbers to their signals.
    count : int
        Number of voxels.
    design : Design
    settings : FitSettings
    describe : callable
        From the fit of a block to named figures.
    progress : Progress

    Returns
    -------
    PooledFit
    """

    def fit(voxels: IntArray) -> Described:
        signal = signals(voxels)
        found = fit_log_linear(signal, design, "signal" if settings.rejects_outliers else settings.weighting)
        figures = _figures(found, describe, _missing(signal))
        if settings.rejects_outliers:
            figures["largest_residual"] = np.abs(found.freed_residuals(design)).max(axis=0)
        return figures

    found = in_blocks(fit, np.arange(count), settings.block, "diffusion fit", progress)
    if settings.rejects_outliers and count:
        noise = settings.noise_standard_deviation or shared_noise(found["residual_square"], found["degrees"])

        def fit_again(voxels: IntArray) -> Described:
            signal = signals(voxels)
            robust = fit_without_outliers(signal, design, settings.weighting, noise, settings.outlier_threshold)
            return _figures(robust, describe, _missing(signal))

        suspicious = np.flatnonzero(found.pop("largest_residual") > settings.outlier_threshold * noise)
        again = in_blocks(fit_again, suspicious, settings.block, "fit without outliers", progress)
        for name, values in again.items():
            found[name][suspicious] = values
    return _judged(found, design, settings)


def _missing(signal: RealArray) -> FloatArray:
    return np.asarray((~((signal > 0.0) & np.isfinite(signal))).sum(axis=1), dtype=np.float64)


def _figures(fit: LogLinearFit, describe: Callable[[LogLinearFit], Described], missing: FloatArray) -> Described:
    return describe(fit) | {
        "s0": fit.s0(),
        "weakest": fit.weakest,
        "residual_square": fit.residual_square(),
        "degrees": fit.degrees(),
        "missing": missing,
    }


def in_blocks(
    fit: Callable[[IntArray], Described], voxels: IntArray, block: int, work: str, progress: Progress
) -> Described:
    """Fit blocks side by side, each on one thread; figures of all voxels in their order."""
    # one empty block, where there are no voxels, still names the figures
    starts = range(0, max(len(voxels), 1), block)
    found: Described = {}
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(numba.get_num_threads()) as threads:
        parts = threads.map(fit, (voxels[start : start + block] for start in starts))
        for start, part in zip(starts, parts, strict=True):
            for name, values in part.items():
                whole = found.setdefault(name, np.empty((len(voxels), *values.shape[1:]), values.dtype))
                whole[start : start + len(values)] = values
            progress(work, start / max(len(voxels), 1))
    progress(work, 1.0)
    return found


def _judged(found: Described, design: Design, settings: FitSettings) -> PooledFit:
    """Noise of all voxels, and what is the matter with them whatever the model."""
    residual_square, degrees = found.pop("residual_square"), found.pop("degrees")
    given = settings.noise_standard_deviation
    noise = moderated_noise(residual_square, degrees) if given is None else np.full(len(degrees), given)
    s0, weakest, missing = found.pop("s0"), found.pop("weakest"), found.pop("missing")
    measurements, parameters = design.matrix.shape
    outliers = measurements - missing - (degrees + parameters)
    # comparisons with an unknown noise are false: what cannot be judged is not blamed
    holds = {
        DiffusionReason.NO_SIGNAL: (s0 < settings.least_signal_to_noise * noise) | (missing == measurements),
        DiffusionReason.UNDETERMINED: ~np.isfinite(s0),
        DiffusionReason.MISSING: missing > 0,
        DiffusionReason.OUTLIERS: outliers > 0,
        DiffusionReason.NOISE_FLOOR: weakest < settings.noise_floor * noise,
    }
    reasons = np.zeros(len(s0), dtype=np.uint8)
    for reason, blamed in holds.items():
        reasons |= np.where(blamed, int(reason), 0).astype(np.uint8)
    return PooledFit(found, s0, noise, outliers.astype(np.int16), reasons)
