"""Voxels of a map as colours over anatomy, and the grey that lies below them."""

from __future__ import annotations

import numpy as np

from impasto.core import Image
from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.report.colour_scales import ColourScale
from impasto.report.scene import nice_limit
from impasto.report.slice_view import Window

__all__ = ["anatomy_window", "scale_limits", "voxel_overlay"]

_STRIPE_PIXELS = 9
_FULL_FROM = 0.4
"""Of a scale: from here on colours are as opaque as they get."""


def voxel_overlay(
    values: RealArray, striped: BoolArray, limits: tuple[float, float], scale: ColourScale | None = None
) -> FloatArray:
    """Colour pixels by value, low ones fainter; stripe those without one to trust; leave the others clear.

    Parameters
    ----------
    values : ndarray, shape (row, column)
        NaN where there is no value.
    striped : ndarray of bool, same shape
        Pixels whose value is missing, or doubted and not shown.
    limits : tuple of float
        Values at the ends of the colour scale.
    scale : ColourScale, optional

    Returns
    -------
    ndarray, shape (row, column, 4)
    """
    (low, high), shown = limits, scale or ColourScale()
    known = np.isfinite(values)
    share = np.clip((np.where(known, values, low) - low) / (high - low), 0.0, 1.0)
    overlay = np.asarray(shown.colours(share), dtype=np.float64)
    low_opacity, high_opacity = shown.opacity
    opacity = low_opacity + (high_opacity - low_opacity) * np.clip(share / _FULL_FROM, 0.0, 1.0)
    overlay[..., 3] = np.where(known & ~striped, opacity, 0.0)
    row, column = np.indices(values.shape)
    overlay[striped & ((row + column) % _STRIPE_PIXELS < _STRIPE_PIXELS // 3)] = (1.0, 1.0, 1.0, 0.55)
    return overlay


def scale_limits(scale: ColourScale, values: RealArray, threshold: float | None = None) -> tuple[float, float]:
    """Return the ends that a scale gives, else choose: zero, or its mirror image, to a round number above most values.

    Parameters
    ----------
    scale : ColourScale
    values : ndarray
        NaN where there is none.
    threshold : float, optional
        The end is then two to three times as high: what lies around it is not lost below a few extreme values.

    Examples
    --------
    >>> scale_limits(ColourScale(percentile=50.0), np.array([0.0, 3.7, np.nan, 900.0]))
    (0.0, 4.0)
    """
    if scale.limits is not None:
        return scale.limits
    known = np.abs(values[np.isfinite(values)]) if scale.is_signed else values[np.isfinite(values)]
    high = float(np.percentile(known, scale.percentile)) if known.size else 1.0
    if threshold is not None and threshold > 0.0:
        high = float(np.clip(high, 2.0 * threshold, 3.0 * threshold))
    end = nice_limit([max(high, scale.least_end)])
    return (-end if scale.is_signed else 0.0), end


def anatomy_window(anatomy: Image) -> Window:
    """Grey window: soft tissue for CT, between the darkest and brightest hundredth of what is not air for MR."""
    if anatomy.unit == "[hnsf'U]":
        return Window(40.0, 90.0)
    values = np.asarray(anatomy.data[::2, ::2, ::2], dtype=np.float64)
    bright = values[values > 0.1 * float(np.percentile(values, 99.0))]
    low, high = np.percentile(bright, [1.0, 99.5]) if bright.size else (0.0, 1.0)
    return Window(0.5 * float(low + high), max(float(high - low), 1e-9))
