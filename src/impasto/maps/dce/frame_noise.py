"""How the noise of signals shows in concentrations: not alike in all frames, and in all of them by the baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.spoiled_gradient import spoiled_gradient_signal

__all__ = ["FrameNoise", "spoiled_gradient_noise"]


@dataclass(frozen=True, eq=False)
class FrameNoise:
    """Change of concentrations with the signals they were worked out from.

    Parameters
    ----------
    per_frame : ndarray, shape (voxel, time) or (1, time)
        Of the concentration with the frame's own signal.
    per_baseline : ndarray, shape (voxel, time) or (1, time)
        Of the concentration with the signal before the bolus, of which all frames have one and the same error.
    baseline_frames : int
        Frames whose mean that signal is; 0 when it is known without error.

    Raises
    ------
    ImpastoError
        When shapes disagree or the count is negative.
    """

    per_frame: FloatArray
    per_baseline: FloatArray
    baseline_frames: int

    def __post_init__(self) -> None:
        if self.per_frame.ndim != 2 or self.per_frame.shape != self.per_baseline.shape or self.baseline_frames < 0:
            problem = f"{self.per_frame.shape} and {self.per_baseline.shape}, {self.baseline_frames} baseline frames"
            raise ImpastoError("frame noise", problem, "give both of shape (voxel, time)")

    @classmethod
    def even(cls, frames: int, baseline_frames: int = 0) -> FrameNoise:
        """Noise alike in all frames and voxels, a mean of the baseline subtracted."""
        ones = np.ones((1, frames))
        return cls(ones, -ones, baseline_frames)

    @property
    def is_even(self) -> bool:
        """Whether frames have the same noise, independent of each other."""
        return self.baseline_frames == 0 and bool((self.per_frame == 1.0).all())

    def of_voxels(self, chosen: slice | IntArray | BoolArray) -> FrameNoise:
        """Return that of some voxels."""
        if len(self.per_frame) == 1:
            return self
        return FrameNoise(self.per_frame[chosen], self.per_baseline[chosen], self.baseline_frames)

    def signal_variance(self, squared_residuals: FloatArray, degrees_of_freedom: int) -> FloatArray:
        """Variance of a frame's signal from what a fit left of the concentrations, shape (voxel,)."""
        mean: FloatArray = np.square(self.per_frame).mean(axis=1)
        return np.asarray(squared_residuals / max(degrees_of_freedom, 1) / mean)

    def variance_of_sum(self, weights: FloatArray) -> FloatArray:
        """Variance of weighted sums over frames, shape (voxel,), for a variance of one of the signals.

        Parameters
        ----------
        weights : ndarray, shape (voxel, time)
        """
        variance: FloatArray = np.square(weights * self.per_frame).sum(axis=1)
        if self.baseline_frames:
            variance = variance + (weights * self.per_baseline).sum(axis=1) ** 2 / self.baseline_frames
        return variance


def spoiled_gradient_noise(
    signal: FloatArray,
    baseline_signal: FloatArray,
    native_t1_s: FloatArray,
    flip_angle_deg: ArrayLike,
    repetition_time_s: float,
    baseline_frames: int,
) -> FrameNoise:
    """Derive that of :func:`~impasto.maps.dce.spoiled_gradient.concentration_from_signal`.

    With ``s = S / (S0 sin a)`` and c the cosine: ``dR1/ds = (1 - c) / ((1 - s) (1 - s c) TR)``; S0 goes with the
    baseline. Relative to the voxel's baseline, so that frames before the bolus have about one.

    Parameters
    ----------
    signal : ndarray, shape (voxel, time)
    baseline_signal, native_t1_s : ndarray, shape (voxel,)
    flip_angle_deg : array_like, scalar or shape (voxel,)
    repetition_time_s : float
    baseline_frames : int

    Returns
    -------
    FrameNoise
        One in all frames where a derivative does not exist.
    """
    angle = np.broadcast_to(np.deg2rad(np.asarray(flip_angle_deg, dtype=np.float64)), baseline_signal.shape)
    unit = spoiled_gradient_signal(1.0 / native_t1_s, np.rad2deg(angle), repetition_time_s)
    cosine = np.cos(angle)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = signal / baseline_signal[:, None]
        share = relative * (unit / np.sin(angle))[:, None]
        slope = 1.0 / ((1.0 - share) * (1.0 - share * cosine))
        before = (unit / np.sin(angle))[:, None]
        per_frame = slope * (1.0 - before) * (1.0 - before * cosine)
    per_frame = np.where(np.isfinite(per_frame), per_frame, 1.0)
    return FrameNoise(per_frame, -np.where(np.isfinite(relative), relative, 1.0) * per_frame, baseline_frames)
