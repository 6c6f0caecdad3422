"""Water in two compartments: restricted, as inside cells, and hindered, between them.

``S(b) = A_r exp(-b D_r) + A_h exp(-b D_h)`` with D_r held at a small value that is assumed; restriction spectrum
imaging (White 2013) is this with a spectrum of compartments. Relaxation is taken to be alike in both, and no water
goes from one to the other. Powder averages do away with the direction of fibres but not with their anisotropy: in white
matter, where diffusion across fibres is slow, the restricted fraction is that of axons as well as of cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impasto.core.arrays import FloatArray, IntArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.maps.diffusion.noise import moderated_noise
from impasto.maps.diffusion.normal_equations import quadratic_form, solve_normal_equations
from impasto.maps.diffusion.pooled_fit import in_blocks
from impasto.maps.diffusion.reasons import DiffusionReason

__all__ = ["TwoCompartmentFit", "TwoCompartmentSettings", "fit_two_compartments"]

_STEPS = 6
_LARGEST_STEP = 0.3
_BEYOND = 2.0


@dataclass(frozen=True)
class TwoCompartmentSettings:
    """What the two-compartment fit takes for granted.

    Parameters
    ----------
    restricted_um2_per_ms : float
        Diffusivity of restricted water: an assumption, not a measurement.
    hindered_um2_per_ms : (float, float)
        Between which the other one is searched.
    searched : int
        Values tried before the best is refined.
    block : int
        Voxels fitted at once.

    Raises
    ------
    ImpastoError
        When the compartments' diffusivities are not in order.
    """

    restricted_um2_per_ms: float = 0.1
    hindered_um2_per_ms: tuple[float, float] = (0.4, 3.2)
    searched: int = 40
    block: int = 8192

    def __post_init__(self) -> None:
        if not 0.0 <= self.restricted_um2_per_ms < self.hindered_um2_per_ms[0] < self.hindered_um2_per_ms[1]:
            problem = "restricted, least and greatest hindered diffusivity do not rise in this order"
            raise ImpastoError("two-compartment fit", problem, "give three rising diffusivities")


@dataclass(frozen=True, eq=False)
class TwoCompartmentFit:
    """Restricted and hindered water of many voxels; NaN where undetermined.

    Parameters
    ----------
    restricted_fraction, restricted_fraction_error : ndarray, shape (voxel,)
        Share of the signal without weighting, neither cut off at zero nor at one.
    hindered_um2_per_ms, hindered_error : ndarray, shape (voxel,)
    s0 : ndarray, shape (voxel,)
    noise : ndarray, shape (voxel,)
        Standard deviation of one acquisition.
    reasons : ndarray of uint8, shape (voxel,)
        Sums of :class:`~impasto.maps.diffusion.reasons.DiffusionReason`; zero where nothing is the matter.
    """

    restricted_fraction: RealArray
    restricted_fraction_error: RealArray
    hindered_um2_per_ms: RealArray
    hindered_error: RealArray
    s0: RealArray
    noise: RealArray
    reasons: NDArray[np.uint8]


def fit_two_compartments(
    signal: RealArray,
    b_values_s_per_mm2: ArrayLike,
    settings: TwoCompartmentSettings | None = None,
    averages: FloatArray | None = None,
    noise: ArrayLike | None = None,
    progress: Progress = silent,
) -> TwoCompartmentFit:
    """Fit by variable projection (Golub & Pereyra 1973): amplitudes are solved for, the hindered diffusivity is sought.

    Parameters
    ----------
    signal : ndarray, shape (voxel, shell)
        Means over directions (:func:`~impasto.maps.diffusion.preparation.powder_averaged`).
    b_values_s_per_mm2 : array_like, shape (shell,)
        At least three, the greatest well above 1000: the compartments part there.
    settings : TwoCompartmentSettings, optional
    averages : ndarray, shape (shell,), optional
        How many acquisitions each is the mean of; one when not given.
    noise : float or ndarray, shape (voxel,), optional
        Standard deviation of one acquisition, such as the tensor fit finds. From the residuals when not given, which
        takes four shells: with three the errors are unknown.
    progress : Progress

    Returns
    -------
    TwoCompartmentFit

    Raises
    ------
    ImpastoError
        When the signals do not fit the b-values, or there are fewer than three different ones.
    """
    settings = settings or TwoCompartmentSettings()
    signal, b = np.asarray(signal), 1e-3 * np.asarray(b_values_s_per_mm2, dtype=np.float64)
    if signal.ndim != 2 or b.shape != signal.shape[1:]:
        problem = f"signals of shape {signal.shape} for b-values of shape {b.shape}"
        raise ImpastoError("diffusion-weighted signal", problem, "give shape (voxel, shell)")
    if len(np.unique(b)) < 3:
        raise ImpastoError("two-compartment fit", f"{len(np.unique(b))} b-values", "measure three or more")
    weights = np.ones(len(b)) if averages is None else np.asarray(averages, dtype=np.float64)

    def fit(voxels: IntArray) -> dict[str, RealArray]:
        return _fit_block(np.ascontiguousarray(signal[voxels].T, dtype=np.float64), b, weights, settings)

    found = in_blocks(fit, np.arange(len(signal)), settings.block, "two-compartment fit", progress)
    if noise is None:
        spread = moderated_noise(found["residual_square"], np.full(len(signal), len(b) - 3.0))
    else:
        spread = np.broadcast_to(np.asarray(noise, dtype=np.float64), len(signal))
    return _judged(found, spread, settings)


def _fit_block(
    signal: FloatArray, b: FloatArray, weights: FloatArray, settings: TwoCompartmentSettings
) -> dict[str, RealArray]:
    """Search, then Gauss-Newton steps on (A_r, A_h, ln D_h); voxel last."""
    usable = np.isfinite(signal).all(axis=0) & (signal[np.argmin(b)] > 0.0)
    scaled = np.where(usable, signal, 1.0) * np.sqrt(weights)[:, None]
    low, high = np.log(settings.hindered_um2_per_ms)
    log_hindered = _searched(scaled, b, weights, settings)
    root = np.sqrt(weights)[:, None]
    slow = np.exp(-b * settings.restricted_um2_per_ms)[:, None] * root
    step, inverse = np.zeros((3, scaled.shape[1])), np.empty((6, scaled.shape[1]))
    amplitudes, residual = _amplitudes(scaled, slow, root, b, log_hindered)
    for _ in range(_STEPS):
        jacobian = _jacobian(slow, root, b, amplitudes, log_hindered)
        solve_normal_equations(_packed(jacobian), np.einsum("pmn,mn->pn", jacobian, residual), step, inverse)
        tried = np.clip(log_hindered + np.clip(np.nan_to_num(step[2]), -_LARGEST_STEP, _LARGEST_STEP), low, high)
        there = _amplitudes(scaled, slow, root, b, tried)
        better = (there[1] ** 2).sum(axis=0) <= (residual**2).sum(axis=0)
        log_hindered = np.where(better, tried, log_hindered)
        amplitudes = np.where(better, there[0], amplitudes)
        residual = np.where(better, there[1], residual)
    jacobian = _jacobian(slow, root, b, amplitudes, log_hindered)
    solve_normal_equations(_packed(jacobian), np.zeros_like(step), step, inverse)
    return _described(np.where(usable, amplitudes, np.nan), log_hindered, inverse, residual)


def _described(
    amplitudes: FloatArray, log_hindered: FloatArray, inverse: FloatArray, residual: FloatArray
) -> dict[str, RealArray]:
    s0 = amplitudes.sum(axis=0)
    fraction = amplitudes[0] / np.where(s0 != 0.0, s0, np.nan)
    along = np.stack([(1.0 - fraction) / s0, -fraction / s0])
    hindered = np.exp(np.where(np.isfinite(s0), log_hindered, np.nan))
    return {
        "s0": s0,
        "fraction": fraction,
        "fraction_error": np.sqrt(quadratic_form(inverse, along)),
        "hindered": hindered,
        "hindered_error": hindered * np.sqrt(inverse[5]),
        "residual_square": (residual**2).sum(axis=0),
    }


def _searched(scaled: FloatArray, b: FloatArray, weights: FloatArray, settings: TwoCompartmentSettings) -> FloatArray:
    """Logarithm of the hindered diffusivity that leaves least, among values tried and between them, shape (voxel,)."""
    low, high = settings.hindered_um2_per_ms
    tried = np.linspace(np.log(low), np.log(high), settings.searched)
    cost = np.empty((len(tried), scaled.shape[1]))
    for row, log_hindered in enumerate(tried):
        decays = np.exp(-b[:, None] * np.array([settings.restricted_um2_per_ms, np.exp(log_hindered)]))
        full = np.linalg.qr(decays * np.sqrt(weights)[:, None], mode="complete")[0]
        cost[row] = ((full[:, 2:].T @ scaled) ** 2).sum(axis=0)
    best = np.clip(cost.argmin(axis=0), 1, len(tried) - 2)
    voxels = np.arange(scaled.shape[1])
    before, here, after = (cost[best + shift, voxels] for shift in (-1, 0, 1))
    bend = before - 2.0 * here + after
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros_like(bend), where=bend > 0.0)
    found: FloatArray = tried[best] + np.clip(shift, -1.0, 1.0) * (tried[1] - tried[0])
    return found


def _amplitudes(
    scaled: FloatArray, slow: FloatArray, root: FloatArray, b: FloatArray, log_hindered: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Amplitudes (2, voxel) that fit best at given diffusivities, and what they leave (shell, voxel)."""
    fast = np.exp(-b[:, None] * np.exp(log_hindered)) * root
    aa, ab, bb = (slow**2).sum(), (slow * fast).sum(axis=0), (fast**2).sum(axis=0)
    ya, yb = (slow * scaled).sum(axis=0), (fast * scaled).sum(axis=0)
    amplitudes = np.stack([bb * ya - ab * yb, aa * yb - ab * ya]) / (aa * bb - ab**2)
    return amplitudes, scaled - amplitudes[0] * slow - amplitudes[1] * fast


