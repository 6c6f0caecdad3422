"""What belongs to the moving frame, brought to the fixed one: one function for each kind, one interpolation at most.

Steps of a path are composed first (:meth:`Transform.then`) and then applied once, from the native to the final grid.
To bring something the other way, give the inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from impasto.core import (
    DiffusionSeries,
    Dose,
    GradientTable,
    Grid,
    Image,
    ImpastoError,
    Spectra,
    Structure,
    StructureSet,
    Transform,
)
from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.resample import sample_linear

__all__ = [
    "Interpolation",
    "move_contours",
    "move_diffusion",
    "move_dose",
    "move_image",
    "move_image_grid",
    "move_mask",
    "move_points",
    "move_spectra",
    "move_structure",
    "move_structures",
]

Interpolation = Literal["linear", "nearest", "cubic", "conserving"]

_FINEST_MM = 1.0


def move_points(points_mm: ArrayLike, transform: Transform) -> FloatArray:
    """Bring points, LPS mm, shape (..., 3), to the fixed frame; NaN where a folded transform has no such point."""
    return transform.fixed_from_moving(points_mm)


def move_contours(contours: Sequence[FloatArray], transform: Transform) -> tuple[FloatArray, ...]:
    """Bring contours, each (vertex, 3) in LPS mm, to the fixed frame, vertex by vertex.

    An affine transform keeps them planar and parallel. A dense one bends them, so that they no longer bound a
    :class:`Structure`: :func:`move_structure` moves what they enclose.
    """
    return tuple(move_points(contour, transform) for contour in contours)


def move_image(
    image: Image, transform: Transform, onto: Grid, interpolation: Interpolation = "linear", outside: float = 0.0
) -> Image:
    """Interpolate a moving image, once, at the voxels of a grid in the fixed frame.

    Parameters
    ----------
    image : Image
        One volume or a time series.
    transform : Transform
        Fixed point to moving point.
    onto : Grid
    interpolation : {"linear", "nearest", "cubic", "conserving"}
        ``nearest`` for labels; ``cubic`` (B-splines) keeps detail and overshoots at edges; ``conserving`` averages over
        voxels larger than the image's own, by affine transforms only.
    outside : float
        Value where the moving image does not reach; with ``conserving`` it is 0.

    Raises
    ------
    ImpastoError
        When the interpolation is unknown, or does not go with the transform.
    """
    if interpolation not in ("linear", "nearest", "cubic", "conserving"):
        problem = f"unknown interpolation {interpolation!r}"
        raise ImpastoError(image.quantity, problem, "give linear, nearest, cubic or conserving")
    if interpolation == "conserving" and not transform.is_affine:
        raise ImpastoError(image.quantity, "a dense transform cannot average over voxels", "interpolate linearly")
    if transform.is_affine and interpolation != "cubic":
        placed = move_image_grid(image, transform)
        if interpolation == "conserving":
            return placed.resampled_conserving(onto)
        resampled = placed.resampled_nearest if interpolation == "nearest" else placed.resampled_linear
        return resampled(onto, outside)
    frames = [image.data] if image.data.ndim == 3 else list(np.moveaxis(image.data, 3, 0))
    moved = [_through(frame, image.grid, transform, onto, interpolation, outside) for frame in frames]
    data = moved[0] if image.data.ndim == 3 else np.stack(moved, axis=-1)
    return replace(image, data=data, grid=onto, standard_error=None)


def move_mask(mask: BoolArray, grid: Grid, transform: Transform, onto: Grid) -> BoolArray:
    """Bring a mask on a moving grid to voxels of a fixed one: where it fills at least half, interpolated."""
    image = Image(mask.astype(np.float32), grid, "occupancy", "1")
    inside: BoolArray = move_image(image, transform, onto).data >= 0.5
    return inside


def move_image_grid(image: Image, transform: Transform) -> Image:
    """Lay an image's own voxels into the fixed frame, by an affine transform: nothing is interpolated.

    For perfusion and other grids that follow the transform of the anatomical image they were acquired with.

    Raises
    ------
    ImpastoError
        When the transform is dense.
    """
    return replace(image, grid=transform.grid_in_fixed(image.grid))


def move_spectra(spectra: Spectra, transform: Transform) -> Spectra:
    """Lay spectroscopic voxels into the fixed frame, by an affine transform: signals are never interpolated.

    Raises
    ------
    ImpastoError
        When the transform is dense.
    """
    return replace(spectra, grid=transform.grid_in_fixed(spectra.grid))


def move_diffusion(series: DiffusionSeries, transform: Transform) -> DiffusionSeries:
    """Lay a diffusion-weighted series into the fixed frame, by an affine transform, and turn its gradients with it.

    The turn is the rotation nearest to the affine map (Alexander 2001, finite strain).

    Raises
    ------
    ImpastoError
        When the transform is dense.
    """
    left, _, right = np.linalg.svd(np.linalg.inv(transform.matrix[:3, :3]))
    gradients = series.gradients
    turned = GradientTable(gradients.b_values_s_per_mm2, gradients.directions @ (left @ right).T)
    return DiffusionSeries(move_image_grid(series.image, transform), turned)


def move_dose(dose: Dose, transform: Transform, onto: Grid) -> Dose:
    """Bring a dose to the fixed frame: its voxels as they are by an affine transform, interpolated by a dense one.

    What lies beyond the dose grid has none. Dose is pulled, energy is not kept: see the accumulation for that.
    """
    moved = move_image_grid(dose.image, transform) if transform.is_affine else move_image(dose.image, transform, onto)
    return replace(dose, image=moved)


def move_structure(structure: Structure, transform: Transform, onto: Grid | None = None) -> Structure:
    """Bring a structure to the fixed frame.

    By an affine transform its contours, or its mask's voxels, move without interpolation. By a dense one the share
    of each voxel of `onto` inside it is interpolated from a mask on its own slices, and it has no contours any more.

    Parameters
    ----------
    structure : Structure
    transform : Transform
    onto : Grid, optional
        Needed with a dense transform.

    Raises
    ------
    ImpastoError
        When a dense transform comes without a grid.
    """
    if transform.is_affine:
        scale = float(abs(np.linalg.det(transform.matrix[:3, :3])) ** (-1 / 3))
        return replace(
            structure,
            contours=move_contours(structure.contours, transform),
            mask=None if structure.mask is None else move_image_grid(structure.mask, transform),
            plane_spacing_mm=None if structure.plane_spacing_mm is None else structure.plane_spacing_mm * scale,
            end_cap_mm=None if structure.end_cap_mm is None else structure.end_cap_mm * scale,
        )
    if onto is None:
        raise ImpastoError(structure.name, "a dense transform needs voxels to move it onto", "give the fixed grid")
    if structure.is_empty:
        return replace(structure, contours=(), mask=Image(np.zeros(onto.shape, np.float32), onto, "occupancy", "1"))
    own = _own_mask(structure)
    moved = np.clip(move_image(own, transform, onto).data, 0.0, 1.0)
    mask = Image(moved, onto, "occupancy", "1")
    return replace(structure, contours=(), mask=mask, plane_spacing_mm=None, end_cap_mm=None)


def move_structures(structures: StructureSet, transform: Transform, onto: Grid | None = None) -> StructureSet:
    """Bring all structures of a set to the fixed frame; its frame of reference is no longer the moving one's."""
    return StructureSet(tuple(move_structure(structure, transform, onto) for structure in structures))


