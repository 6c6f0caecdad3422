"""Maps as they might truly be: draws from all that makes a map uncertain, on the plan's voxels."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from impasto.core import Grid
from impasto.core.arrays import FloatArray, RealArray
from impasto.core.resample import resample_linear
from impasto.target.zones.acquired_map import AcquiredMap
from impasto.target.zones.acquisition_model import matern_correlation
from impasto.target.zones.placement import interpolated
from impasto.target.zones.separable import along_axes, square_root
from impasto.target.zones.sharpening import PartField, SharpenedMap, sharpened

__all__ = ["MapDraws"]

_REACH_SD = 3.0
_FAR_FROM_ZERO_SD = 4.0


@dataclass(frozen=True, eq=False)
class _Voxels:
    """Draws of a map whose voxels err independently and see only themselves."""

    values: FloatArray
    standard_error: FloatArray
    grid: Grid

    def draws(self, of_noise: RealArray) -> RealArray:
        return self.values + self.standard_error * of_noise


class MapDraws:
    """Draws of several maps on one grid, those of one acquisition displaced together.

    Parameters
    ----------
    maps : mapping of str to AcquiredMap
        With point spread and standard error they are drawn from what the acquisition lets be seen
        (:mod:`~impasto.target.zones.sharpening`), errors of neighbours correlated as they are. Others are drawn voxel
        by voxel and interpolated; without a standard error they are certain but for their displacement.
    onto : Grid
    shared_error : mapping of str to (str, float)
        Maps whose errors go together: the name they share, and the correlation.
    seed : int
        Each map has random numbers of its own, whatever other maps there are.
    """

    def __init__(
        self,
        maps: Mapping[str, AcquiredMap],
        onto: Grid,
        shared_error: Mapping[str, tuple[str, float]] | None = None,
        seed: int = 0,
    ) -> None:
        self._maps, self._onto, self._shared = dict(maps), onto, dict(shared_error or {})
        reach_mm = _REACH_SD * max((m.displacement_sd_mm for m in maps.values()), default=0.0)
        self._around = _grown(onto, reach_mm)
        self._sources: dict[str, SharpenedMap | _Voxels] = {n: _source(m, onto) for n, m in maps.items()}
        self._shares = {
            n: maps[n].part_shares(self._around) for n, s in self._sources.items() if isinstance(s, SharpenedMap)
        }
        self._spreads: dict[str, FloatArray] = {}
        self._seed = seed
        self._rng = self._generators(seed)

    def _generators(self, *seed: int) -> dict[str, np.random.Generator]:
        acquisitions = (one.acquisition for one in self._maps.values())
        names = [*self._maps, *acquisitions, *(key for key, _ in self._shared.values())]
        return {name: np.random.default_rng([*seed, *name.encode()]) for name in names}

    @property
    def has_assumed_errors(self) -> bool:
        """Whether draws hold displacement, or errors of whole maps that nobody measured."""
        return any(one.displacement_sd_mm or one.relative_error for one in self._maps.values())

    def without_assumed_errors(self) -> MapDraws:
        """Give the same maps without displacement and without assumed errors of whole maps."""
        other = copy(self)
        other._maps = {
            name: replace(one, displacement_sd_mm=0.0, relative_error=0.0) for name, one in self._maps.items()
        }
        other._spreads = {}
        other._rng = self._generators(self._seed, 3)
        return other

    def sharpened(self, name: str) -> SharpenedMap | None:
        """Return what is known of the tissue behind a map; none for interpolated ones."""
        source = self._sources[name]
        return source if isinstance(source, SharpenedMap) else None

    def means(self) -> dict[str, FloatArray]:
        """Best estimate of each map on the grid without its known bias; NaN where there is none.

        Not below zero where the map is positive.
        """
        found = {}
        for name, estimate in self._estimates.items():
            mean = estimate / self._maps[name].calibration.found_over_true
            found[name] = np.maximum(mean, 0.0) if self._maps[name].is_positive else mean
        return found

    @cached_property
    def _estimates(self) -> dict[str, FloatArray]:
        found = {}
        for name, source in self._sources.items():
            if isinstance(source, SharpenedMap):
                found[name] = self._composed(name, source, source.estimate, [self._onto])[0]
            else:
                found[name] = interpolated(source.values, source.grid, self._onto)
        return found

    def draw(self, count: int) -> dict[str, FloatArray]:
        """Draw all maps so many times.

        Returns
        -------
        dict of str to ndarray, shape (count, *grid.shape)
        """
        grids = self._displaced_grids(count)
        shared: dict[tuple[str, tuple[int, ...]], RealArray] = {}
        found = {}
        for name, source in self._sources.items():
            onto = grids[name]
            if isinstance(source, SharpenedMap):
                noise = self._tissue_noise(name, source, count, shared)
                found[name] = self._composed(name, source, source.draws(*noise), onto)
            else:
                fields = source.draws(self._noise(name, (count, *source.values.shape), shared))
                found[name] = np.stack([interpolated(f, source.grid, g) for f, g in zip(fields, onto, strict=True)])
            if self._maps[name].is_positive:
                found[name] = self._positive(name, found[name])
            found[name] = self._calibrated(name, found[name], shared)
        return found

    def _calibrated(
        self, name: str, drawn: FloatArray, shared: dict[tuple[str, tuple[int, ...]], RealArray]
    ) -> FloatArray:
        """Take the known bias out of draws, and add the errors that no voxel's fit knows."""
        acquired = self._maps[name]
        known, count = acquired.calibration, len(drawn)
        factor: float | RealArray = 1.0 / known.found_over_true
        if of_all := float(np.hypot(acquired.relative_error, known.shared_error)):
            factor = factor * np.maximum(1.0 + of_all * self._noise(name, (count, 1, 1, 1), shared), 0.0)
        drawn *= factor
        if known.local_error:
            white = self._noise(name, (count, *self._onto.shape), shared)
            local = along_axes(_local_roots(self._onto, known.local_length_mm), white)
            drawn *= np.maximum(1.0 + np.float32(known.local_error) * local, 0.0)
        return drawn

    def _positive(self, name: str, drawn: FloatArray) -> FloatArray:
        """Leave out what is below zero: each voxel's Normal distribution becomes the truncated one, its ranks kept.

        The distribution's width is that of the draws of the first batch.
        """
        if name not in self._spreads:
            self._spreads[name] = np.maximum(drawn.std(axis=0, ddof=1), 1e-30)
        mean, spread = self._estimates[name], self._spreads[name]
        near = mean < _FAR_FROM_ZERO_SD * spread
        middle, width = np.maximum(mean[near], -_FAR_FROM_ZERO_SD * spread[near]), spread[near]
        below = ndtr(-middle / width)
        ranks = below + (1.0 - below) * ndtr((drawn[:, near] - middle) / width)
        drawn[:, near] = np.maximum(middle + width * ndtri(np.clip(ranks, 1e-12, 1.0 - 1e-12)), 0.0)
        return drawn

    def _composed(self, name: str, source: SharpenedMap, tissue: PartField, onto: list[Grid]) -> FloatArray:
        """Tissue on moved grids; borders of parts move with the map."""
        shares, fields = self._shares[name], []
        still = np.stack([resample_linear(share, self._around, self._onto) for share in shares])
        for levels, pattern, grid in zip(tissue.levels, tissue.pattern, onto, strict=True):
            moved = still
            if grid is not self._onto:
                moved = np.stack([resample_linear(share, self._around, grid) for share in shares])
            there = resample_linear(pattern, source.lattice, grid, np.nan)
            fields.append(PartField(levels[None], pattern[None]).on(source.field, moved, there[None])[0])
        return np.stack(fields)

    def _tissue_noise(
        self, name: str, source: SharpenedMap, count: int, shared: dict[tuple[str, tuple[int, ...]], RealArray]
    ) -> tuple[RealArray, RealArray, RealArray]:
        """White noise for tissue, its levels and the acquisition; tissue of one acquisition varies together."""
        acquired = self._maps[name]
        prior = acquired.calibration.tissue
        of_tissue, of_levels, of_noise = ((count, *shape) for shape in source.noise_shape)
        last = self._noise(name, of_noise, shared)
        if prior is None or not prior.loading:
            return self._noise(name, of_tissue, shared), self._noise(name, of_levels, shared), last
        key, kept = acquired.acquisition, np.float32((1.0 - prior.loading**2) ** 0.5)
        both = []
        for shape in (of_tissue, of_levels):
            if (key, shape) not in shared:
                shared[key, shape] = self._rng[key].standard_normal(shape, dtype=np.float32)
            own = self._rng[name].standard_normal(shape, dtype=np.float32)
            both.append(np.float32(prior.loading) * shared[key, shape] + kept * own)
        return both[0], both[1], last

    def _noise(
        self, name: str, shape: tuple[int, ...], shared: dict[tuple[str, tuple[int, ...]], RealArray]
    ) -> RealArray:
        own = self._rng[name].standard_normal(shape, dtype=np.float32)
        key, correlation = self._shared.get(name, ("", 0.0))
        if not correlation:
            return own
        if (key, shape) not in shared:
            shared[key, shape] = self._rng[key].standard_normal(shape, dtype=np.float32)
        mixed: RealArray = (
            np.float32(correlation**0.5) * shared[key, shape] + np.float32((1 - correlation) ** 0.5) * own
        )
        return mixed

    def _displaced_grids(self, count: int) -> dict[str, list[Grid]]:
        """Move the grid by the errors of registration, as each map sees it."""
        moves: dict[str, FloatArray] = {}
        grids = {}
        for name, acquired in self._maps.items():
            if acquired.displacement_sd_mm == 0.0:
                grids[name] = [self._onto] * count
                continue
            if acquired.acquisition not in moves:
                moves[acquired.acquisition] = self._rng[acquired.acquisition].standard_normal((count, 3))
            shifts_mm = acquired.displacement_sd_mm * moves[acquired.acquisition]
            grids[name] = [_moved(self._onto, shift_mm) for shift_mm in shifts_mm]
        return grids


