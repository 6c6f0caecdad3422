"""Which transverse slices of maps are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.report.maps_over_anatomy import MapsOverAnatomy

__all__ = ["common_slices_mm", "shown_slices_mm"]

_APART_MM = 8.0
"""Slices that are nearer look alike."""


def shown_slices_mm(found: MapsOverAnatomy, most: int = 4) -> list[float]:
    """Choose slices of the maps' grid, at least 8 mm apart: those with most voxels above the first threshold.

    Without a threshold, or with nothing above it, those with most voxels in targets; without either, with most fitted
    voxels.

    Returns
    -------
    list of float
        LPS z, from inferior to superior.
    """
    index = np.argwhere(found.fitted)
    heights = found.grid.world_from_index(index)[:, 2]
    thickness = _thickness_mm(found)
    levels = np.round((heights - heights.min()) / thickness).astype(np.int64)
    weights = _weights(found, levels)
    step = max(1, round(_APART_MM / thickness))
    count = min(most, 1 + (len(weights) - 1) // step)
    # slices at the middle count double, so that what is small is drawn there
    kernel = np.zeros((count - 1) * step + 1)
    kernel[::step] = 1.0 + np.minimum(np.arange(count), np.arange(count)[::-1]).clip(0, 1)
    first = int(np.argmax(np.correlate(weights, kernel, "valid")))
    return [float(heights.min() + thickness * level) for level in range(first, first + len(kernel), step)]


def common_slices_mm(every: Sequence[MapsOverAnatomy], most: int = 4) -> list[list[float]]:
    """Choose slices for maps of several steps: those of the step with the thickest slices, wherever another has them.

    Returns
    -------
    list of list of float
        For each step LPS z; its own choice where it does not reach the common ones.
    """
    if not every:
        return []
    common = shown_slices_mm(max(every, key=_thickness_mm), most)
    return [common if _reaches(found, common) else shown_slices_mm(found, most) for found in every]


def _weights(found: MapsOverAnatomy, levels: IntArray) -> FloatArray:
    fitted = np.bincount(levels).astype(np.float64)
    for name, threshold in list(found.thresholds.items())[:1]:
        above = np.nan_to_num(found.maps[name].data[found.fitted], nan=-np.inf) > threshold
        if above.any():
            return 1e-6 * fitted + np.bincount(levels, above, len(fitted))
    targets = [structure for structure in found.structures or () if structure.role.is_target and not structure.is_empty]
    inside = sum((target.occupancy(found.grid)[found.fitted] for target in targets), np.zeros(len(levels)))
    return np.asarray(1e-6 * fitted + np.bincount(levels, inside, len(fitted)))


def _reaches(found: MapsOverAnatomy, slices_mm: Sequence[float]) -> bool:
    heights = found.grid.world_from_index(np.argwhere(found.fitted))[:, 2]
    half = 0.5 * _thickness_mm(found)
    return bool(heights.min() - half <= min(slices_mm) and max(slices_mm) <= heights.max() + half)


def _thickness_mm(found: MapsOverAnatomy) -> float:
    """Distance of voxels along the index axis that runs nearest to the patient's."""
    return float(found.grid.spacing_mm[int(np.argmax(np.abs(found.grid.direction[2])))])
