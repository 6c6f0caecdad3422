"""Straight lines inside a mask of one slice: the longest in each direction, stopped by holes."""

from __future__ import annotations

import numba
import numpy as np

from impasto.core.arrays import BoolArray, FloatArray

__all__ = ["crossed_chords", "longest_chords"]

_COARSE_DEG = np.arange(180.0)
_FINE_DEG = np.linspace(-1.0, 1.0, 21)
"""First all directions, then those near the best: an ellipse hides between degrees, corners of a box do not."""

_COARSE_LINES, _FINE_LINES = 2, 8
"""Lines a pixel."""


def crossed_chords(mask: BoolArray, spacing_mm: tuple[float, float], near_deg: float | None = None) -> FloatArray:
    """Find the longest line inside a mask, and the longest at right angles to it; of equals, that longer across.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j)
    spacing_mm : tuple of float
    near_deg : float, optional
        Look only near this direction, in steps of a tenth of a degree, along lines an eighth of a pixel apart; else in
        all directions a degree apart, along lines half a pixel apart.

    Returns
    -------
    ndarray, shape (2, 6)
        As :func:`longest_chords` gives them, and their directions in degrees behind.
    """
    if near_deg is None:
        chords = longest_chords(mask, spacing_mm, _COARSE_DEG)
        directions, across = _COARSE_DEG, np.roll(chords, -90, axis=0)
    else:
        directions = near_deg + _FINE_DEG
        chords, across = (longest_chords(mask, spacing_mm, directions + turn, _FINE_LINES) for turn in (0.0, 90.0))
    longest = np.flatnonzero(chords[:, 0] >= chords[:, 0].max() - 1e-6)
    place = int(longest[np.argmax(across[longest, 0])])
    direction = directions[place]
    return np.stack([np.append(chords[place], direction), np.append(across[place], direction + 90.0)])


def longest_chords(
    mask: BoolArray, spacing_mm: tuple[float, float], directions_deg: FloatArray, lines_a_pixel: int = _COARSE_LINES
) -> FloatArray:
    """Find the longest line inside a mask in each direction.

    A line counts from where it enters a pixel's face to where it leaves the last one; pixels outside the mask end it.
    Parallel lines are a part of the smaller side of a pixel apart.

    Parameters
    ----------
    mask : ndarray of bool, shape (i, j)
    spacing_mm : tuple of float
        Of pixels along i and j.
    directions_deg : ndarray, shape (direction,)
        From i towards j.
    lines_a_pixel : int

    Returns
    -------
    ndarray, shape (direction, 5)
        Length in mm, and the ends (i, j, i, j) in pixels, in which the corner of the first pixel is 0.

    Examples
    --------
    >>> chords = longest_chords(np.ones((30, 10), dtype=bool), (1.0, 1.0), np.array([0.0, 90.0]))
    >>> chords[:, 0].tolist()
    [30.0, 10.0]
    """
    angles = np.radians(np.asarray(directions_deg, dtype=np.float64))
    found = np.zeros((len(angles), 5))
    inside = np.ascontiguousarray(mask, dtype=np.uint8)
    step = min(spacing_mm) / lines_a_pixel
    _longest(inside, float(spacing_mm[0]), float(spacing_mm[1]), angles, step, found)
    return found


@numba.njit(cache=True)
def _longest(mask: np.ndarray, width: float, height: float, angles: FloatArray, step: float, found: FloatArray) -> None:
    """Cross the mask along parallel lines of each direction."""
    half_i, half_j = 0.5 * mask.shape[0] * width, 0.5 * mask.shape[1] * height
    for n in range(angles.shape[0]):
        c, s = np.cos(angles[n]), np.sin(angles[n])
        # exact along the axes, where rounding would tilt a line over a pixel's face
        c = 0.0 if abs(c) < 1e-12 else c
        s = 0.0 if abs(s) < 1e-12 else s
        lines = int((abs(s) * half_i + abs(c) * half_j) / step)
        # from the middle outwards, so that short lines at the border need not be walked
        for count in range(2 * lines + 1):
            line = (count + 1) // 2 if count % 2 else -(count // 2)
            x, y = half_i - s * line * step, half_j + c * line * step
            _cross(mask, x / width, y / height, c / width, s / height, found[n])


@numba.njit(cache=True)
def _cross(mask: np.ndarray, x: float, y: float, dx: float, dy: float, best: FloatArray) -> None:
    """Walk from pixel to pixel along x + t dx, y + t dy, t in mm; keep the longest stretch inside."""
    low, high = -np.inf, np.inf
    for start, slope, size in ((x, dx, mask.shape[0]), (y, dy, mask.shape[1])):
        if slope == 0.0:
            if start < 0.0 or start >= size:
                return
            continue
        first, last = -start / slope, (size - start) / slope
        low, high = max(low, min(first, last)), min(high, max(first, last))
    if high - low <= best[0]:
        return
    t, opened = low, np.nan
    tiny = 1e-9 * (1.0 + high - low)
    while t < high - tiny:
        middle = t + tiny
        i = min(max(int(np.floor(x + middle * dx)), 0), mask.shape[0] - 1)
        j = min(max(int(np.floor(y + middle * dy)), 0), mask.shape[1] - 1)
        to_i = np.inf if dx == 0.0 else ((i + 1 if dx > 0.0 else i) - x) / dx
        to_j = np.inf if dy == 0.0 else ((j + 1 if dy > 0.0 else j) - y) / dy
        after = min(max(min(to_i, to_j), t + 2.0 * tiny), high)
        if mask[i, j] != 0:
            if np.isnan(opened):
                opened = t
            if after - opened > best[0] + 1e-9:
                best[0] = after - opened
                best[1], best[2] = x + opened * dx, y + opened * dy
                best[3], best[4] = x + after * dx, y + after * dy
        elif after - t > 4.0 * tiny:
            opened = np.nan
        t = after
