"""Growing, shrinking and joining voxel sets by distances in mm, whatever the slice thickness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from impasto.core.arrays import BoolArray, FloatArray, IntArray

__all__ = [
    "box_of",
    "closed",
    "components",
    "convex_hull",
    "filled",
    "grown",
    "meeting",
    "opened",
    "shell_of",
    "shrunk_by",
]


def box_of(mask: BoolArray, spacing_mm: FloatArray, margin_mm: float = 0.0) -> tuple[slice, slice, slice]:
    """Smallest box around a mask that is not empty, and a margin inside the grid."""
    pad = np.ceil(margin_mm / spacing_mm).astype(int)
    where = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    sides = [
        slice(max(0, int(w[0]) - int(p)), min(n, int(w[-1]) + 1 + int(p)))
        for w, p, n in zip(where, pad, mask.shape, strict=True)
    ]
    return (sides[0], sides[1], sides[2])


def grown(mask: BoolArray, distance_mm: float, spacing_mm: FloatArray) -> BoolArray:
    """Voxels whose centre lies within a distance of the mask."""
    if distance_mm <= 0.0 or not mask.any():
        return mask.copy()
    box = box_of(mask, spacing_mm, distance_mm)
    result = np.zeros_like(mask)
    result[box] = ndimage.distance_transform_edt(~mask[box], sampling=spacing_mm) <= distance_mm + 1e-6
    return result


def shrunk_by(mask: BoolArray, distance_mm: float, spacing_mm: FloatArray) -> BoolArray:
    """Voxels of the mask farther than a distance from all that is not in it; the grid's edge counts as outside."""
    if distance_mm <= 0.0 or not mask.any():
        return mask.copy()
    box = box_of(mask, spacing_mm)
    padded = np.pad(mask[box], 1)
    deep = ndimage.distance_transform_edt(padded, sampling=spacing_mm) > distance_mm + 1e-6
    result = np.zeros_like(mask)
    result[box] = deep[1:-1, 1:-1, 1:-1]
    return result


def opened(mask: BoolArray, radius_mm: float, spacing_mm: FloatArray) -> BoolArray:
    """Parts of the mask that a ball of the radius fits into: takes vessels and bridges away."""
    return grown(shrunk_by(mask, radius_mm, spacing_mm), radius_mm, spacing_mm) & mask


def shell_of(mask: BoolArray, thickness_mm: float, spacing_mm: FloatArray) -> BoolArray:
    """Voxels around a mask, one layer at least."""
    return grown(mask, max(thickness_mm, float(spacing_mm.min())), spacing_mm) & ~mask


def closed(mask: BoolArray, radius_mm: float, spacing_mm: FloatArray) -> BoolArray:
    """Join what lies nearer to each other than twice the radius."""
    if radius_mm <= 0.0 or not mask.any():
        return mask.copy()
    box = box_of(mask, spacing_mm, radius_mm)
    pad = int(np.ceil(radius_mm / spacing_mm.min())) + 1
    wide = grown(np.pad(mask[box], pad), radius_mm, spacing_mm)
    tight = shrunk_by(wide, radius_mm, spacing_mm)[pad:-pad, pad:-pad, pad:-pad]
    result = mask.copy()
    result[box] |= tight
    return result


def filled(mask: BoolArray, grid_direction: FloatArray) -> BoolArray:
    """Fill what the mask encloses, in space and in each axial slice."""
    axis = int(np.argmax(np.abs(grid_direction[2])))
    layers = np.moveaxis(ndimage.binary_fill_holes(mask), axis, 0)
    whole = np.stack([ndimage.binary_fill_holes(layer) if layer.any() else layer for layer in layers])
    return np.moveaxis(whole, 0, axis)


def convex_hull(mask: BoolArray) -> BoolArray:
    """Voxels inside the smallest convex body that holds all centres of the mask; the mask itself where it is flat."""
    corners = np.argwhere(mask & ~ndimage.binary_erosion(mask))
    try:
        faces = np.unique(np.round(ConvexHull(corners).equations, 9), axis=0)
    except (QhullError, ValueError):
        return mask.copy()
    result = np.zeros_like(mask)
    box = box_of(mask, np.ones(3))
    i, j, k = np.ogrid[box]
    inside = np.ones([side.stop - side.start for side in box], dtype=bool)
    for a, b, c, d in faces.astype(np.float32):
        inside &= a * i + b * j + c * k + d <= 1e-3
    result[box] = inside
    return result


def components(mask: BoolArray) -> tuple[NDArray[np.int32], IntArray]:
    """Label the parts connected by faces, and count the voxels of each number, 0 for the background."""
    labels = np.zeros(mask.shape, dtype=np.int32)
    count = ndimage.label(mask, output=labels)
    sizes = np.bincount(labels.ravel(), minlength=count + 1).astype(np.int64)
    sizes[0] = 0
    return labels, sizes


def meeting(mask: BoolArray, place: BoolArray) -> BoolArray:
    """Keep the connected parts of the mask that share a voxel with a place."""
    labels, sizes = components(mask)
    kept = np.zeros(len(sizes), dtype=bool)
    kept[np.unique(labels[place & mask])] = True
    kept[0] = False
    return kept[labels]
