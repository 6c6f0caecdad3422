"""Abnormality indices: how far a voxel lies from the line that normal voxels follow (CNI, CCrI, CrNI)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, RealArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["ABNORMALITY_INDICES", "AbnormalityIndex", "abnormality_index"]

ABNORMALITY_INDICES: dict[str, tuple[str, str]] = {
    "CNI": ("tCho", "tNAA"),
    "CCrI": ("tCho", "tCr"),
    "CrNI": ("tCr", "tNAA"),
}
"""Numerator and denominator of the indices in use (McKnight 2002), as sums of the fitted metabolites."""

FEWEST_CONTROL = 3
"""A slope and a standard deviation mean nothing from fewer voxels."""


@dataclass(frozen=True, eq=False)
class AbnormalityIndex:
    """Distance of every voxel from the line of the control voxels, in standard deviations of these.

    Parameters
    ----------
    z : ndarray, shape (voxel,)
        The index: positive where the numerator is too high for the denominator; NaN where an input is not finite.
    slope : float
        Numerator per denominator of the control voxels.
    sd : float
        Root mean square distance of the control voxels, in units of the inputs.
    control : ndarray of bool, shape (voxel,)
        The control voxels that were kept.
    iterations : int
        Regressions made.
    """

    z: FloatArray
    slope: float
    sd: float
    control: BoolArray
    iterations: int


def abnormality_index(
    numerator: RealArray,
    denominator: RealArray,
    control: BoolArray,
    upper: float = 2.25,
    lower: float = -1.25,
) -> AbnormalityIndex:
    """Index by regression of control voxels through the origin (McKnight 2001).

    With x the denominator and y the numerator of the control voxels: slope ``s = sum(x y) / sum(x^2)``; signed
    perpendicular distance ``d = (y - s x) / sqrt(s^2 + 1)``; ``SD = sqrt(mean(d^2))``, no mean removed; ``z = d / SD``.
    Control voxels beyond the limits are dropped, and the rest is fitted anew until none is dropped: so tumour among
    the candidates does little harm. The default limits are those of SIVIC (Crane 2013).

    Parameters
    ----------
    numerator, denominator : ndarray, shape (voxel,)
        Amplitudes in one unit: choline and NAA for the CNI, see :data:`ABNORMALITY_INDICES`.
    control : ndarray of bool, shape (voxel,)
        Candidates for normal tissue; those without positive numerator and denominator do not count.
    upper, lower : float
        A control voxel with ``z >= upper`` or ``z <= lower`` is dropped. ``lower=-numpy.inf`` drops upwards only.

    Returns
    -------
    AbnormalityIndex

    Raises
    ------
    ImpastoError
        When shapes disagree, the limits do not enclose zero, fewer than three control voxels are there or left, or
        these lie exactly on a line.

    Notes
    -----
    The index depends on the ratio of the two units: fit both with one basis set.

    The default lower limit is so near that normally scattered controls never settle: iteration ends with a handful, a
    slope near their upper edge and an `sd` far below their scatter (400 controls: 4 % kept, a tenth of the scatter).
    The order of voxels by z hardly changes, its size does. Compare sizes between patients only where ``control.sum()``
    stayed large, or drop upwards only (84 % kept, 95 % of the scatter; 15 % of the candidates were tumour).

    Examples
    --------
    >>> choline, naa = np.array([2.0, 4.0, 2.0, 4.0, 8.0]), np.full(5, 4.0)
    >>> abnormality_index(choline, naa, np.arange(5) < 4).z.round(6).tolist()
    [-1.0, 1.0, -1.0, 1.0, 5.0]
    """
    y, x = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    kept = np.asarray(control, dtype=bool)
    if y.ndim != 1 or x.shape != y.shape or kept.shape != y.shape:
        shapes = f"numerator {y.shape}, denominator {x.shape} and control voxels {kept.shape} do not fit"
        raise ImpastoError("abnormality index", shapes, "give one value per voxel each")
    if not lower < 0.0 < upper:
        problem = f"limits {lower:g} to {upper:g} do not enclose zero"
        raise ImpastoError("abnormality index", problem, "give a negative lower and a positive upper limit")
    kept = kept & np.isfinite(x) & np.isfinite(y) & (x > 0.0) & (y > 0.0)
    iterations = 0
    while True:
        iterations += 1
        slope, sd = _control_line(x[kept], y[kept], iterations)
        z = (y - slope * x) / (np.hypot(slope, 1.0) * sd)
        dropped = kept & ((z >= upper) | (z <= lower))
        if not dropped.any():
            return AbnormalityIndex(read_only(z), slope, sd, read_only(kept), iterations)
        kept = kept & ~dropped


def _control_line(x: FloatArray, y: FloatArray, iteration: int) -> tuple[float, float]:
    """Slope through the origin and root mean square perpendicular distance."""
    if len(x) < FEWEST_CONTROL:
        problem = f"{len(x)} control voxels with positive amplitudes are left in iteration {iteration}"
        remedy = "give a larger region of normal-appearing tissue or a lower limit farther away"
        raise ImpastoError("abnormality index", problem, remedy)
    slope = float(x @ y / (x @ x))
    distance = (y - slope * x) / np.hypot(slope, 1.0)
    sd = float(np.sqrt(np.mean(distance**2)))
    if sd <= 1e-12 * float(np.sqrt(np.mean(x * x + y * y))):
        raise ImpastoError("abnormality index", "all control voxels lie on one line", "give measured amplitudes")
    return slope, sd
