"""The voxels on which margins are computed: near-cubic ones around the result's box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core import Grid, ImpastoError, Structure
from impasto.core.arrays import FloatArray, IntArray
from impasto.target.box import box_around

__all__ = ["WorkingVoxels", "box_for_margin"]

_MOST_PARTS = 4
"""Voxels are divided into at most so many along an axis."""


def box_for_margin(structure: Structure, reach_mm: FloatArray, grid: Grid) -> Grid:
    """Cut a grid down to a structure and its reach, shape (3 axes, 2).

    Raises
    ------
    ImpastoError
        When the structure is empty or lies outside the grid.
    """
    if structure.is_empty:
        raise ImpastoError(structure.name, "it is empty", "leave it out or draw it")
    box = box_around([structure], grid, reach_mm)
    if box is None:
        raise ImpastoError(structure.name, "it lies outside the grid", "give a grid that covers it")
    return box


@dataclass(frozen=True)
class WorkingVoxels:
    """A box of voxels, padded by a margin and divided into near-cubic parts.

    Parameters
    ----------
    fine : Grid
        The divided voxels of the padded box.
    pad, parts : ndarray, shape (3,)
        Voxels of padding on each side, and parts that each voxel is divided into, along each axis.
    """

    fine: Grid
    pad: IntArray
    parts: IntArray

    @classmethod
    def around(cls, box: Grid, farthest_mm: float) -> WorkingVoxels:
        """Pad a box by a margin's greatest distance, and divide its voxels."""
        parts = _parts(box.spacing_mm, farthest_mm)
        pad = np.ceil(farthest_mm / box.spacing_mm).astype(np.int64) + 2
        padded = box.cropped((-pad).tolist(), (np.array(box.shape) + pad).tolist())
        return cls(padded.with_spacing(padded.spacing_mm / parts), pad, parts)

    def mean_in_box(self, values: FloatArray) -> FloatArray:
        """Average the parts of each voxel and drop the padding."""
        whole = np.array(values.shape) // self.parts
        mean = values.reshape(np.ravel(np.column_stack([whole, self.parts]))).mean(axis=(1, 3, 5))
        inner: FloatArray = mean[tuple(slice(p, n - p) for p, n in zip(self.pad, whole, strict=True))]
        return inner


def _parts(spacing_mm: FloatArray, farthest_mm: float) -> IntArray:
    """Into how many pieces each voxel is divided along each axis: near-cubic ones, about two within the margin."""
    finest_mm = float(spacing_mm.min())
    wanted_mm = min(1.25 * finest_mm, max(0.5 * farthest_mm, finest_mm / 3.0))
    return np.clip(np.ceil(spacing_mm / wanted_mm - 1e-6), 1, _MOST_PARTS).astype(np.int64)
