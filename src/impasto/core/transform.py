"""Spatial transforms between the frames of two images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray, read_only
from impasto.core.displacement import DisplacementField
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid

__all__ = ["Transform"]


@dataclass(frozen=True, eq=False)
class Transform:
    """A map from points of a fixed frame to points of a moving frame, LPS mm: affine, or dense and then affine.

    A fixed point p goes to ``A (p + u(p))``: the displacement u belongs to the fixed frame, the matrix A follows it.
    Affine maps before or after a dense one are taken up exactly; only two dense ones are sampled when they compose.

    Parameters
    ----------
    matrix : array_like, shape (4, 4)
        Homogeneous map A.
    fitted_on : str
        What it was estimated from, for provenance: ``"identity"``, ``"frame of reference"``, two image names.
    displacement : DisplacementField, optional
        The dense part u; none for an affine map.

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
    displacement: DisplacementField | None = None

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

    @classmethod
    def dense(cls, displacement: DisplacementField, fitted_on: str) -> Transform:
        """Build a map that moves every point by a displacement and no more."""
        return cls(np.eye(4), fitted_on, displacement)

    @property
    def is_affine(self) -> bool:
        """Whether there is no dense part."""
        return self.displacement is None

    def moving_from_fixed(self, points_mm: ArrayLike) -> FloatArray:
        """Map fixed-frame points, shape (..., 3), to the moving frame."""
        points = np.asarray(points_mm, dtype=np.float64)
        if self.displacement is not None:
            points = self.displacement.moved(points)
        moved: FloatArray = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return moved

    def fixed_from_moving(self, points_mm: ArrayLike, tolerance_mm: float = 1e-3) -> FloatArray:
        """Map moving-frame points, shape (..., 3), to the fixed frame, without sampling an inverse field.

        Returns
        -------
        ndarray, shape (..., 3)
            NaN where a dense transform is folded and no fixed point goes there.
        """
        back = np.linalg.inv(self.matrix)
        points: FloatArray = np.asarray(points_mm, dtype=np.float64) @ back[:3, :3].T + back[:3, 3]
        return points if self.displacement is None else self.displacement.sources(points, tolerance_mm)

    def inverse(self) -> Transform:
        """Return the map from moving to fixed points; a dense part is inverted on its own grid.

        Raises
        ------
        ImpastoError
            When a dense part is folded.
        """
        back = np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)
        if self.displacement is None:
            return Transform(back, self.fitted_on)
        # the inverse does A^-1 first and undoes u then; kept as another displacement that A^-1 follows
        return Transform(back, self.fitted_on, self.displacement.inverted().after(back))

    def then(self, other: Transform) -> Transform:
        """Return this map followed by `other`; two dense parts are sampled on this one's grid."""
        matrix, name = other.matrix @ self.matrix, f"{self.fitted_on}, then {other.fitted_on}"
        if other.displacement is None:
            return Transform(matrix, name, self.displacement)
        second = other.displacement.after(self.matrix)
        return Transform(matrix, name, second if self.displacement is None else self.displacement.then(second))

    def grid_in_fixed(self, moving: Grid) -> Grid:
        """Return the moving image's grid as it lies in the fixed frame: its voxels are moved, not resampled.

        Raises
        ------
        ImpastoError
            When the map is dense: voxels would bend.
        """
        if self.displacement is not None:
            raise ImpastoError("transform", "a dense one cannot move a grid", "interpolate the image on another grid")
        return Grid(moving.shape, np.linalg.inv(self.matrix) @ moving.affine)
