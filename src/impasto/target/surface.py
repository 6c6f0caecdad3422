"""The surface of a structure as a field: positive inside, zero on it, negative outside."""

from __future__ import annotations

import numpy as np

from impasto.core import Grid, Structure
from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.contour_stack import ContourStack
from impasto.core.rasterise import even_odd_coverage
from impasto.core.resample import resample_linear
from impasto.target.gauge import distance_in_planes

__all__ = ["edge_points", "surface_field", "surface_points"]

_FARTHEST_PLANES = 6.0
"""In-plane distances are interpolated between planes up to this many plane spacings; steps wider are flat tops."""

_SHARP_DEG = 30.0
"""Contours that turn by more at a vertex have a corner there."""


def surface_field(structure: Structure, grid: Grid) -> FloatArray:
    """Sample a field whose zero is the structure's surface.

    Contours are joined by shape-based interpolation: the signed in-plane distance to the contour is interpolated
    between the planes (Raya and Udupa 1990), so that a surface drawn on coarse slices has no steps; the outermost
    planes reach as far as the structure's end caps. Without contours the surface is where the mask's filled share
    crosses one half.

    Parameters
    ----------
    structure : Structure
        Not empty.
    grid : Grid

    Returns
    -------
    ndarray, shape `grid.shape`
        In mm for contours, up to about six plane spacings; filled share less one half for masks.
    """
    if not structure.contours:
        return structure.occupancy(grid) - 0.5
    stack = structure.stack
    along = np.abs(grid.direction.T @ stack.normal)
    axis = int(np.argmax(along))
    if along[axis] >= 1.0 - 1e-6:
        order = [a for a in range(3) if a != axis] + [axis]
        affine = grid.affine.copy()
        affine[:, :3] = grid.affine[:, order]
        layered = Grid((grid.shape[order[0]], grid.shape[order[1]], grid.shape[order[2]]), affine)
        return np.transpose(_stack_field(stack, layered), np.argsort(order))
    own = _own_grid(stack, float(grid.spacing_mm.min()))
    field = _stack_field(stack, own)
    return resample_linear(field, own, grid, outside=float(field.min())).astype(np.float64)


def edge_points(structure: Structure, grid: Grid) -> FloatArray:
    """Points on the sharp edges of a contoured structure: the rims of its end caps and the corners of its contours.

    Returns
    -------
    ndarray, shape (point, 3)
        Fractional voxel indices of `grid`; none for masks, whose edges are not sharper than their voxels.
    """
    if not structure.contours:
        return np.zeros((0, 3))
    stack = structure.stack
    half_voxel_mm = 0.5 * float(grid.spacing_mm.min())
    low, high = _caps(stack)
    points = [np.zeros((0, 3))]
    for position, polygons in zip(stack.positions_mm, stack.polygons, strict=True):
        points.extend(polygon[_is_corner(polygon)] for polygon in polygons)
        caps = [end for end in (*low, *high) if abs(end - position) <= stack.end_cap_mm + 1e-9]
        for offset_mm in np.array(caps) - position:
            points.extend(_densified(polygon, half_voxel_mm) + offset_mm * stack.normal for polygon in polygons)
    index = grid.index_from_world(np.concatenate(points))
    near = np.all((index > -1.0) & (index < grid.shape), axis=1)
    return np.ascontiguousarray(index[near])


def surface_points(field: RealArray, edges: FloatArray) -> FloatArray:
    """Points to which distances from a surface are measured.

    Parameters
    ----------
    field : ndarray, shape (i, j, k)
        See :func:`surface_field`.
    edges : ndarray, shape (point, 3)
        See :func:`edge_points`.

    Returns
    -------
    ndarray, shape (point, 3)
        Where lines between neighbouring voxel centres cross the surface, and the edges; fractional voxel indices.
    """
    inside = field >= 0.0
    points = [edges]
    for axis in range(3):
        low, high = [slice(None)] * 3, [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        before, after = tuple(low), tuple(high)
        crossed = np.nonzero(inside[before] != inside[after])
        found = np.stack(crossed, axis=1).astype(np.float64)
        start, end = field[before][crossed].astype(np.float64), field[after][crossed].astype(np.float64)
        found[:, axis] += start / (start - end)
        points.append(found)
    return np.concatenate(points)


def _is_corner(polygon: FloatArray) -> BoolArray:
    """Vertices at which a closed polygon turns sharply."""
    edge = np.roll(polygon, -1, axis=0) - polygon
    edge = edge / np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-12)
    turn = np.einsum("vc,vc->v", edge, np.roll(edge, 1, axis=0))
    sharp: BoolArray = turn < np.cos(np.deg2rad(_SHARP_DEG))
    return sharp


