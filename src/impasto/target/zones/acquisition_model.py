"""From tissue to acquired voxels and their noise: matrices along each axis, for a box of the map's own grid."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from impasto.core import Grid, ImpastoError
from impasto.core.arrays import FloatArray, IntArray
from impasto.target.zones.point_spread import PointSpread

__all__ = ["AcquisitionModel", "acquisition_model", "matern_correlation"]

_Matrices = tuple[FloatArray, ...]

_MOST_CELLS = 2
"""Along each axis of a voxel: point spreads are wider than a voxel, finer cells only cost."""


@dataclass(frozen=True, eq=False)
class AcquisitionModel:
    """A box of acquired voxels, and a finer lattice along the same axes on which tissue is described.

    Parameters
    ----------
    start, stop : ndarray of int, shape (3,)
        The box in the map's grid.
    lattice : Grid
        Of the tissue; reaches beyond the box by the point spread.
    weights : tuple of 3 ndarray, shape (voxel, cell)
        Weight of lattice cells in acquired voxels along each axis; each row sums to one.
    noise_correlation : tuple of 3 ndarray, shape (voxel, voxel)
    coordinates_mm : tuple of 3 ndarray, shape (cell,)
        Along each axis.
    prior : tuple of 3 ndarray, shape (cell, cell)
        Correlation of tissue along each axis; empty before :meth:`with_length`.
    """

    start: IntArray
    stop: IntArray
    lattice: Grid
    weights: _Matrices
    noise_correlation: _Matrices
    coordinates_mm: _Matrices
    prior: _Matrices = field(default=())

    def with_length(self, length_mm: float) -> AcquisitionModel:
        """Return the model with tissue of a correlation length: Matern with smoothness 3/2 along each axis."""
        return replace(self, prior=tuple(matern_correlation(along_mm, length_mm) for along_mm in self.coordinates_mm))

    @property
    def seen(self) -> _Matrices:
        """Correlation of acquired voxels due to tissue along each axis, not normalised."""
        return tuple(a @ c @ a.T for a, c in zip(self.weights, self.prior, strict=True))

    @property
    def cross(self) -> _Matrices:
        """Correlation of cells (rows) with acquired voxels along each axis."""
        return tuple(c @ a.T for a, c in zip(self.weights, self.prior, strict=True))


def matern_correlation(along_mm: FloatArray, length_mm: float) -> FloatArray:
    """Correlation between places along an axis: Matern with smoothness 3/2, shape (place, place)."""
    distance = np.sqrt(3.0) * np.abs(np.subtract.outer(along_mm, along_mm)) / length_mm
    correlation: FloatArray = (1.0 + distance) * np.exp(-distance)
    return correlation


def acquisition_model(grid: Grid, onto: Grid, spread: PointSpread, cell_mm: float, name: str) -> AcquisitionModel:
    """Describe how the voxels of a map around another grid see tissue in cells of about a size.

    Parameters
    ----------
    grid : Grid
        Of the map.
    onto : Grid
        Where the tissue is wanted; may be oblique to the map.
    spread : PointSpread
    cell_mm : float
        Voxels of the map are divided into cells of this size, but into no more than 2 along each axis.
    name : str
        Of the map, for messages.

    Returns
    -------
    AcquisitionModel

    Raises
    ------
    ImpastoError
        When the map does not reach to where it is wanted.
    """
    corners = np.array(np.meshgrid(*([-0.5, n - 0.5] for n in onto.shape), indexing="ij")).reshape(3, -1).T
    index = grid.index_from_world(onto.world_from_index(corners))
    reach = np.array([spread.reach_voxels(s, axis) for axis, s in enumerate(grid.spacing_mm)])
    start = np.maximum(np.floor(index.min(axis=0) - reach), 0).astype(np.int64)
    stop = np.minimum(np.ceil(index.max(axis=0) + reach) + 1, grid.shape).astype(np.int64)
    if (stop <= start).any():
        raise ImpastoError(name, "does not reach the region", "register the map, or choose another region")
    parts = np.clip(np.ceil(grid.spacing_mm / cell_mm - 1e-6), 1, _MOST_CELLS).astype(np.int64)
    pad = np.ceil(reach).astype(np.int64)
    lattice = grid.cropped((start - pad).tolist(), (stop + pad).tolist()).with_spacing(grid.spacing_mm / parts)
    weights, noise, coordinates = [], [], []
    for axis in range(3):
        voxels = np.arange(start[axis], stop[axis], dtype=np.float64)
        cells = start[axis] - pad[axis] - 0.5 + (np.arange(lattice.shape[axis]) + 0.5) / parts[axis]
        spacing_mm = float(grid.spacing_mm[axis])
        response = spread.response(np.subtract.outer(voxels, cells), 1.0 / parts[axis], spacing_mm, axis)
        # what lies beyond the lattice is taken to be as what lies at its edge
        weights.append(response / response.sum(axis=1, keepdims=True))
        noise.append(spread.noise_correlation(np.subtract.outer(voxels, voxels), axis))
        coordinates.append(cells * spacing_mm)
    return AcquisitionModel(start, stop, lattice, tuple(weights), tuple(noise), tuple(coordinates))