def _jacobian(
    slow: FloatArray, root: FloatArray, b: FloatArray, amplitudes: FloatArray, log_hindered: FloatArray
) -> FloatArray:
    """Differentiate the scaled signal by (A_r, A_h, ln D_h), shape (3, shell, voxel)."""
    hindered = np.exp(log_hindered)
    fast = np.exp(-b[:, None] * hindered) * root
    return np.stack([np.broadcast_to(slow, fast.shape), fast, -amplitudes[1] * hindered * b[:, None] * fast])


def _packed(jacobian: FloatArray) -> FloatArray:
    rows, columns = np.tril_indices(3)
    packed: FloatArray = np.einsum("pmn,pmn->pn", jacobian[rows], jacobian[columns])
    return packed


def _judged(found: dict[str, RealArray], noise: FloatArray, settings: TwoCompartmentSettings) -> TwoCompartmentFit:
    fraction, hindered = found["fraction"], found["hindered"]
    error = found["fraction_error"] * noise
    low, high = settings.hindered_um2_per_ms
    # comparisons with unknown errors are false: what cannot be judged is not blamed
    beyond = (fraction < -_BEYOND * error) | (fraction > 1.0 + _BEYOND * error)
    holds = {
        DiffusionReason.UNDETERMINED: ~np.isfinite(found["fraction_error"]),
        DiffusionReason.IMPLAUSIBLE_FRACTION: beyond,
        DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY: (hindered <= low * 1.0001) | (hindered >= high * 0.9999),
    }
    reasons = np.zeros(len(fraction), dtype=np.uint8)
    for reason, blamed in holds.items():
        reasons |= np.where(blamed, int(reason), 0).astype(np.uint8)
    return TwoCompartmentFit(fraction, error, hindered, found["hindered_error"] * noise, found["s0"], noise, reasons)