def _source(acquired: AcquiredMap, onto: Grid) -> SharpenedMap | _Voxels:
    reach_mm = _REACH_SD * acquired.displacement_sd_mm
    around = _grown(onto, reach_mm)
    image = acquired.image
    if acquired.spread is not None and image.standard_error is not None:
        return sharpened(acquired, around, float(onto.spacing_mm.max()))
    corners = np.array(np.meshgrid(*([-0.5, n - 0.5] for n in around.shape), indexing="ij")).reshape(3, -1).T
    index = image.grid.index_from_world(around.world_from_index(corners))
    start = np.clip(np.floor(index.min(axis=0)).astype(int) - 1, 0, np.array(image.grid.shape) - 1)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + 2, start + 1, image.grid.shape)
    near = image.cropped(start.tolist(), stop.tolist())
    error = np.zeros(near.grid.shape) if near.standard_error is None else np.nan_to_num(near.standard_error)
    return _Voxels(np.asarray(near.data, dtype=np.float64), error.astype(np.float64), near.grid)


def _local_roots(grid: Grid, length_mm: float) -> list[RealArray]:
    """Matrices along each axis that give white noise a correlation length."""
    along = [np.arange(count) * spacing for count, spacing in zip(grid.shape, grid.spacing_mm, strict=True)]
    return [square_root(matern_correlation(one, length_mm)).astype(np.float32) for one in along]


def _grown(grid: Grid, reach_mm: float) -> Grid:
    pad = np.ceil(reach_mm / grid.spacing_mm).astype(int)
    return grid.cropped((-pad).tolist(), (np.array(grid.shape) + pad).tolist())


def _moved(grid: Grid, shift_mm: FloatArray) -> Grid:
    affine = grid.affine.copy()
    affine[:3, 3] += shift_mm
    return Grid(grid.shape, affine)
