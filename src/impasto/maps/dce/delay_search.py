"""Delay of the bolus between the arterial input and each voxel, found with the other parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.frame_noise import FrameNoise
from impasto.maps.dce.kinetic_fit import KineticFit, TissueResponses, fit_with
from impasto.maps.dce.kinetic_parameters import KINETIC_MODELS, KineticModelName, parameter_count
from impasto.maps.dce.voxel_reason import VoxelReason

__all__ = ["DelaySearch", "fit_kinetics_with_delay", "fit_with_delay", "fit_with_delays", "series_delay_s"]

_SIDES = 4


@dataclass(frozen=True)
class DelaySearch:
    """Delays that are tried, in steps; the best is then refined by parabolas.

    Parameters
    ----------
    earliest_s : float
        Negative when the input may have been measured late: in a vein, or on a clock that runs behind.
    longest_s : float
        Three steps at least from the earliest.
    step_s : float
        Shorter than the bolus is wide.
    """

    earliest_s: float = 0.0
    longest_s: float = 10.0
    step_s: float = 1.0

    def __post_init__(self) -> None:
        if not self.step_s > 0.0 or not self.longest_s - self.earliest_s >= 2.999 * self.step_s:
            problem = f"steps of {self.step_s:g} s from {self.earliest_s:g} to {self.longest_s:g} s"
            raise ImpastoError("delay search", problem, "give positive steps, three at least")

    @property
    def delays_s(self) -> FloatArray:
        """Delays tried, shape (delay,)."""
        count = int(np.floor((self.longest_s - self.earliest_s) / self.step_s + 1e-9)) + 1
        return np.asarray(self.earliest_s + np.arange(count) * self.step_s)


def fit_kinetics_with_delay(
    concentration_mmol_l: RealArray,
    times_s: FloatArray,
    arterial: ArterialInput,
    model: KineticModelName = "extended Tofts",
    search: DelaySearch | None = None,
    largest_rate_per_min: float | None = None,
    noise: FrameNoise | None = None,
) -> KineticFit:
    """Fit a model and the delay of each voxel behind the arterial input.

    Parameters
    ----------
    concentration_mmol_l, times_s, arterial, model, largest_rate_per_min, noise
        As in :func:`~impasto.maps.dce.kinetic_fit.fit_kinetics`.
    search : DelaySearch, optional
        Zero to ten seconds when not given.

    Returns
    -------
    KineticFit
        With the delay, whose uncertainty enters the other standard errors.
    """
    responses = TissueResponses.for_model(times_s, arterial, model, largest_rate_per_min)
    curves = np.asarray(concentration_mmol_l)
    return fit_with_delay(responses, curves, model, search or DelaySearch(), noise)


def fit_with_delay(
    responses: TissueResponses,
    curves: RealArray,
    model: KineticModelName,
    search: DelaySearch,
    noise: FrameNoise | None,
) -> KineticFit:
    """Fit voxels with responses at hand; see :func:`fit_kinetics_with_delay`."""
    delays = search.delays_s
    squares = np.stack([fit_with(responses, curves, model, float(d), noise).squared_residuals for d in delays])
    squares = np.nan_to_num(squares, nan=0.0)
    best = np.argmin(squares, axis=0)
    middle = np.clip(best, 1, len(delays) - 2)
    shift, _ = _lowest(*(np.take_along_axis(squares, (middle + d)[None], axis=0)[0] for d in (-1, 0, 1)))
    side = search.step_s / _SIDES
    centre = delays[0] + side * np.clip(np.round((middle + shift) * _SIDES), 1, (len(delays) - 1) * _SIDES)
    near = [fit_with_delays(responses, curves, model, centre + d * side, noise) for d in (-1, 0, 1)]
    at_limit = ((best == len(delays) - 1) | ((best == 0) & (delays[0] < 0.0))) & (
        near[1].reason & VoxelReason.SIGNAL_LOST == 0
    )
    reason = near[1].reason | np.where(at_limit, VoxelReason.DELAY_AT_LIMIT, 0)
    return replace(_between(near, centre, side), reason=reason)


def series_delay_s(
    responses: TissueResponses, curves: RealArray, model: KineticModelName, search: DelaySearch
) -> float:
    """Find the one delay that suits many voxels best: most likely, each with noise of its own.

    The sum of the logarithms of the squared residuals is lowest there. A few hundred voxels that enhance tell it to a
    small part of a frame.

    Parameters
    ----------
    responses : TissueResponses
    curves : ndarray, shape (voxel, time)
    model : {"Patlak", "Tofts", "extended Tofts", "2CXM"}
    search : DelaySearch

    Returns
    -------
    float

    Raises
    ------
    ImpastoError
        When no voxel has a finite curve.
    """
    whole = curves[np.isfinite(curves).all(axis=1) & np.any(curves != 0.0, axis=1)]
    if not len(whole):
        raise ImpastoError("DCE series", "no voxel has signal in every frame", "check the series, T1 and flip angle")
    delays, step = search.delays_s, search.step_s
    for _ in range(2):
        squares = [fit_with(responses, whole, model, float(delay), None).squared_residuals for delay in delays]
        misfit = np.log(np.maximum(np.stack(squares), 1e-30)).sum(axis=1)
        middle = int(np.clip(np.argmin(misfit), 1, len(delays) - 2))
        shift, _ = _lowest(*misfit[middle - 1 : middle + 2, None])
        best = float(delays[middle] + step * shift[0])
        # a bolus is no parabola: once more with finer steps around
        step = step / _SIDES
        delays = best + step * np.arange(-2.0, 3.0)
    return best


def _lowest(before: FloatArray, at: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where a parabola through three equal steps is lowest, within one step of the middle, and its bend."""
    bend = before - 2.0 * at + after
    shift = np.divide(0.5 * (before - after), bend, out=np.sign(before - after), where=bend > 0.0)
    return np.clip(shift, -1.0, 1.0), bend


