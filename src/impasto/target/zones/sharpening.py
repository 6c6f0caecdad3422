"""Coarse maps on a fine grid with their point spread in mind: regularised deconvolution, and how sure it is.

The tissue is a Gaussian field on a fine lattice, acquired voxels are its mean under the point spread, plus noise. Given
the voxels the field is again Gaussian: its mean is the sharpened map (regularised deconvolution; Tikhonov 1963), and
draws from it differ by all that the acquisition could not see. What the point spread blurs away is thus not invented,
but counted as uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from impasto.core import Grid, ImpastoError
from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.target.zones.acquired_map import AcquiredMap
from impasto.target.zones.acquisition_model import AcquisitionModel, acquisition_model
from impasto.target.zones.field_solver import Solver, prepared_solver
from impasto.target.zones.separable import along_axes, square_root
from impasto.target.zones.tissue_field import TissueField, fitted_field

__all__ = ["SharpenedMap", "sharpened"]

_LEAST_ERROR = 0.05
"""No voxel is trusted more than this share of the median standard error: fits at a bound state almost none."""

_FEWEST_VOXELS = 20


@dataclass(frozen=True, eq=False)
class SharpenedMap:
    """The tissue behind a map, as far as the map tells.

    Parameters
    ----------
    model : AcquisitionModel
    field : TissueField
        What was assumed of tissue.
    observed : ndarray of bool, shape (i, j, k)
        Acquired voxels of the model's box that have a value.
    values, standard_error : ndarray, shape (i, j, k)
        Of those voxels, zero elsewhere; errors as they are believed, noise factor included.
    parts : ndarray, shape (part, *lattice.shape)
        Share of each cell that each part of the tissue fills.
    """

    model: AcquisitionModel
    field: TissueField
    observed: BoolArray
    values: FloatArray
    standard_error: FloatArray
    parts: FloatArray

    @property
    def lattice(self) -> Grid:
        """Where the estimate lies."""
        return self.model.lattice

    @property
    def noise_shape(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of the white noise for the tissue and for the acquisition that one draw takes."""
        return self.lattice.shape, self.observed.shape

    def draws(self, of_tissue: FloatArray, of_noise: FloatArray) -> FloatArray:
        """Draw fields that are as probable as the map makes them (Matheron's rule; Wilson 2021).

        Parameters
        ----------
        of_tissue : ndarray, shape (draw, *lattice.shape)
            White noise of unit variance.
        of_noise : ndarray, shape (draw, *observed.shape)
            The same for the acquired voxels.

        Returns
        -------
        ndarray, shape (draw, *lattice.shape)
        """
        of_field, of_noise_roots = self._roots
        tissue = self.field.spread * along_axes(of_field, of_tissue)
        seen = along_axes(self.model.weights, tissue)
        seen += self.standard_error * along_axes(of_noise_roots, of_noise)
        return tissue + self._estimate(self.values - seen)

    @cached_property
    def mean(self) -> FloatArray:
        """Best estimate, shape of the lattice."""
        mean: FloatArray = self._estimate(self.values[None])[0]
        return mean

    @cached_property
    def part_levels(self) -> FloatArray:
        """Best estimate of the level of each part, in the map's unit, shape (part,)."""
        solved = self._solve(np.where(self.observed, self.values, 0.0)[None])
        levels: FloatArray = self._levels(solved)[0]
        return levels

    def _estimate(self, seen: FloatArray) -> FloatArray:
        """Tissue behind acquired voxels, shape (field, i, j, k): levels of parts, and what varies around them."""
        solved = self._solve(np.where(self.observed, seen, 0.0))
        levels = self._levels(solved)
        _, columns = self._seen_parts
        around = solved - np.tensordot(levels, columns, axes=1)
        pulled = self.field.spread**2 * along_axes(self.model.cross, around)
        return (np.tensordot(levels, self.parts, axes=1) + pulled).astype(np.float64)

    def _levels(self, solved: RealArray) -> FloatArray:
        """Generalised least squares, shape (field, part)."""
        seen, columns = self._seen_parts
        normal = np.tensordot(seen, columns, axes=([1, 2, 3], [1, 2, 3]))
        right = np.tensordot(solved, seen, axes=([1, 2, 3], [1, 2, 3]))
        # parts that the voxels do not see keep a level of zero
        levels: FloatArray = right @ np.linalg.pinv(normal, rcond=1e-10, hermitian=True)
        return levels

    @cached_property
    def _seen_parts(self) -> tuple[FloatArray, FloatArray]:
        """Parts as the acquired voxels see them, and the solution for them."""
        seen = np.where(self.observed, along_axes(self.model.weights, self.parts), 0.0).astype(np.float64)
        return seen, self._solve(seen).astype(np.float64)

    @cached_property
    def _roots(self) -> tuple[list[FloatArray], list[FloatArray]]:
        return [square_root(c) for c in self.model.prior], [square_root(r) for r in self.model.noise_correlation]

    @cached_property
    def _solve(self) -> Solver:
        return prepared_solver(self.model, self.field.spread, self.observed, self.standard_error)


def sharpened(acquired: AcquiredMap, onto: Grid, cell_mm: float, field: TissueField | None = None) -> SharpenedMap:
    """Find the tissue behind a map around another grid.

    Parameters
    ----------
    acquired : AcquiredMap
        With a point spread and standard errors.
    onto : Grid
        Where it is wanted.
    cell_mm : float
        The lattice divides the map's voxels into cells of at most this size.
    field : TissueField, optional
        What is known of the tissue; by default the map tells (:func:`~impasto.target.zones.tissue_field.fitted_field`).

    Returns
    -------
    SharpenedMap

    Raises
    ------
    ImpastoError
        When the map has no point spread or standard error, or fewer than 20 voxels with a value around the region.
    """
    image, name = acquired.image, acquired.image.quantity
    if acquired.spread is None or image.standard_error is None:
        missing = "point spread" if acquired.spread is None else "standard error"
        raise ImpastoError(name, f"has no {missing}", "give one, or interpolate the map")
    model = acquisition_model(image.grid, onto, acquired.spread, cell_mm, name)
    box = tuple(slice(int(a), int(b)) for a, b in zip(model.start, model.stop, strict=True))
    values, error = (np.asarray(x[box], dtype=np.float64) for x in (image.data, image.standard_error))
    observed = np.isfinite(values) & np.isfinite(error)
    if np.count_nonzero(observed) < _FEWEST_VOXELS:
        problem = f"{np.count_nonzero(observed)} voxels have a value around the region"
        raise ImpastoError(name, problem, "look at why its fits were rejected, or interpolate the map")
    error = np.where(observed, np.maximum(error, _LEAST_ERROR * np.median(error[observed])), 0.0)
    values = np.where(observed, values, 0.0)
    parts = acquired.part_shares(model.lattice)
    found = field or fitted_field(values, error, observed, along_axes(model.weights, parts).astype(np.float64), model)
    error = error * found.noise_factor
    return SharpenedMap(model.with_length(found.length_mm), found, observed, values, error, parts)
