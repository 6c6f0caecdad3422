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
    mean : ndarray, shape of the lattice
        Best estimate.
    """

    model: AcquisitionModel
    field: TissueField
    observed: BoolArray
    values: FloatArray
    standard_error: FloatArray
    mean: FloatArray

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
        return self.mean + tissue - _pulled_back(self._solve(seen), self.model, self.field)

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
    found = field or fitted_field(values, error, observed, model)
    model, error = model.with_length(found.length_mm), error * found.noise_factor
    solve = prepared_solver(model, found.spread, observed, error)
    residual = np.where(observed, values - found.mean, 0.0)
    mean = found.mean + _pulled_back(solve(residual[None]), model, found)[0]
    return SharpenedMap(model, found, observed, values, error, mean)


def _pulled_back(weights: RealArray, model: AcquisitionModel, field: TissueField) -> FloatArray:
    return (field.spread**2 * along_axes(model.cross, weights)).astype(np.float64)
