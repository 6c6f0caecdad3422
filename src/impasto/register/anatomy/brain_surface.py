"""The edge of the brain: the template's outline moved to where the image changes from brain to what is around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from impasto.core import Grid, ImpastoError, Transform
from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.core.atlas import brain_hull, brain_template
from impasto.core.resample import sample_linear

__all__ = ["SurfaceSettings", "brain_within", "surface_offsets_mm"]

_BINS = 48
_NEIGHBOURS = 9
_LATTICE_MM = 6.0
_WALL_NATS = 4.0


@dataclass(frozen=True)
class SurfaceSettings:
    """How the outline is moved.

    Parameters
    ----------
    reach_mm : float
        At most so far, in the template's mm.
    prior_mm : float
        Standard deviation of the distance between the template's outline and the brain's, once registered affinely.
    smoothness : float
        Weight of the squared distance in mm from the neighbours' mean, against nats of likelihood per mm.
    rounds : int
        How often intensities are learnt from the outline and the outline from the intensities.
    largest_evidence : float
        Nats that one mm speaks at most for brain or against it.
    margin_mm : float
        Added at the end where fluid is dark: there the edge found is the cortex, and the brain is drawn with the fluid
        on it. Where fluid is bright the edge found is the bone.
    coarsest_mm : float
        Edge of a cube as large as a voxel: larger ones blur bone and fluid into scalp, and the outline stays where the
        template has it.

    Raises
    ------
    ImpastoError
        When a number is not positive.
    """

    reach_mm: float = 14.0
    prior_mm: float = 4.0
    smoothness: float = 0.6
    rounds: int = 3
    largest_evidence: float = 1.5
    margin_mm: float = 1.0
    coarsest_mm: float = 2.5

    def __post_init__(self) -> None:
        if (
            min(self.reach_mm, self.prior_mm, self.smoothness, self.rounds, self.largest_evidence, self.coarsest_mm)
            <= 0.0
        ):
            raise ImpastoError("brain surface", "a setting is not positive", "give positive numbers")


def surface_offsets_mm(
    values: RealArray, grid: Grid, transform: Transform, lesion: BoolArray | None, settings: SurfaceSettings
) -> FloatArray:
    """How far outwards each point of the template's outline must go, in the template's mm, shape (point,).

    Along the normal of each point the edge is put where the likelihood of what is inside being brain and what is
    outside not being brain is highest. Both densities of intensity are learnt from the image itself, inside and outside
    the outline, so that no contrast is assumed. Neighbours are kept alike, and all near the template.

    Parameters
    ----------
    values : ndarray, shape `grid.shape`
        Without bias field.
    grid : Grid
    transform : Transform
        Patient to template.
    lesion : ndarray of bool, shape `grid.shape`, optional
        Counts as brain.
    settings : SurfaceSettings
    """
    hull = brain_hull()
    if np.prod(grid.spacing_mm) > settings.coarsest_mm**3:
        return np.zeros(len(hull.points_mm))
    steps = np.arange(-settings.reach_mm, settings.reach_mm + 0.5)
    template = hull.points_mm[:, None] + steps[:, None] * hull.normals[:, None]
    places = transform.fixed_from_moving(template)
    profiles = sample_linear(values, grid, places)
    marked = None if lesion is None else sample_linear(lesion.astype(np.float32), grid, places, 0.0) > 0.5
    bins = _binned(profiles, _deep_range(values, grid, transform))
    offsets = np.zeros(len(profiles))
    for _ in range(settings.rounds):
        evidence = _evidence(bins, steps, offsets, settings.largest_evidence)
        if marked is not None:
            evidence[marked] = settings.largest_evidence
        offsets = _best_offsets(evidence, steps, settings)
    return offsets if _has_bright_fluid(values, grid, transform) else offsets + settings.margin_mm


def brain_within(grid: Grid, transform: Transform, offsets_mm: FloatArray) -> NDArray[np.float32]:
    """Signed distance to the moved outline at the voxels of a patient's grid, in the template's mm, float32.

    One offset serves for all points of the outline.
    """
    hull = brain_hull()
    lattice, nearest, weights = _lattice()
    moved = np.sum(np.broadcast_to(offsets_mm, len(hull.points_mm))[nearest] * weights, axis=1).reshape(lattice.shape)
    far = float(hull.distance_mm.max())
    distance = np.empty(grid.shape, dtype=np.float32)
    for i in range(grid.shape[0]):
        points = transform.moving_from_fixed(grid.cropped((i, 0, 0), (i + 1, *grid.shape[1:])).voxel_centres_mm()[0])
        own = sample_linear(hull.distance_mm, hull.grid, points, far) - sample_linear(moved, lattice, points, 0.0)
        distance[i] = own
    return distance


def _has_bright_fluid(values: RealArray, grid: Grid, transform: Transform) -> bool:
    """Whether fluid outshines white matter, as in T2."""
    brain = brain_template()
    fluid, white = (brain.t1 > 0.0) & (brain.grey + brain.white < 0.1), brain.white > 0.95
    medians = []
    for tissue in (fluid, white):
        places = brain.grid.world_from_index(np.argwhere(tissue)[::20])
        medians.append(float(np.nanmedian(sample_linear(values, grid, transform.fixed_from_moving(places)))))
    return medians[0] > medians[1]


def _deep_range(values: RealArray, grid: Grid, transform: Transform) -> tuple[float, float]:
    """Intensities of the brain's middle: what is brighter counts as equally bright."""
    hull = brain_hull()
    deep = hull.grid.world_from_index(np.argwhere(hull.distance_mm < -8.0)[::5])
    found = sample_linear(values, grid, transform.fixed_from_moving(deep))
    found = found[np.isfinite(found)]
    if found.size < 100:
        raise ImpastoError("brain mask", "the registered template lies beside the image", "check the registration")
    low, high = np.quantile(found, [0.005, 0.995])
    # room for what is brighter than any brain
    return min(0.0, float(low)), float(high + 0.25 * (high - low))


