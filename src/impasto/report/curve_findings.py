"""What the picture of one voxel's curve shows: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from impasto.core import Image, ImpastoError
from impasto.core.arrays import BoolArray, FloatArray

__all__ = [
    "ArterialCurve",
    "DecayCurve",
    "FittedCurve",
    "Parameter",
    "ResidueFunction",
    "TimeCurve",
    "VoxelCurve",
    "VoxelFindings",
]


@dataclass(frozen=True)
class Parameter:
    """A number that was read from a curve.

    Parameters
    ----------
    name : str
        OSIPI's where it has one.
    value : float
        NaN where there is none.
    unit : str
        UCUM.
    standard_error : float, optional
        None or NaN where it is not known.
    """

    name: str
    value: float
    unit: str
    standard_error: float | None = None


@dataclass(frozen=True, eq=False)
class VoxelFindings:
    """What is said of a voxel beside its curve.

    Parameters
    ----------
    label : str
        Of the series: its name and kind.
    position_mm : tuple of float
        LPS of the voxel's centre.
    parameters : tuple of Parameter
        In the order of the table.
    reasons : tuple of str
        Against the voxel, in words.
    notes : tuple of str
        What a reader must know: arterial input, settings.
    place : Image, optional
        Anatomy in which the voxel is shown, three-dimensional.
    """

    label: str
    position_mm: tuple[float, float, float]
    parameters: tuple[Parameter, ...]
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    place: Image | None = None


@dataclass(frozen=True, eq=False)
class FittedCurve:
    """Samples, the curve fitted to them, and their noise.

    Parameters
    ----------
    name : str
        Of the model that was fitted.
    data : ndarray, shape (sample,)
        NaN where a sample does not exist.
    fit : ndarray, shape (sample,)
        NaN where there is no fit.
    noise : ndarray, shape (sample,)
        Standard deviation of each sample; NaN where it is not known.

    Raises
    ------
    ImpastoError
        When lengths differ.
    """

    name: str
    data: FloatArray
    fit: FloatArray
    noise: FloatArray

    def __post_init__(self) -> None:
        if self.data.ndim != 1 or not self.data.shape == self.fit.shape == self.noise.shape:
            problem = f"data, fit and noise of shapes {self.data.shape}, {self.fit.shape}, {self.noise.shape}"
            raise ImpastoError(self.name, problem, "give one of each a sample")

    @property
    def residual(self) -> FloatArray:
        """Data less fit."""
        return self.data - self.fit


@dataclass(frozen=True, eq=False)
class ArterialCurve:
    """Agent in arterial blood as the fit took it.

    Parameters
    ----------
    times_s, values : ndarray, shape (knot,)
    quantity : str
        With its unit, for the axis.
    delay_s : float
        By which it reaches the voxel later than `times_s` say.
    """

    times_s: FloatArray
    values: FloatArray
    quantity: str
    delay_s: float = 0.0


@dataclass(frozen=True, eq=False)
class ResidueFunction:
    """Flow times the share of an instant bolus still in the voxel, by deconvolution.

    Parameters
    ----------
    lags_s, values : ndarray, shape (sample,)
        Time since the bolus was at the arterial input, rising.
    unit : str
        UCUM.
    peak : tuple of (float, float)
        Tmax and CBF; NaN where it has no peak.
    """

    lags_s: FloatArray
    values: FloatArray
    unit: str
    peak: tuple[float, float]


@dataclass(frozen=True, eq=False)
class TimeCurve:
    """One voxel of a dynamic series.

    Parameters
    ----------
    voxel : VoxelFindings
    quantity, unit : str
        Of the curves; the unit in UCUM.
    times_s : ndarray, shape (frame,)
    curve : FittedCurve
    baseline : ndarray of bool, shape (frame,)
        Frames before the bolus, whose mean all others are compared with.
    arrival_s : float
        Of the bolus in the voxel; NaN where it does not rise.
    window : tuple of (str, float, float), optional
        Name of an area under the curve, and from when to when it is taken.
    arterial : ArterialCurve, optional
    uncorrected : FittedCurve, optional
        The curve as measured, where `curve` is corrected for leakage, with the leakage model.
    fine_times_s : ndarray, shape (point,), optional
        Where the components are given, finer than the frames; at the frames when absent.
    components : mapping of str to ndarray, shape (point,)
        Parts that sum to the fit of `curve`; then their sum is drawn for it.
    residue : ResidueFunction, optional

    Raises
    ------
    ImpastoError
        When lengths differ.
    """

    voxel: VoxelFindings
    quantity: str
    unit: str
    times_s: FloatArray
    curve: FittedCurve
    baseline: BoolArray
    arrival_s: float
    window: tuple[str, float, float] | None = None
    arterial: ArterialCurve | None = None
    uncorrected: FittedCurve | None = None
    fine_times_s: FloatArray | None = None
    components: Mapping[str, FloatArray] = field(default_factory=dict)
    residue: ResidueFunction | None = None

    def __post_init__(self) -> None:
        _require_alike(self.voxel.label, self.times_s, self.curve.data, self.baseline)
        _require_alike(self.voxel.label, self.line_times_s, *self.components.values())

    @property
    def line_times_s(self) -> FloatArray:
        """Times of the fitted line, shape (point,)."""
        return self.times_s if self.fine_times_s is None else self.fine_times_s

    @property
    def line(self) -> FloatArray:
        """Fitted curve at :attr:`line_times_s`, shape (point,)."""
        return np.asarray(sum(self.components.values())) if self.components else self.curve.fit


@dataclass(frozen=True, eq=False)
class DecayCurve:
    """One voxel of a diffusion-weighted series.

    Parameters
    ----------
    voxel : VoxelFindings
    b_values_s_per_mm2 : ndarray, shape (measurement,)
    curve : FittedCurve
        Signal of each measurement, in the order of acquisition.
    used : ndarray of bool, shape (measurement,)
        Measurements that decided the fit.
    s0 : float
        Signal without weighting, fitted.
    diffusivities_um2_per_ms : mapping of str to float
        Exponential decays to draw, by name: along, mean and across for a tensor.
    angles_deg : ndarray, shape (measurement,), optional
        Between gradient and principal direction, 0 to 90; NaN without weighting. None where no tensor was fitted.
    eigenvalues_um2_per_ms : tuple of float
        Of the tensor, from greatest to least; empty where none was fitted.

    Raises
    ------
    ImpastoError
        When lengths differ.
    """

    voxel: VoxelFindings
    b_values_s_per_mm2: FloatArray
    curve: FittedCurve
    used: BoolArray
    s0: float
    diffusivities_um2_per_ms: Mapping[str, float]
    angles_deg: FloatArray | None = None
    eigenvalues_um2_per_ms: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        angles = () if self.angles_deg is None else (self.angles_deg,)
        _require_alike(self.voxel.label, self.b_values_s_per_mm2, self.curve.data, self.used, *angles)


VoxelCurve = TimeCurve | DecayCurve
"""Either kind of curve."""


def _require_alike(label: str, *samples: np.ndarray) -> None:
    if len({one.shape for one in samples}) != 1:
        shapes = ", ".join(str(one.shape) for one in samples)
        raise ImpastoError(label, f"samples of shapes {shapes}", "give one of each a sample")
