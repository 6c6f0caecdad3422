"""The plane that parts left from right: where an image and its mirror image agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from impasto.core import Grid, Image, ImpastoError, Transform
from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.resample import sample_linear
from impasto.register.level import LevelImage, level_image
from impasto.register.mattes import climb
from impasto.register.settings import LinearSettings

__all__ = ["MidsagittalPlane", "midsagittal_plane", "mirrored_mask", "template_midsagittal_plane"]

_OPPOSITE_MARGIN_MM = 5.0


@dataclass(frozen=True, eq=False)
class MidsagittalPlane:
    """A plane in the patient's frame.

    Parameters
    ----------
    point_mm : array_like, shape (3,)
        LPS, on the plane.
    normal : array_like, shape (3,)
        Unit vector to the patient's left.

    Raises
    ------
    ImpastoError
        When the normal has no length.

    Examples
    --------
    >>> plane = MidsagittalPlane((5, 0, 0), (1, 0, 0))
    >>> plane.reflection.moving_from_fixed([[7, 1, 2]]).tolist()
    [[3.0, 1.0, 2.0]]
    """

    point_mm: FloatArray
    normal: FloatArray

    def __post_init__(self) -> None:
        normal = np.asarray(self.normal, dtype=np.float64)
        length = float(np.linalg.norm(normal))
        if not length > 0.0:
            raise ImpastoError("mid-sagittal plane", "its normal has no length", "give a direction")
        object.__setattr__(self, "point_mm", np.asarray(self.point_mm, dtype=np.float64))
        object.__setattr__(self, "normal", normal / length * (-1.0 if normal[0] < 0.0 else 1.0))

    def distance_mm(self, points_mm: ArrayLike) -> FloatArray:
        """Distance of LPS points, shape (..., 3), to the plane: positive on the left."""
        distance: FloatArray = (np.asarray(points_mm, dtype=np.float64) - self.point_mm) @ self.normal
        return distance

    def grid_distance_mm(self, grid: Grid) -> FloatArray:
        """Distance of every voxel centre of a grid to the plane, positive on the left."""
        along = grid.affine[:3, :3].T @ self.normal
        index = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in grid.shape), indexing="ij", sparse=True)
        distance: FloatArray = sum(
            (a * i for a, i in zip(along, index, strict=True)), start=np.full((1, 1, 1), 0.0)
        ) + float((grid.origin_mm - self.point_mm) @ self.normal)
        return distance

    @property
    def reflection(self) -> Transform:
        """The map of every point to its mirror image; its own inverse."""
        matrix = np.eye(4)
        matrix[:3, :3] -= 2.0 * np.outer(self.normal, self.normal)
        matrix[:3, 3] = 2.0 * float(self.point_mm @ self.normal) * self.normal
        return Transform(matrix, "mirror at the mid-sagittal plane")


def mirrored_mask(mask: BoolArray, grid: Grid, plane: MidsagittalPlane) -> BoolArray:
    """Mirror image of a mask on its own voxels."""
    mirror, values = plane.reflection, mask.astype(np.float32)
    out = np.zeros(grid.shape, dtype=bool)
    for i in range(grid.shape[0]):
        centres = grid.cropped((i, 0, 0), (i + 1, *grid.shape[1:])).voxel_centres_mm()[0]
        out[i] = sample_linear(values, grid, mirror.moving_from_fixed(centres), 0.0) > 0.5
    return out


def template_midsagittal_plane(transform: Transform) -> MidsagittalPlane:
    """Plane that an affine map from patient to template takes to the template's own, x = 0.

    Raises
    ------
    ImpastoError
        When the map is dense.
    """
    if not transform.is_affine:
        raise ImpastoError("mid-sagittal plane", "a dense map bends it", "give the affine one")
    row = transform.matrix[0]
    return MidsagittalPlane(-row[3] * row[:3] / float(row[:3] @ row[:3]), row[:3])


def midsagittal_plane(
    image: Image,
    brain: BoolArray,
    start: MidsagittalPlane,
    lesion: BoolArray | None = None,
    settings: LinearSettings | None = None,
) -> MidsagittalPlane:
    """Find the plane of best symmetry by rigid registration of an image to its mirror image.

    The image is mirrored at the start and registered to itself by mutual information; mirror and rigid map together
    are nearly a reflection (Prima 2002), whose plane is read off: its normal is the direction that is turned round, and
    midpoints between points and their images lie on it.

    Parameters
    ----------
    image : Image
        One MR volume, best without bias field.
    brain : ndarray of bool, shape `image.grid.shape`
        Where symmetry counts.
    start : MidsagittalPlane
        From :func:`template_midsagittal_plane`; some ten degrees off will do.
    lesion : ndarray of bool, shape `image.grid.shape`, optional
        Left out on its own side, and what it lies opposite to.
    settings : LinearSettings, optional

    Returns
    -------
    MidsagittalPlane

    Raises
    ------
    ImpastoError
        When the image is not one finite volume or masks do not fit.
    """
    settings = settings or LinearSettings(levels_mm=(6.0, 3.0), samples=(40_000, 120_000))
    for mask in (brain, lesion):
        if mask is not None and mask.shape != image.grid.shape:
            problem = f"a mask of shape {mask.shape} on an image of {image.grid.shape}"
            raise ImpastoError("mid-sagittal plane", problem, "give one on the image's own voxels")
    counted = brain if lesion is None else brain & ~(lesion | _opposite(lesion, image.grid, start))
    if not counted.any():
        raise ImpastoError("mid-sagittal plane", "no brain is left without the lesion", "give a smaller lesion")
    low, high = np.quantile(image.data[brain], [0.002, 0.998]) if brain.any() else (0.0, 0.0)
    shown = image.with_data(np.where(brain, np.clip(image.data, low, high), low).astype(np.float32))
    mirror = start.reflection
    found = Transform.identity()
    for level_mm, samples in zip(settings.levels_mm, settings.samples, strict=True):
        level = level_image(shown, counted, level_mm, 0.0)
        # the mirror image: the same voxels laid elsewhere
        mirrored_grid = Grid(level.grid.shape, mirror.matrix @ level.grid.affine)
        flipped = LevelImage(level.values, mirrored_grid, None)
        found = climb(level, flipped, found, "rigid", samples, settings)
    centre = image.grid.world_from_index(np.argwhere(brain).mean(axis=0))
    return _plane_of(found.then(mirror), centre, start)


def _opposite(lesion: BoolArray, grid: Grid, plane: MidsagittalPlane) -> BoolArray:
    """Mirror place of a lesion with a margin: the start may be some mm off."""
    grown = ndimage.distance_transform_edt(~lesion, sampling=grid.spacing_mm) <= _OPPOSITE_MARGIN_MM
    return mirrored_mask(grown, grid, plane)


def _plane_of(nearly: Transform, centre_mm: FloatArray, start: MidsagittalPlane) -> MidsagittalPlane:
    """Mirror plane nearest to an improper rigid map."""
    linear = nearly.matrix[:3, :3]
    values, vectors = np.linalg.eigh(0.5 * (linear + linear.T))
    normal = vectors[:, int(np.argmin(values))]
    if abs(float(normal @ start.normal)) < 0.5:
        raise ImpastoError("mid-sagittal plane", "the search left the start far behind", "give a better start")
    return MidsagittalPlane(0.5 * (centre_mm + nearly.moving_from_fixed(centre_mm)), normal)