def _own_mask(structure: Structure) -> Image:
    """Mask in the moving frame: the structure's own, or its contours filled on voxels of about a millimetre."""
    if not structure.contours:
        assert structure.mask is not None
        return structure.mask
    low, high = structure.bounds_mm()
    shape = np.ceil((high - low) / _FINEST_MM).astype(int) + 4
    grid = Grid.centred([int(n) for n in shape], (_FINEST_MM,) * 3, 0.5 * (low + high))
    return Image(structure.occupancy(grid).astype(np.float32), grid, "occupancy", "1")


def _through(
    values: NDArray[Any], grid: Grid, transform: Transform, onto: Grid, interpolation: Interpolation, outside: float
) -> NDArray[Any]:
    """Values at the points that a grid's voxels go to, slab by slab."""
    out = np.empty(onto.shape, dtype=values.dtype if interpolation == "nearest" else np.float32)
    spline: FloatArray | None = None
    if interpolation == "cubic":
        spline = ndimage.spline_filter(values.astype(np.float64), 3, mode="mirror")
    for i in range(onto.shape[0]):
        centres = onto.cropped((i, 0, 0), (i + 1, *onto.shape[1:])).voxel_centres_mm()[0]
        points = transform.moving_from_fixed(centres)
        if interpolation == "linear":
            out[i] = sample_linear(values, grid, points, outside)
            continue
        index = np.moveaxis(grid.index_from_world(points), -1, 0)
        last = np.reshape(grid.shape, (3, 1, 1)) - 1
        if spline is None:
            nearest = np.clip(np.floor(index + 0.5), 0, last).astype(np.int64)
            sampled = values[tuple(nearest)]
        else:
            sampled = ndimage.map_coordinates(spline, index, order=3, mode="mirror", prefilter=False)
        inside = np.all((index >= -0.5) & (index <= last + 0.5), axis=0)
        out[i] = np.where(inside, sampled, outside)
    return out
