"""One voxel's curve as physicists judge it: samples, fit, residual within the noise, arterial input, numbers."""

from __future__ import annotations

from matplotlib.figure import Figure

from impasto.report.curve_findings import TimeCurve, VoxelCurve
from impasto.report.figures.decay_curve import decay_curve_figure
from impasto.report.figures.time_curve import time_curve_figure

__all__ = ["curve_figure"]


def curve_figure(found: VoxelCurve) -> Figure:
    """Draw a voxel of a dynamic or diffusion-weighted series with its fit and the numbers read from it."""
    return time_curve_figure(found) if isinstance(found, TimeCurve) else decay_curve_figure(found)
