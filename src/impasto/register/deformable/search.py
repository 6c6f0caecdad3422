"""The search for a displacement field by local correlation, coarse to fine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import DisplacementField, Grid, Transform
from impasto.core.arrays import FloatArray
from impasto.core.resample import sample_linear
from impasto.register.deformable.filters import cube_mean, gradient_per_mm, locally_normalised, smoothed_vectors
from impasto.register.deformable.guides import GuideLevel, guide_level
from impasto.register.deformable.normal_equations import NormalEquations
from impasto.register.deformable.settings import DeformableSettings
from impasto.register.level import LevelImage
from impasto.register.quality import KnownCorrespondence

__all__ = ["search_displacement"]

Volume = NDArray[np.float32]

_LARGEST_STEP_VOXELS, _STEP_SMOOTHING_VOXELS = 0.7, 0.7


def search_displacement(
    levels: Sequence[tuple[LevelImage, LevelImage]],
    start: Transform,
    guides: KnownCorrespondence | None,
    settings: DeformableSettings,
    follows_all: bool = False,
    done: Callable[[float], None] = lambda share: None,
) -> DisplacementField:
    """Find the displacement u for which the moving image at ``A (p + u(p))`` is like the fixed one at p.

    Both images are normalised in small cubes, so that their squared difference is a local correlation (Lewis 1995,
    Cachier 2003) and receive fields drop out. Each step solves for the displacement that explains the differences over
    a Gaussian neighbourhood (:class:`NormalEquations`), along the mean of both images' gradients (Vercauteren 2009),
    each voxel weighted by its correlation. Steps are composed, each below a voxel and smooth, so that the map stays
    one to one; the field is smoothed a little after each (Cachier 2003).

    Parameters
    ----------
    levels : sequence of tuple of LevelImage
        Fixed and moving image, coarse to fine.
    start : Transform
        Affine A.
    guides : KnownCorrespondence, optional
    settings : DeformableSettings
    follows_all : bool
        Differences count in full where the images do not correlate either.
    done : callable
        Told the share of the work that is done.
    """
    field: DisplacementField | None = None
    total = sum(settings.iterations[: len(levels)])
    count = 0
    for (fixed, moving), iterations in zip(levels, settings.iterations, strict=False):
        level = _prepared(fixed, moving, start, guides, settings)
        begun = np.zeros((*level.grid.shape, 3), np.float32) if field is None else field.at(level.centres_mm)
        field = DisplacementField(level.grid, np.asarray(begun, dtype=np.float32))
        for _ in range(iterations):
            step = _step(level, field, settings, follows_all)
            moved = level.centres_mm + step
            composed = (step + field.at(moved)).astype(np.float32)
            field = DisplacementField(level.grid, smoothed_vectors(composed, settings.relaxation_voxels))
            count += 1
            done(count / total)
    assert field is not None
    return field


@dataclass(frozen=True, eq=False)
class _Level:
    """What stays the same through the steps of a level."""

    fixed: LevelImage
    moving: LevelImage
    moving_counted: Volume | None
    start: Transform
    guides: GuideLevel | None
    centres_mm: FloatArray
    normalised: Volume
    gradient: list[Volume]
    noise: float

    @property
    def grid(self) -> Grid:
        return self.fixed.grid

    @property
    def voxel_mm(self) -> float:
        return float(np.prod(self.grid.spacing_mm) ** (1 / 3))


def _prepared(
    fixed: LevelImage,
    moving: LevelImage,
    start: Transform,
    guides: KnownCorrespondence | None,
    settings: DeformableSettings,
) -> _Level:
    normalised = locally_normalised(fixed.values, settings.correlation_voxels, _noise(fixed, settings))
    return _Level(
        fixed=fixed,
        moving=moving,
        moving_counted=None if moving.region is None else moving.region.astype(np.float32),
        start=start,
        guides=None if guides is None else guide_level(guides, fixed.grid, moving.grid, start),
        centres_mm=fixed.grid.voxel_centres_mm(),
        normalised=normalised,
        gradient=gradient_per_mm(normalised, fixed.grid),
        noise=_noise(moving, settings),
    )


def _step(level: _Level, field: DisplacementField, settings: DeformableSettings, follows_all: bool) -> Volume:
    """Displacement of one step in mm, shape (*grid.shape, 3), no longer than most of a voxel."""
    points = level.start.moving_from_fixed(level.centres_mm + field.at(level.centres_mm))
    equations = NormalEquations(level.grid.shape)
    _add_likeness(equations, level, points, settings, follows_all)
    if level.guides is not None:
        _add_guides(equations, level, level.guides, field, points, settings)
    step = equations.solved(settings.stiffness_voxels, settings.damping / level.voxel_mm**2)
    longest = np.float32(_LARGEST_STEP_VOXELS * level.voxel_mm)
    length = np.sqrt(np.einsum("ijkc,ijkc->ijk", step, step))
    step *= (longest / np.maximum(length, longest))[..., None]
    return smoothed_vectors(step, _STEP_SMOOTHING_VOXELS)


def _add_likeness(
    equations: NormalEquations, level: _Level, points: FloatArray, settings: DeformableSettings, follows_all: bool
) -> None:
    seen = sample_linear(level.moving.values, level.moving.grid, points).astype(np.float32)
    counted = (~np.isnan(seen)).astype(np.float32)
    is_cut = not counted.all()
    if is_cut:
        seen = np.where(np.isnan(seen), np.float32(0.0), seen)
    seen = locally_normalised(seen, settings.correlation_voxels, level.noise, counted if is_cut else None)
    correlation = cube_mean(level.normalised * seen, settings.correlation_voxels)
    if settings.contrast == "any":
        # where bright is dark in the other image, the negative is compared
        seen *= np.where(correlation < 0.0, np.float32(-1.0), np.float32(1.0))
        correlation = np.abs(correlation)
    weight = counted if follows_all else counted * np.maximum(correlation, np.float32(0.0))
    if level.fixed.region is not None:
        weight = weight * level.fixed.region
    if level.moving_counted is not None:
        weight = weight * sample_linear(level.moving_counted, level.moving.grid, points, 0.0).astype(np.float32)
    slope = gradient_per_mm(seen, level.grid)
    between = [np.float32(0.5) * (one + other) for one, other in zip(level.gradient, slope, strict=True)]
    equations.add_residual(weight, level.normalised - seen, between)


def _add_guides(
    equations: NormalEquations,
    level: _Level,
    guides: GuideLevel,
    field: DisplacementField,
    points: FloatArray,
    settings: DeformableSettings,
) -> None:
    # an edge of the normalised image rises by about one in a voxel, a distance by one in a millimetre
    edge = 1.0 / level.voxel_mm**2
    for surface in guides.surfaces:
        seen = sample_linear(surface.moving_mm, level.moving.grid, points, np.nan).astype(np.float32)
        weight = np.where(np.isnan(seen), np.float32(0.0), surface.near) * np.float32(settings.structure_weight * edge)
        seen = np.where(np.isnan(seen), surface.fixed_mm, seen)
        slope = gradient_per_mm(seen, level.grid)
        between = [np.float32(0.5) * (one + other) for one, other in zip(surface.fixed_gradient, slope, strict=True)]
        equations.add_residual(weight, surface.fixed_mm - seen, between)
    if len(guides.index):
        window = (2.0 * np.pi) ** 1.5 * settings.stiffness_voxels**3
        weights = np.full(len(guides.index), settings.landmark_weight * edge * window, dtype=np.float32)
        wanted = guides.wanted_points_mm - field.moved(guides.fixed_points_mm)
        equations.add_displacements(guides.index, weights, wanted.astype(np.float32))


def _noise(image: LevelImage, settings: DeformableSettings) -> float:
    return settings.noise_share * float(image.values.max() - image.values.min())