def _between(near: list[KineticFit], centre_s: FloatArray, side_s: float) -> KineticFit:
    """Carry estimates to the best delay, and its uncertainty into theirs."""
    model, at = near[1].model, near[1]
    shift, bend = _lowest(*(fit.squared_residuals for fit in near))
    variance = at.squared_residuals / max(at.frames - parameter_count(model) - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        # one standard error from the minimum the sum of squares is higher by the variance of a frame
        error = np.where(bend > 0.0, np.sqrt(2.0 * variance / bend), np.nan)
    estimates, errors = {}, {}
    for name, value in at.estimates.items():
        before, after = near[0].estimates[name], near[2].estimates[name]
        slope, curvature = 0.5 * (after - before), after - 2.0 * value + before
        moved = value + shift * (slope + 0.5 * shift * curvature)
        known = np.isfinite(moved)
        estimates[name] = np.where(known, np.maximum(moved, 0.0), value)
        added = (slope + shift * curvature) * error
        errors[name] = np.hypot(at.standard_errors[name], np.where(np.isfinite(added), added, 0.0))
    return replace(
        at,
        estimates=estimates,
        standard_errors=errors,
        delay_s=np.where(np.isfinite(at.squared_residuals), centre_s + shift * side_s, np.nan),
        delay_error_s=error * side_s,
    )


def fit_with_delays(
    responses: TissueResponses,
    curves: RealArray,
    model: KineticModelName,
    delay_s: FloatArray,
    noise: FrameNoise | None,
) -> KineticFit:
    """Fit each voxel with its own delay, shape (voxel,): those with the same one together."""
    different, group = np.unique(delay_s, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(len(different) + 1))
    parts = [
        fit_with(responses, curves[chosen], model, float(delay), noise and noise.of_voxels(chosen))
        for delay, chosen in zip(different, np.split(order, ends[1:-1]), strict=True)
    ]
    back = np.argsort(order, kind="stable")

    def joined(columns: Iterable[FloatArray]) -> FloatArray:
        return np.concatenate(list(columns))[back]

    names = KINETIC_MODELS[model]
    return KineticFit(
        model,
        {name: joined(part.estimates[name] for part in parts) for name in names},
        {name: joined(part.standard_errors[name] for part in parts) for name in names},
        joined(part.delay_s for part in parts),
        joined(part.delay_error_s for part in parts),
        joined(part.squared_residuals for part in parts),
        curves.shape[1],
        np.concatenate([part.reason for part in parts])[back],
    )
