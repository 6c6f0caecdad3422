"""Operators on grids that factor along the axes, applied to many fields at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.core.arrays import FloatArray, RealArray

__all__ = ["along_axes", "square_root"]


def along_axes(matrices: Sequence[RealArray], fields: RealArray) -> RealArray:
    """Multiply each axis of stacked fields by its matrix.

    Parameters
    ----------
    matrices : sequence of 3 ndarray, shape (to, from)
    fields : ndarray, shape (field, i, j, k)

    Returns
    -------
    ndarray, shape (field, i', j', k')
    """
    first, second, third = matrices
    fields = np.matmul(second, fields @ third.T)
    count, along, *others = fields.shape
    moved = np.matmul(first, fields.reshape(count, along, -1))
    found: RealArray = moved.reshape(count, len(first), *others)
    return found


def square_root(symmetric: FloatArray) -> FloatArray:
    """Return a matrix whose product with its own transpose is the given one, which may be singular."""
    values, vectors = np.linalg.eigh(symmetric)
    root: FloatArray = vectors * np.sqrt(np.maximum(values, 0.0))
    return root
