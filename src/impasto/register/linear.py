"""Rigid and affine registration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from impasto.core import Image, ImpastoError, Progress, Transform, silent
from impasto.register.greedy import greedy_linear
from impasto.register.inconsistency import forward_backward_error
from impasto.register.level import LevelImage, level_image
from impasto.register.mattes import climb
from impasto.register.quality import KnownCorrespondence, RegistrationQuality, assess_registration
from impasto.register.settings import LinearSettings, RegistrationRegions
from impasto.register.similarity import level_mutual_information
from impasto.register.starts import centre_of_mass_start, rotated_starts

__all__ = ["FRAME_OF_REFERENCE", "Registration", "register_linear"]

FRAME_OF_REFERENCE = Transform(np.eye(4), "frame of reference")
"""Start for images that share a frame of reference: they lie as their headers say."""

_Levels = list[tuple[LevelImage, LevelImage]]


@dataclass(frozen=True, eq=False)
class Registration:
    """A transform, how it was found, and how good it is.

    Parameters
    ----------
    transform : Transform
        Fixed point to moving point.
    backward : Transform
        Moving point to fixed point, from a registration the other way round; not the inverse.
    start : Transform
        What the search began from; `start.fitted_on` says why.
    method : str
        Model and engine, for provenance.
    quality : RegistrationQuality
    """

    transform: Transform
    backward: Transform
    start: Transform
    method: str
    quality: RegistrationQuality


def register_linear(
    fixed: Image,
    moving: Image,
    start: Transform | None = None,
    regions: RegistrationRegions | None = None,
    known: KnownCorrespondence | None = None,
    settings: LinearSettings | None = None,
    progress: Progress = silent,
) -> Registration:
    """Find the rigid or affine map from one image to another by mutual information (Viola 1995, Mattes 2003).

    The search runs forward and backward from the start, coarse to fine. Where both ways part by more than a voxel on
    the coarsest level, or likeness falls, the start has failed: turned ones are tried, and the likeliest goes on.

    Parameters
    ----------
    fixed, moving : Image
        One volume each, of any modality; voxels may be anisotropic, oblique or mirrored.
    start : Transform, optional
        :data:`FRAME_OF_REFERENCE` where the images share one, or any affine transform; centres of mass are brought
        together when absent.
    regions : RegistrationRegions, optional
        Where likeness counts.
    known : KnownCorrespondence, optional
        Landmarks and structures of both frames, for the quality.
    settings : LinearSettings, optional
    progress : Progress

    Returns
    -------
    Registration

    Raises
    ------
    ImpastoError
        When an image is not one finite volume, a region does not fit, the start is dense, or nothing overlaps.
    """
    settings = settings or LinearSettings()
    regions = (regions or RegistrationRegions()).checked(fixed.grid, moving.grid)
    if start is not None and not start.is_affine:
        raise ImpastoError("registration", "a linear search cannot start from a dense transform", "give an affine one")
    levels = _levels(fixed, moving, regions, settings)
    begun = start or centre_of_mass_start(*levels[0])
    begun, forward, backward = _first_level(levels[0], begun, settings, progress)
    if settings.engine == "greedy":
        forward = greedy_linear(fixed, moving, forward, regions, settings)
        progress("registration", 0.5)
        backward = greedy_linear(moving, fixed, backward, regions.swapped(), settings)
    else:
        forward = _finish(levels, forward, settings, lambda share: progress("registration", 0.1 + 0.4 * share))
        swapped = [(second, first) for first, second in levels]
        backward = _finish(swapped, backward, settings, lambda share: progress("registration", 0.5 + 0.4 * share))
    names = f"{moving.quantity} to {fixed.quantity}, from {begun.fitted_on}"
    forward, backward = replace(forward, fitted_on=names), replace(backward, fitted_on=f"{names}, backward")
    quality = assess_registration((fixed, moving), forward, backward, begun, regions, known)
    progress("registration", 1.0)
    return Registration(forward, backward, begun, f"{settings.model}, {settings.engine}", quality)


def _levels(fixed: Image, moving: Image, regions: RegistrationRegions, settings: LinearSettings) -> _Levels:
    """Both images at each level; greedy has its own, and wants but the first."""
    wanted = settings.levels_mm[:1] if settings.engine == "greedy" else settings.levels_mm
    return [
        (
            level_image(fixed, regions.fixed, level, settings.clipped_share),
            level_image(moving, regions.moving, level, settings.clipped_share),
        )
        for level in wanted
    ]


def _first_level(
    level: tuple[LevelImage, LevelImage], start: Transform, settings: LinearSettings, progress: Progress
) -> tuple[Transform, Transform, Transform]:
    """Start that is kept, and the coarsest level's result forward and backward."""
    if settings.restarts != "always":
        attempt = _attempt(level, start, settings)
        if attempt is not None and (settings.restarts == "never" or not _has_failed(level, start, *attempt)):
            return start, *attempt
        if settings.restarts == "never":
            raise ImpastoError("registration", "the images do not overlap at the start", "give another start")
    starts = [start, *rotated_starts(*level)]
    best: tuple[float, Transform, Transform] | None = None
    for number, turned in enumerate(starts):
        progress("registration, turned starts", number / len(starts))
        forward = _climbed(level, turned, settings)
        if forward is None:
            continue
        likeness = level_mutual_information(*level, forward)
        if best is None or likeness > best[0]:
            best = likeness, turned, forward
    progress("registration, turned starts", 1.0)
    backward = None if best is None else _climbed((level[1], level[0]), best[1].inverse(), settings)
    if best is None or backward is None:
        raise ImpastoError("registration", "no start makes the images overlap", "give one that does")
    return best[1], best[2], backward


def _attempt(
    level: tuple[LevelImage, LevelImage], start: Transform, settings: LinearSettings
) -> tuple[Transform, Transform] | None:
    forward = _climbed(level, start, settings)
    backward = _climbed((level[1], level[0]), start.inverse(), settings)
    return None if forward is None or backward is None else (forward, backward)


def _climbed(level: tuple[LevelImage, LevelImage], start: Transform, settings: LinearSettings) -> Transform | None:
    try:
        return climb(*level, start, "rigid", settings.samples[0], settings)
    except ImpastoError:
        # a start from which nothing overlaps is one that failed
        return None


def _has_failed(
    level: tuple[LevelImage, LevelImage], start: Transform, forward: Transform, backward: Transform
) -> bool:
    fixed, moving = level
    if level_mutual_information(fixed, moving, forward) < level_mutual_information(fixed, moving, start) - 0.01:
        return True
    ends = np.array([[0.25, 0.75]] * 3) * np.array(fixed.grid.shape)[:, None]
    corners = fixed.grid.world_from_index(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))
    return bool(forward_backward_error(forward, backward, corners).max() > fixed.grid.spacing_mm.max())


def _finish(levels: _Levels, coarse: Transform, settings: LinearSettings, done: Callable[[float], None]) -> Transform:
    """Go on from the coarsest level's rigid result."""
    found = coarse
    models: list[Literal["rigid", "affine"]] = ["rigid"] if settings.model == "rigid" else ["rigid", "affine"]
    for number, (level, samples) in enumerate(zip(levels[1:], settings.samples[1:], strict=True), start=1):
        for model in models[-1:] if number > 1 else models:
            found = climb(*level, found, model, samples, settings)
        done(number / len(levels))
    if len(levels) == 1 and settings.model == "affine":
        found = climb(*levels[0], found, "affine", settings.samples[0], settings)
    return found