def _binned(profiles: FloatArray, range_: tuple[float, float]) -> IntArray:
    """Bin of each sample; -1 outside the image."""
    low, high = range_
    share = (np.nan_to_num(profiles, nan=low) - low) / max(high - low, 1e-30)
    bins = np.clip((share * (_BINS - 2)).astype(np.int64), 0, _BINS - 1)
    return np.where(np.isfinite(profiles), bins, -1)


def _evidence(bins: IntArray, steps: FloatArray, offsets: FloatArray, largest: float) -> FloatArray:
    """Logarithm of the ratio of densities, brain over not brain, of each sample, per mm."""
    relative = steps - offsets[:, None]
    known = bins >= 0
    # fluid on the brain belongs to neither
    inside = np.bincount(bins[known & (relative < -2.0)], minlength=_BINS).astype(np.float64)
    outside = np.bincount(bins[known & (relative > 3.0) & (relative < 12.0)], minlength=_BINS).astype(np.float64)
    kernel = np.array([0.25, 0.5, 0.25])
    shares = []
    for count in (inside, outside):
        smooth = np.convolve(count, kernel, mode="same") + 1.0
        shares.append(smooth / smooth.sum())
    ratio = np.clip(np.log(shares[0] / shares[1]), -largest, largest)
    evidence = np.where(known, ratio[np.maximum(bins, 0)], 0.0)
    return _walled(evidence, relative > -4.0, largest)


def _walled(evidence: FloatArray, counted: BoolArray, largest: float) -> FloatArray:
    """Count what lies beyond the skull as no brain, whatever it looks like: scalp, muscle."""
    total = np.cumsum(np.where(counted, evidence, 0.0), axis=1)
    lost = np.maximum.accumulate(total, axis=1) - total
    beyond = np.maximum.accumulate(lost > _WALL_NATS, axis=1)
    return np.where(beyond, -largest, evidence)


def _best_offsets(evidence: FloatArray, steps: FloatArray, settings: SurfaceSettings) -> FloatArray:
    """Offsets of highest posterior, by alternating best choice and mean of neighbours under a growing tie."""
    cost = -np.cumsum(evidence, axis=1) + 0.5 * (steps / settings.prior_mm) ** 2
    nearest = _neighbours()
    offsets = steps[np.argmin(cost, axis=1)]
    for tie in settings.smoothness * np.linspace(0.02, 1.0, 25):
        around = (
            np.median(offsets[nearest], axis=1) if tie < 0.3 * settings.smoothness else offsets[nearest].mean(axis=1)
        )
        tied = cost + tie * (steps - around[:, None]) ** 2
        best = np.clip(np.argmin(tied, axis=1), 1, len(steps) - 2)
        rows = np.arange(len(best))
        before, here, after = tied[rows, best - 1], tied[rows, best], tied[rows, best + 1]
        bend = np.maximum(before - 2.0 * here + after, 1e-9)
        offsets = steps[best] + np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    return np.asarray(offsets[nearest].mean(axis=1))


@lru_cache(maxsize=1)
def _neighbours() -> IntArray:
    """Find the nearest points of each point of the outline, itself first, shape (point, neighbour)."""
    points = brain_hull().points_mm
    return np.asarray(KDTree(points).query(points, k=_NEIGHBOURS)[1], dtype=np.int64)


@lru_cache(maxsize=1)
def _lattice() -> tuple[Grid, IntArray, FloatArray]:
    """Spread the outline's points over space: a lattice, and for each of its nodes the nearest points and weights."""
    hull = brain_hull()
    lattice = hull.grid.with_spacing(_LATTICE_MM)
    away, nearest = KDTree(hull.points_mm).query(lattice.voxel_centres_mm().reshape(-1, 3), k=4)
    weights = 1.0 / (np.asarray(away) + 1.0) ** 2
    return lattice, np.asarray(nearest, dtype=np.int64), weights / weights.sum(axis=1, keepdims=True)
