"""Deformable registration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from impasto.core import Grid, Image, ImpastoError, Progress, Transform, silent
from impasto.core.arrays import BoolArray
from impasto.register.deformable.absence import absent_voxels, grown, on_grid, probing_searches
from impasto.register.deformable.greedy import greedy_displacement
from impasto.register.deformable.search import search_displacement
from impasto.register.deformable.settings import AbsenceSettings, DeformableSettings, GuidedRegions
from impasto.register.level import LevelImage, level_image
from impasto.register.linear import Registration
from impasto.register.quality import KnownCorrespondence, assess_registration
from impasto.register.settings import RegistrationRegions

__all__ = ["DeformableRegistration", "register_deformable"]

_Done = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class DeformableRegistration(Registration):
    """A dense transform, how it was found, how good it is, and where nothing corresponds.

    Parameters
    ----------
    absent, absent_moving : Image, optional
        1 where a voxel of the fixed, of the moving image has no counterpart in the other; none when not looked for.
    """

    absent: Image | None = None
    absent_moving: Image | None = None


def register_deformable(
    fixed: Image,
    moving: Image,
    start: Transform | None = None,
    regions: RegistrationRegions | None = None,
    known: KnownCorrespondence | None = None,
    settings: DeformableSettings | None = None,
    progress: Progress = silent,
) -> DeformableRegistration:
    """Find the dense map from one image to another by local correlation.

    The search runs forward and backward from the start, each way on its own. With `settings.absence` voxels without
    counterpart are looked for then, and the search is repeated without them.

    Parameters
    ----------
    fixed, moving : Image
        One volume each; voxels may be anisotropic, oblique or mirrored.
    start : Transform, optional
        Affine, from :func:`~impasto.register.register_linear`; the identity when absent.
    regions : RegistrationRegions, optional
        Where likeness counts; as :class:`GuidedRegions` with landmarks and structures that pull.
    known : KnownCorrespondence, optional
        Landmarks and structures of both frames, for the quality; what guided cannot judge.
    settings : DeformableSettings, optional
    progress : Progress

    Returns
    -------
    DeformableRegistration

    Raises
    ------
    ImpastoError
        When an image is not one finite volume, a region does not fit, the start is dense, images do not overlap, or
        greedy is wanted and not there or given guides.
    """
    settings, start = settings or DeformableSettings(), start or Transform.identity()
    regions = (regions or RegistrationRegions()).checked(fixed.grid, moving.grid)
    guides = regions.guides if isinstance(regions, GuidedRegions) else None
    if not start.is_affine:
        remedy = "give the affine one, or compose two transforms"
        raise ImpastoError("deformable registration", "the start is dense", remedy)
    if guides is not None and settings.engine == "greedy":
        raise ImpastoError("deformable registration", "greedy takes no guides", "use the engine impasto")
    levels = _levels(fixed, moving, regions, settings)
    _check_overlap(levels[0], start)
    once = 1.0 if settings.absence is None else 0.4
    both = _both_ways((fixed, moving), levels, start, (regions, guides), settings, _part(progress, 0.0, once))
    absent: tuple[BoolArray, BoolArray] | None = None
    if settings.absence is not None:
        probes = probing_searches(levels, start, settings, settings.absence)
        absent = _absent(levels[-1], both, probes, settings.absence)
        progress("deformable registration", 0.55)
        if any(mask.any() for mask in absent):
            kept = _without(regions, absent, levels[-1], (fixed.grid, moving.grid), settings.absence)
            again = _levels(fixed, moving, kept, settings)
            both = _both_ways((fixed, moving), again, start, (kept, guides), settings, _part(progress, 0.55, 1.0))
            absent = _absent(levels[-1], both, probes, settings.absence)
    names = f"{moving.quantity} to {fixed.quantity}, from {start.fitted_on}"
    forward, backward = replace(both[0], fitted_on=names), replace(both[1], fitted_on=f"{names}, backward")
    quality = assess_registration((fixed, moving), forward, backward, start, regions, known)
    progress("deformable registration", 1.0)
    masks: list[Image | None] = [None, None]
    if absent is not None:
        pairs = zip(absent, levels[-1], (fixed.grid, moving.grid), strict=True)
        masks = [_mask_image(on_grid(mask, image.grid, grid), grid) for mask, image, grid in pairs]
    return DeformableRegistration(
        forward, backward, start, f"dense, {settings.engine}", quality, absent=masks[0], absent_moving=masks[1]
    )


def _levels(
    fixed: Image, moving: Image, regions: RegistrationRegions, settings: DeformableSettings
) -> list[tuple[LevelImage, LevelImage]]:
    return [
        (
            level_image(fixed, regions.fixed, level, settings.clipped_share),
            level_image(moving, regions.moving, level, settings.clipped_share),
        )
        for level in settings.levels_mm
    ]


def _both_ways(
    images: tuple[Image, Image],
    levels: list[tuple[LevelImage, LevelImage]],
    start: Transform,
    evidence: tuple[RegistrationRegions, KnownCorrespondence | None],
    settings: DeformableSettings,
    done: _Done,
) -> tuple[Transform, Transform]:
    (fixed, moving), (regions, guides), back = images, evidence, start.inverse()
    if settings.engine == "greedy":
        forward = greedy_displacement(fixed, moving, start, regions, settings)
        done(0.5)
        backward = greedy_displacement(moving, fixed, back, regions.swapped(), settings)
    else:
        other = None if guides is None else GuidedRegions(guides=guides).swapped().guides
        swapped = [(second, first) for first, second in levels]
        forward = search_displacement(levels, start, guides, settings, done=lambda share: done(0.5 * share))
        backward = search_displacement(swapped, back, other, settings, done=lambda share: done(0.5 + 0.5 * share))
    return Transform(start.matrix, "forward", forward), Transform(back.matrix, "backward", backward)


def _absent(
    level: tuple[LevelImage, LevelImage],
    both: tuple[Transform, Transform],
    probes: tuple[Transform, Transform],
    absence: AbsenceSettings,
) -> tuple[BoolArray, BoolArray]:
    fixed, moving = level
    return (
        absent_voxels((fixed, moving), both[0], probes, absence),
        absent_voxels((moving, fixed), both[1], (probes[1], probes[0]), absence),
    )


def _without(
    regions: RegistrationRegions,
    absent: tuple[BoolArray, BoolArray],
    level: tuple[LevelImage, LevelImage],
    grids: tuple[Grid, Grid],
    absence: AbsenceSettings,
) -> RegistrationRegions:
    """Regions less what is absent and its rim."""
    kept = []
    for region, mask, image, grid in zip((regions.fixed, regions.moving), absent, level, grids, strict=True):
        gone = on_grid(grown(mask, image.grid, absence.grown_mm), image.grid, grid)
        kept.append(region if not gone.any() else ~gone if region is None else region & ~gone)
    return RegistrationRegions(*kept)


def _check_overlap(level: tuple[LevelImage, LevelImage], start: Transform) -> None:
    fixed, moving = level
    index = moving.grid.index_from_world(start.moving_from_fixed(fixed.grid.voxel_centres_mm()))
    if not np.any(np.all((index >= -0.5) & (index <= np.array(moving.grid.shape) - 0.5), axis=-1)):
        raise ImpastoError("deformable registration", "the images do not overlap", "register them linearly first")


def _mask_image(mask: BoolArray, grid: Grid) -> Image:
    return Image(mask.astype(np.uint8), grid, "absent correspondence", "1")


def _part(progress: Progress, first: float, last: float) -> _Done:
    return lambda share: progress("deformable registration", first + (last - first) * share)
