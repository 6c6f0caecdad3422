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
from impasto.target.zones.calibration import BRAIN_PART, REGION_PART
from impasto.target.zones.field_solver import Solver, is_dense, prepared_solver
from impasto.target.zones.separable import along_axes, square_root
from impasto.target.zones.tissue_field import TissueField, fitted_field, known_field

__all__ = ["PartField", "SharpenedMap", "sharpened"]

_LEAST_ERROR, _LARGEST_ERROR = 0.25, 10.0
"""Over the median standard error: fits at a bound state almost none, and what errs by more tells nothing."""

_FEWEST_VOXELS = 20
_MOSTLY = 0.8


@dataclass(frozen=True, eq=False)
class PartField:
    """Tissue as levels of its parts, and one pattern that varies around them.

    Parameters
    ----------
    levels : ndarray, shape (field, part)
        In the map's unit.
    pattern : ndarray, shape (field, *lattice.shape)
        In standard deviations of the part it lies in.
    """

    levels: FloatArray
    pattern: RealArray

    def on(self, field: TissueField, parts: RealArray, pattern: RealArray | None = None) -> FloatArray:
        """Compose the tissue where parts fill such shares, shape (field, *voxels).

        Parameters
        ----------
        field : TissueField
        parts : ndarray, shape (part, *voxels)
            On the lattice, or on other voxels: then with the pattern there. Borders of parts stay as sharp as these.
        pattern : ndarray, shape (field, *voxels), optional
        """
        around = self.pattern if pattern is None else pattern
        found: FloatArray = np.tensordot(self.levels, parts, axes=1) + field.amplitude(parts) * around
        return found


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
    def noise_shape(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Shapes of the white noise for tissue, levels of its parts, and acquisition that one draw takes."""
        return self.lattice.shape, (len(self.parts),), self.observed.shape

    @cached_property
    def estimate(self) -> PartField:
        """Best estimate."""
        of_levels, seen = self._expected
        found = self._estimate((self.values - seen)[None].astype(np.float32))
        return PartField(found.levels + of_levels, found.pattern)

    @property
    def mean(self) -> FloatArray:
        """Best estimate, shape of the lattice."""
        mean: FloatArray = self.estimate.on(self.field, self.parts)[0]
        return mean

    @property
    def part_levels(self) -> FloatArray:
        """Best estimate of the level of each part, in the map's unit, shape (part,)."""
        levels: FloatArray = self.estimate.levels[0]
        return levels

    def draws(self, of_tissue: RealArray, of_levels: RealArray, of_noise: RealArray) -> PartField:
        """Draw tissue that is as probable as the map makes it (Matheron's rule; Wilson 2021).

        Parameters
        ----------
        of_tissue : ndarray, shape (draw, *lattice.shape)
            White noise of unit variance.
        of_levels : ndarray, shape (draw, part)
            The same for the levels of parts; they count where something is known of levels.
        of_noise : ndarray, shape (draw, *observed.shape)
            The same for the acquired voxels.

        Returns
        -------
        PartField
        """
        of_field, of_noise_roots = self._roots
        pattern = along_axes(of_field, of_tissue)
        seen = along_axes(self._weights, pattern * self._amplitude)
        seen = seen + self.standard_error.astype(np.float32) * along_axes(of_noise_roots, of_noise)
        levels, _ = self._expected
        if self.field.levels:
            levels = levels + of_levels * np.array(self.field.level_errors)
            columns, _ = self._seen_parts
            seen = seen + np.tensordot(levels, columns, axes=1).astype(np.float32)
        found = self._estimate(self.values.astype(np.float32) - seen)
        return PartField(levels + found.levels, pattern + found.pattern)

    def _estimate(self, seen: RealArray) -> PartField:
        """Tissue behind acquired voxels, shape (field, i, j, k): levels of parts, and what varies around them."""
        solved = self._solve(np.where(self.observed, seen, 0.0))
        levels = self._levels(solved)
        _, columns = self._seen_parts
        around = (solved - np.tensordot(levels, columns, axes=1)).astype(np.float32)
        if self.field.is_uniform:
            return PartField(levels, self._amplitude.flat[0] * along_axes(self._cross, around))
        spread_out = along_axes([w.T for w in self._weights], around) * self._amplitude
        return PartField(levels, along_axes([c.astype(np.float32) for c in self.model.prior], spread_out))

    def _levels(self, solved: RealArray) -> FloatArray:
        """Generalised least squares, shape (field, part)."""
        seen, columns = self._seen_parts
        normal = np.tensordot(seen, columns, axes=([1, 2, 3], [1, 2, 3]))
        right = np.tensordot(solved, seen, axes=([1, 2, 3], [1, 2, 3]))
        if self.field.levels:
            normal = normal + np.diag(1.0 / np.square(self.field.level_errors))
        # parts that the voxels do not see keep a level of zero
        levels: FloatArray = right @ np.linalg.pinv(normal, rcond=1e-10, hermitian=True)
        return levels

    @cached_property
    def _expected(self) -> tuple[FloatArray, FloatArray]:
        """Levels of parts that are expected, shape (part,), and as acquired voxels see them; zero if none are."""
        seen, _ = self._seen_parts
        levels = np.array(self.field.levels) if self.field.levels else np.zeros(len(self.parts))
        return levels, np.tensordot(levels, seen, axes=1)

    @cached_property
    def _seen_parts(self) -> tuple[FloatArray, FloatArray]:
        """Parts as the acquired voxels see them, and the solution for them."""
        seen = np.where(self.observed, along_axes(self.model.weights, self.parts), 0.0).astype(np.float64)
        return seen, self._solve(seen).astype(np.float64)

    @cached_property
    def _amplitude(self) -> RealArray:
        return self.field.amplitude(self.parts).astype(np.float32)

    @cached_property
    def _weights(self) -> list[RealArray]:
        return [matrix.astype(np.float32) for matrix in self.model.weights]

    @cached_property
    def _cross(self) -> list[RealArray]:
        return [matrix.astype(np.float32) for matrix in self.model.cross]

    @cached_property
    def _roots(self) -> tuple[list[RealArray], list[RealArray]]:
        of_tissue, of_noise = (
            [square_root(matrix).astype(np.float32) for matrix in matrices]
            for matrices in (self.model.prior, self.model.noise_correlation)
        )
        return of_tissue, of_noise

    @cached_property
    def _solve(self) -> Solver:
        return prepared_solver(self.model, self.field, self.parts, self.observed, self.standard_error)


def sharpened(acquired: AcquiredMap, onto: Grid, cell_mm: float, field: TissueField | None = None) -> SharpenedMap:
    """Find the tissue behind a map around another grid.

    Parameters
    ----------
    acquired : AcquiredMap
        With a point spread and standard errors.
    onto : Grid
        Where it is wanted.
    cell_mm : float
        The lattice divides the map's voxels into cells of this size, but into no more than 2 along each axis.
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
    usual = float(np.median(error[observed]))
    observed &= error <= _LARGEST_ERROR * usual
    error = np.where(observed, np.maximum(error, _LEAST_ERROR * usual), 0.0)
    values = np.where(observed, values, 0.0)
    parts = acquired.part_shares(model.lattice)
    found = field or _field(acquired, (values, error, observed), parts, model)
    error = error * found.noise_factor
    return SharpenedMap(model.with_length(found.length_mm), found, observed, values, error, parts)


def _field(
    acquired: AcquiredMap, voxels: tuple[FloatArray, FloatArray, BoolArray], parts: FloatArray, model: AcquisitionModel
) -> TissueField:
    """Tissue as the calibration knows it, or as the map tells."""
    values, error, observed = voxels
    prior, by_part = acquired.calibration.tissue, is_dense(model, observed)
    if prior is None or BRAIN_PART not in acquired.part_kinds or REGION_PART not in acquired.part_kinds:
        return fitted_field(values, error, observed, parts, model, by_part=by_part)
    unit = acquired.calibration.found_over_true
    if prior.over_brain:
        brain = parts[acquired.part_kinds.index(BRAIN_PART)]
        around = observed & (along_axes(model.weights, brain[None])[0] > _MOSTLY)
        unit *= float(np.median(values[around if around.any() else observed]))
    return known_field(prior, acquired.part_kinds, unit, by_part)