def _densified(polygon: FloatArray, step_mm: float) -> FloatArray:
    """Points along a closed polygon, at most a step apart."""
    following = np.roll(polygon, -1, axis=0)
    counts = np.maximum(1, np.ceil(np.linalg.norm(following - polygon, axis=1) / step_mm).astype(int))
    share = np.concatenate([np.arange(n) / n for n in counts])[:, None]
    points: FloatArray = np.repeat(polygon, counts, axis=0) * (1 - share) + np.repeat(following, counts, axis=0) * share
    return points


def _stack_field(stack: ContourStack, grid: Grid) -> FloatArray:
    """Field of a contour stack on a grid whose k axis runs along the contours' normal."""
    coverage = np.empty((len(stack.polygons), grid.shape[0], grid.shape[1]))
    for p, polygons in enumerate(stack.polygons):
        flat = [np.ascontiguousarray(grid.index_from_world(polygon)[:, :2]) for polygon in polygons]
        coverage[p] = even_odd_coverage(flat, (grid.shape[0], grid.shape[1]))
    farthest_mm = _FARTHEST_PLANES * stack.spacing_mm
    planes = distance_in_planes(coverage - 0.5, grid.spacing_mm[:2], farthest_mm)
    layer_index = np.zeros((grid.shape[2], 3))
    layer_index[:, 2] = np.arange(grid.shape[2])
    heights = grid.world_from_index(layer_index) @ stack.normal
    low, high = _caps(stack)
    field = np.empty(grid.shape)
    for layer, (height, weights) in enumerate(zip(heights, _layer_weights(stack, heights), strict=True)):
        used = np.flatnonzero(weights)
        in_plane = np.tensordot(weights[used], planes[used], axes=1)
        depth_mm = np.max(np.minimum(height - low, high - height))
        field[:, :, layer] = np.minimum(in_plane, depth_mm)
    return field


def _layer_weights(stack: ContourStack, heights_mm: FloatArray) -> FloatArray:
    """Weight of each plane at each height: linear between joined planes, the nearest plane elsewhere."""
    weights = np.zeros((len(heights_mm), len(stack.positions_mm)))
    for layer, height in enumerate(heights_mm):
        share = _share_at(stack, float(height))
        if share.sum() > 0.5:
            weights[layer] = share / share.sum()
        else:
            weights[layer, int(np.argmin(np.abs(stack.positions_mm - height)))] = 1.0
    return weights


def _share_at(stack: ContourStack, height_mm: float) -> FloatArray:
    share: FloatArray = stack.plane_weights(height_mm + np.array([-1e-4, 1e-4]))[0]
    return share


def _caps(stack: ContourStack) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest position of each run of joined planes, end caps included."""
    positions = stack.positions_mm
    middles = 0.5 * (positions[1:] + positions[:-1])
    is_gap = np.array([_share_at(stack, float(middle)).sum() < 0.5 for middle in middles], dtype=bool)
    low = positions[np.concatenate([[True], is_gap])] - stack.end_cap_mm
    high = positions[np.concatenate([is_gap, [True]])] + stack.end_cap_mm
    return low, high


def _own_grid(stack: ContourStack, spacing_mm: float) -> Grid:
    """Build a grid around an oblique stack with its k axis along the normal."""
    helper = np.eye(3)[int(np.argmin(np.abs(stack.normal)))]
    across = np.cross(helper, stack.normal)
    across /= np.linalg.norm(across)
    frame = np.column_stack([across, np.cross(stack.normal, across), stack.normal])
    pad_mm = 3.0 * spacing_mm + 2.0 * stack.spacing_mm
    vertices = np.concatenate([polygon for polygons in stack.polygons for polygon in polygons]) @ frame
    low, high = vertices.min(axis=0) - pad_mm, vertices.max(axis=0) + pad_mm
    shape = np.ceil((high - low) / spacing_mm).astype(int) + 1
    affine = np.eye(4)
    affine[:3, :3] = frame * spacing_mm
    affine[:3, 3] = frame @ low
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)
