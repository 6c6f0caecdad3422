"""One step of a search: the displacement that all evidence in a neighbourhood agrees on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.register.deformable.filters import window_sum

__all__ = ["NormalEquations"]

Volume = NDArray[np.float32]

_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


class NormalEquations:
    """Sums ``T = sum w g g'`` and ``b = sum w r g`` of residuals r with gradients g, at every voxel.

    A displacement v that explains residuals, ``r = g v``, over a Gaussian neighbourhood solves ``(G T + d I) v = G b``
    (Lucas and Kanade 1981). Where there is no evidence T is nil, and v is what the neighbourhood says, fading to none.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._matrix = np.zeros((6, *shape), dtype=np.float32)
        self._pull = np.zeros((3, *shape), dtype=np.float32)

    def add_residual(self, weight: Volume, residual: Volume, gradient: list[Volume]) -> None:
        """Add one residual in every voxel with its gradient, per mm."""
        weighted = [weight * component for component in gradient]
        for axis in range(3):
            self._pull[axis] += weighted[axis] * residual
        for entry, (row, column) in enumerate(_PAIRS):
            self._matrix[entry] += weighted[row] * gradient[column]

    def add_displacements(self, index: NDArray[np.int64], weight: NDArray[np.float32], wanted: Volume) -> None:
        """Add wanted displacements in mm, shape (n, 3), at voxels, shape (n, 3), with weights (n,)."""
        where = tuple(index.T)
        for axis in range(3):
            np.add.at(self._pull[axis], where, weight * wanted[:, axis])
            np.add.at(self._matrix[axis], where, weight)

    def solved(self, sigma_voxels: float, damping: float) -> Volume:
        """Displacement in mm at every voxel, shape (*shape, 3); `damping` per squared mm."""
        a, b, c, d, e, f = (window_sum(entry, sigma_voxels) for entry in self._matrix)
        x, y, z = (window_sum(component, sigma_voxels) for component in self._pull)
        for diagonal in (a, b, c):
            diagonal += np.float32(damping)
        # cofactors of the symmetric matrix ((a, d, e), (d, b, f), (e, f, c))
        p, q, r = b * c - f * f, e * f - d * c, d * f - b * e
        s, t, u = a * c - e * e, d * e - a * f, a * b - d * d
        inverse = 1.0 / (a * p + d * q + e * r)
        moved = [(p * x + q * y + r * z), (q * x + s * y + t * z), (r * x + t * y + u * z)]
        return np.stack([component * inverse for component in moved], axis=-1)
