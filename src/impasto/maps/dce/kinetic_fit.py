"""Fit of tracer-kinetic models to concentration curves, all voxels at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from impasto.core.arrays import FloatArray, IntArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.convolution import exponential_convolution
from impasto.maps.dce.frame_noise import FrameNoise
from impasto.maps.dce.kinetic_parameters import (
    LARGEST_RATES_PER_MIN,
    KineticModelName,
    kinetic_parameters,
    parameter_count,
)
from impasto.maps.dce.separable_fit import RateBasis, SeparableFit, fit_separable
from impasto.maps.dce.voxel_reason import VoxelReason

__all__ = ["KineticFit", "TissueResponses", "fit_kinetics", "fit_with"]

_RATE_SCALE_PER_S = 0.05 / 60.0


@dataclass(frozen=True, eq=False)
class TissueResponses:
    """What an arterial input makes of any rate, at the frames of a series; computed once, used for every voxel.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        Of the frames, increasing, may be uneven.
    arterial : ArterialInput
        On the same clock.
    largest_rate_per_min : float
        Fastest washout that is searched.
    """

    times_s: FloatArray
    arterial: ArterialInput
    largest_rate_per_min: float
    _known: dict[float, tuple[RateBasis, FloatArray]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        times = np.asarray(self.times_s, dtype=np.float64)
        if times.ndim != 1 or len(times) < 4 or not (np.diff(times) > 0.0).all():
            raise ImpastoError("DCE series", "its times are fewer than four or do not increase", "give one a frame")
        if not self.largest_rate_per_min > 0.0:
            problem = f"a largest rate of {self.largest_rate_per_min:g} per min"
            raise ImpastoError("DCE fit", problem, "give a positive one, about 120")
        if not self.arterial.blood_at(times).any():
            raise ImpastoError("arterial input", "has no agent during the series", "bring both on one clock")

    @classmethod
    def for_model(
        cls, times_s: FloatArray, arterial: ArterialInput, model: KineticModelName, largest_rate_per_min: float | None
    ) -> TissueResponses:
        """Search as fast a washout as suits the model, unless one is given.

        Raises
        ------
        ImpastoError
            When the model is not one to fit.
        """
        if model not in LARGEST_RATES_PER_MIN:
            known = ", ".join(LARGEST_RATES_PER_MIN)
            raise ImpastoError("kinetic model", f"{model!r} cannot be fitted", f"choose one of {known}")
        usual = LARGEST_RATES_PER_MIN[model]
        return cls(times_s, arterial, usual if largest_rate_per_min is None else largest_rate_per_min)

    def delayed(self, delay_s: float) -> tuple[RateBasis, FloatArray]:
        """Responses and concentration in plasma, shape (time,), when the bolus arrives later by `delay_s`.

        When it arrives earlier the input keeps its last concentration until the end of the series.
        """
        if delay_s not in self._known:
            arterial = self.arterial.delayed(delay_s).held_until(float(self.times_s[-1]))

            def responses(rates_per_s: FloatArray) -> FloatArray:
                return exponential_convolution(rates_per_s, arterial.times_s, arterial.plasma_mmol_l, self.times_s)

            plasma = arterial.blood_at(self.times_s) / (1.0 - arterial.haematocrit)
            self._known[delay_s] = RateBasis.of(responses, _RATE_SCALE_PER_S, self.largest_rate_per_min / 60.0), plasma
        return self._known[delay_s]


@dataclass(frozen=True, eq=False)
class KineticFit:
    """One model fitted to many voxels.

    Parameters
    ----------
    model : str
        One of :data:`KINETIC_MODELS`.
    estimates, standard_errors : mapping of str to ndarray, shape (voxel,)
        By OSIPI name, units in :data:`PARAMETER_UNITS`; NaN where there is none. Errors are those of noise alone: what
        T1, arterial input and model have wrong comes on top.
    delay_s, delay_error_s : ndarray, shape (voxel,)
        Of the bolus behind the arterial input; zero when it was not searched.
    squared_residuals : ndarray, shape (voxel,)
        Their sum over the frames.
    frames : int
    reason : ndarray of int, shape (voxel,)
        :class:`VoxelReason` flags.
    """

    model: KineticModelName
    estimates: Mapping[str, FloatArray]
    standard_errors: Mapping[str, FloatArray]
    delay_s: FloatArray
    delay_error_s: FloatArray
    squared_residuals: FloatArray
    frames: int
    reason: IntArray


def fit_kinetics(
    concentration_mmol_l: RealArray,
    times_s: FloatArray,
    arterial: ArterialInput,
    model: KineticModelName = "extended Tofts",
    largest_rate_per_min: float | None = None,
    noise: FrameNoise | None = None,
) -> KineticFit:
    """Fit a model by least squares, no parameter below zero, the bolus arriving as in the arterial input.

    Parameters
    ----------
    concentration_mmol_l : ndarray, shape (voxel, time)
        In tissue; a voxel with a value that is not finite gets none.
    times_s : ndarray, shape (time,)
    arterial : ArterialInput
        Linear between its knots, which may be finer than the frames; delayed and dispersed as in the tissue. For
        delays that differ between voxels see :func:`~impasto.maps.dce.delay_search.fit_kinetics_with_delay`.
    model : {"Patlak", "Tofts", "extended Tofts", "2CXM"}
    largest_rate_per_min : float, optional
        Fastest washout that is searched; :data:`LARGEST_RATES_PER_MIN` when not given.
    noise : FrameNoise, optional
        How the noise of signals shows in the frames, for the standard errors; alike in all, the signal before the bolus
        known exactly, when not given.

    Returns
    -------
    KineticFit

    Raises
    ------
    ImpastoError
        When shapes disagree, there are too few frames for the model, or the input does not cover the series.

    Examples
    --------
    >>> from impasto.maps.dce import ArterialInput, parker_blood_concentration, tofts_concentration
    >>> times = np.arange(0.0, 300.0, 2.0)
    >>> arterial = ArterialInput(times, parker_blood_concentration(times, 20.0), haematocrit=0.42)
    >>> fit = fit_kinetics(tofts_concentration(times, arterial, [0.1], [0.3]), times, arterial, "Tofts")
    >>> fit.estimates["Ktrans"].round(4).tolist(), fit.estimates["ve"].round(4).tolist()
    ([0.1], [0.3])
    """
    responses = TissueResponses.for_model(times_s, arterial, model, largest_rate_per_min)
    return fit_with(responses, np.asarray(concentration_mmol_l), model, 0.0, noise)


def fit_with(
    responses: TissueResponses, curves: RealArray, model: KineticModelName, delay_s: float, noise: FrameNoise | None
) -> KineticFit:
    """Fit voxels with responses at hand, all with the same delay; see :func:`fit_kinetics`."""
    _refuse_unfit(curves, len(responses.times_s), model)
    finite = np.asarray(np.isfinite(curves).all(axis=1))
    usable = curves if finite.all() else np.where(finite[:, None], curves, 0.0)
    basis, plasma = responses.delayed(delay_s)
    if model == "2CXM":
        fit = fit_separable(usable, basis, "rate", noise=noise)
    elif model == "Tofts":
        fit = fit_separable(usable, basis, "none", noise=noise)
    else:
        fit = fit_separable(usable, basis, plasma, model == "extended Tofts", noise)
    estimates, errors = kinetic_parameters(model, fit)
    reason = np.where(finite, _reasons(model, fit, estimates, errors, basis), VoxelReason.SIGNAL_LOST)
    for name in estimates:
        gone = _gone(name, reason)
        # PS is a difference: rounding may leave it below zero
        estimates[name] = np.where(gone | ~np.isfinite(estimates[name]), np.nan, np.maximum(estimates[name], 0.0))
        errors[name] = np.where(gone | ~np.isfinite(errors[name]), np.nan, errors[name])
    zero = np.zeros(len(curves))
    squares = np.where(finite, fit.squared_residuals, np.nan)
    return KineticFit(
        model, estimates, errors, np.where(finite, delay_s, np.nan), zero, squares, curves.shape[1], reason
    )


def _refuse_unfit(curves: RealArray, frames: int, model: KineticModelName) -> None:
    if curves.ndim != 2 or curves.shape[1] != frames:
        problem = f"concentrations of shape {curves.shape} for {frames} frames"
        raise ImpastoError("DCE fit", problem, "give shape (voxel, time)")
    if frames < parameter_count(model) + 2:
        problem = f"{frames} frames do not determine {model}"
        raise ImpastoError("DCE series", problem, f"give {parameter_count(model) + 2} or more")


def _reasons(
    model: KineticModelName,
    fit: SeparableFit,
    estimates: Mapping[str, FloatArray],
    errors: Mapping[str, FloatArray],
    basis: RateBasis,
) -> IntArray:
    reason = np.zeros(len(fit.squared_residuals), dtype=np.int64)
    leaked, error = (source["PS" if model == "2CXM" else "Ktrans"] for source in (estimates, errors))
    rates, amplitudes = fit.rates_per_s, fit.amplitudes
    with np.errstate(invalid="ignore"):
        none = leaked <= 1e-9
        reason |= np.where(none, VoxelReason.NO_LEAKAGE, 0)
        reason |= np.where(~none & ~np.isfinite(error), VoxelReason.UNDETERMINED, 0)
        reason |= np.where(~none & (leaked < 2.0 * error), VoxelReason.WITHIN_NOISE, 0)
        if model != "Patlak":
            reason |= np.where(~none & (rates[:, 0] <= 0.0), VoxelReason.NO_WASHOUT, 0)
            fastest = (rates >= basis.largest_rate_per_s * (1.0 - 1e-9)) & (amplitudes > 0.0)
            reason |= np.where(fastest.any(axis=1), VoxelReason.TOO_FAST, 0)
        spaces = [np.nan_to_num(estimates[name], posinf=0.0) for name in ("ve", "vp") if name in estimates]
        above = (np.sum(spaces, axis=0) > 1.0) & ~none & (reason & VoxelReason.NO_WASHOUT == 0)
        reason |= np.where(above, VoxelReason.SPACE_ABOVE_ONE, 0)
    return reason


def _gone(name: str, reason: IntArray) -> np.ndarray:
    """Where a parameter has no value for these reasons."""
    gone = VoxelReason.SIGNAL_LOST
    if name in ("kep", "ve"):
        gone |= VoxelReason.NO_LEAKAGE
    if name == "ve":
        gone |= VoxelReason.NO_WASHOUT
    return np.asarray(reason & gone != 0)
