"""Maps as they might truly be: draws from all that makes a map uncertain, on the plan's voxels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from impasto.core import Grid
from impasto.core.arrays import FloatArray, RealArray
from impasto.core.resample import resample_linear
from impasto.target.zones.acquired_map import AcquiredMap
from impasto.target.zones.placement import interpolated
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
        names = [*maps, *(m.acquisition for m in maps.values()), *(key for key, _ in self._shared.values())]
        self._rng = {name: np.random.default_rng([seed, *name.encode()]) for name in names}

    def sharpened(self, name: str) -> SharpenedMap | None:
        """Return what is known of the tissue behind a map; none for interpolated ones."""
        source = self._sources[name]
        return source if isinstance(source, SharpenedMap) else None

    def means(self) -> dict[str, FloatArray]:
        """Best estimate of each map on the grid, not below zero where it is positive; NaN where there is none."""
        found = {}
        for name, mean in self._estimates.items():
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
                of_tissue, of_noise = (self._noise(name, (count, *shape), shared) for shape in source.noise_shape)
                found[name] = self._composed(name, source, source.draws(of_tissue, of_noise), onto)
            else:
                fields = source.draws(self._noise(name, (count, *source.values.shape), shared))
                found[name] = np.stack([interpolated(f, source.grid, g) for f, g in zip(fields, onto, strict=True)])
            if self._maps[name].is_positive:
                found[name] = self._positive(name, found[name])
            if relative := self._maps[name].relative_error:
                found[name] *= 1.0 + relative * self._noise(name, (count, 1, 1, 1), shared)
        return found

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


def _grown(grid: Grid, reach_mm: float) -> Grid:
    pad = np.ceil(reach_mm / grid.spacing_mm).astype(int)
    return grid.cropped((-pad).tolist(), (np.array(grid.shape) + pad).tolist())


def _moved(grid: Grid, shift_mm: FloatArray) -> Grid:
    affine = grid.affine.copy()
    affine[:3, 3] += shift_mm
    return Grid(grid.shape, affine)
