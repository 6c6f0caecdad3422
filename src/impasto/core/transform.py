"""Spatial transforms between the frames of two images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid

__all__ = ["Transform"]


@dataclass(frozen=True, eq=False)
class Transform:
    """An affine map from points of a fixed frame to points of a moving frame, LPS mm.

    Parameters
    ----------
    matrix : array_like, shape (4, 4)
        Homogeneous map, fixed point -> moving point.
    fitted_on : str
        What it was estimated from, for provenance: ``"identity"``, ``"frame of reference"``, two image names.

    Raises
    ------
    ImpastoError
        When the matrix is singular or not affine.

    Examples
    --------
    >>> shift = Transform.translation((1, 0, 0))
    >>> shift.then(shift.inverse()).moving_from_fixed([[5, 5, 5]]).tolist()
    [[5.0, 5.0, 5.0]]
    """

    matrix: FloatArray
    fitted_on: str = "identity"

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not np.allclose(matrix[3], [0, 0, 0, 1]):
            raise ImpastoError("transform", "not a finite affine 4 x 4 matrix", "check the file it came from")
        if abs(np.linalg.det(matrix[:3, :3])) < 1e-9:
            raise ImpastoError("transform", "the matrix is singular", "check the file it came from")
        object.__setattr__(self, "matrix", read_only(matrix))

    @classmethod
    def identity(cls) -> Transform:
        """Build the map that leaves every point where it is."""
        return cls(np.eye(4))

    @classmethod
    def translation(cls, offset_mm: ArrayLike) -> Transform:
        """Build a pure shift."""
        matrix = np.eye(4)
        matrix[:3, 3] = offset_mm
        return cls(matrix, "translation")

    def moving_from_fixed(self, points_mm: ArrayLike) -> FloatArray:
        """Map fixed-frame points, shape (..., 3), to the moving frame."""
        moved: FloatArray = np.asarray(points_mm, dtype=np.float64) @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return moved

    def inverse(self) -> Transform:
        """Return the map from moving to fixed points."""
        return Transform(np.asarray(np.linalg.inv(self.matrix), dtype=np.float64), self.fitted_on)

    def then(self, other: Transform) -> Transform:
        """Return this map followed by `other`."""
        return Transform(other.matrix @ self.matrix, f"{self.fitted_on}, then {other.fitted_on}")

    def grid_in_fixed(self, moving: Grid) -> Grid:
        """Return the moving image's grid as it lies in the fixed frame: its voxels are moved, not resampled."""
        return Grid(moving.shape, np.linalg.inv(self.matrix) @ moving.affine)
