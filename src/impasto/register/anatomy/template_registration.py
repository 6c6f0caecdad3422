"""Where the average brain lies in a patient's head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.spatial.transform import Rotation

from impasto.core import Image, ImpastoError, Progress, Transform, silent
from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.atlas import brain_hull, brain_template
from impasto.core.resample import resample_linear
from impasto.register.anatomy.template_settings import TemplateSettings
from impasto.register.level import LevelImage, level_image
from impasto.register.mattes import climb
from impasto.register.similarity import level_mutual_information

__all__ = ["TemplateRegistration", "register_template"]

_FOREGROUND_SHARE = 0.25
_LEAST_SLICE_CM2 = 20.0
_SLAB_MM = 90.0
_MIDDLE_MM, _DEEP_RADIUS_MM = np.array([0.0, 20.0, 5.0]), 45.0


@dataclass(frozen=True, eq=False)
class TemplateRegistration:
    """The map between a patient and the average brain.

    Parameters
    ----------
    transform : Transform
        Patient point to template point (ICBM 152, LPS mm): the patient is the fixed image.
    mutual_information : float
        Of template and patient around the brain, in nats, on the finest level.
    volume_ratio : float
        Volume of the template's brain over that of the patient's.
    """

    transform: Transform
    mutual_information: float
    volume_ratio: float


def register_template(
    image: Image,
    lesion: BoolArray | None = None,
    start: Transform | None = None,
    settings: TemplateSettings | None = None,
    progress: Progress = silent,
) -> TemplateRegistration:
    """Find the affine map from a patient to the ICBM 152 brain by mutual information, with or without skull.

    Likeness counts in the template's brain, so that neither skull, face nor neck matter, and no contrast is assumed.
    Starts below the top of the head, turned and shifted, are weighed on the coarsest level; rigid searches climb from
    the likeliest, and an affine one goes on from the best of them.

    Parameters
    ----------
    image : Image
        One MR volume of the head: T1 with or without contrast agent, T2, FLAIR; it should reach the vertex or nearly.
    lesion : ndarray of bool, shape `image.grid.shape`, optional
        Left out: what the template has nothing of.
    start : Transform, optional
        Patient to template, affine, in place of the starts below the vertex.
    settings : TemplateSettings, optional
    progress : Progress

    Returns
    -------
    TemplateRegistration

    Raises
    ------
    ImpastoError
        When the image is not one finite volume, nothing overlaps, or the best map is no brain's.
    """
    settings = settings or TemplateSettings()
    search = settings.search
    region = None if lesion is None else ~lesion
    levels = [
        (_template_level(level, settings), level_image(image, region, level, search.clipped_share))
        for level in search.levels_mm
    ]
    starts = _starts(levels[0][1], settings) if start is None else [start.inverse()]
    range_ = _brain_range(levels[0][1], starts)
    levels = [(template, _clipped(patient, range_)) for template, patient in levels]
    found = _likeliest(levels[0], starts, settings, progress)
    for number, (level, samples) in enumerate(zip(levels, search.samples, strict=True)):
        found = climb(*level, found, "affine", samples, search)
        progress("template registration", 0.5 + 0.5 * (number + 1) / len(levels))
    ratio = 1.0 / float(np.linalg.det(found.matrix[:3, :3]))
    if not 1.0 / settings.largest_stretch < ratio < settings.largest_stretch:
        problem = f"the average brain was stretched by {1.0 / ratio:.2f} in volume"
        raise ImpastoError(image.quantity, problem, "give a volume of the whole head, or a start")
    likeness = level_mutual_information(*levels[-1], found, search.bins)
    transform = replace(found.inverse(), fitted_on=f"ICBM 152 to {image.quantity}, affine, from {found.fitted_on}")
    return TemplateRegistration(transform, likeness, ratio)


def _template_level(level_mm: float, settings: TemplateSettings) -> LevelImage:
    """Template with room around it, and the region in which likeness counts."""
    brain, hull = brain_template(), brain_hull()
    grid = hull.grid.with_spacing(level_mm)
    fine = Image(resample_linear(brain.t1, brain.grid, hull.grid), hull.grid, "T1-weighted signal", "1")
    values = level_image(fine, None, level_mm, 0.0).values
    near = resample_linear(hull.distance_mm, hull.grid, grid) < settings.margin_mm
    # below the cut through the medulla the template shows nothing
    near &= grid.voxel_centres_mm()[..., 2] > brain.grid.origin_mm[2]
    return LevelImage(values, grid, near)


def _likeliest(
    level: tuple[LevelImage, LevelImage], starts: list[Transform], settings: TemplateSettings, progress: Progress
) -> Transform:
    """Climb rigidly from the best few starts."""
    bins = settings.search.bins // 2
    chances = [level_mutual_information(*level, start, bins) for start in starts]
    best: tuple[float, Transform] | None = None
    kept = np.argsort(chances)[::-1][: settings.climbed_starts]
    for number, chosen in enumerate(kept):
        progress("template registration", 0.5 * number / len(kept))
        try:
            found = climb(*level, starts[int(chosen)], "rigid", settings.search.samples[0], settings.search)
        except ImpastoError:
            # a start from which nothing overlaps is one that failed
            continue
        likeness = level_mutual_information(*level, found, bins)
        if best is None or likeness > best[0]:
            best = likeness, found
    if best is None:
        raise ImpastoError("template registration", "no start makes brain and image overlap", "give a start")
    return best[1]


def _brain_range(patient: LevelImage, starts: list[Transform]) -> tuple[float, float]:
    """Intensities deep in the brain wherever the starts put it: fat and vessels outside must not take the bins."""
    centres = np.stack([start.moving_from_fixed(_MIDDLE_MM) for start in starts])
    points = patient.grid.voxel_centres_mm()
    deep = np.linalg.norm(points - centres.mean(axis=0), axis=-1) < _DEEP_RADIUS_MM
    if not deep.any():
        raise ImpastoError("template registration", "the start lays the brain beside the image", "give another start")
    low, high = np.quantile(patient.values[deep], [0.002, 0.998])
    return float(low), float(high)


def _clipped(patient: LevelImage, range_: tuple[float, float]) -> LevelImage:
    return replace(patient, values=np.clip(patient.values, *range_))


def _starts(patient: LevelImage, settings: TemplateSettings) -> list[Transform]:
    """Lay the top of the brain below the top of the head: maps from template to patient."""
    vertex, hull = _vertex_mm(patient), brain_hull().points_mm
    size = settings.start_size
    top = size * np.array([0.0, hull[hull[:, 2] > hull[:, 2].max() - _SLAB_MM, 1].mean(), hull[:, 2].max()])
    starts = []
    for depth, forward, pitch, roll in product(
        settings.depths_mm, settings.shifts_mm, settings.pitches_deg, settings.rolls_deg
    ):
        turned = np.eye(4)
        # turned about the middle of the brain
        turned[:3, :3] = size * Rotation.from_euler("xy", [pitch, roll], degrees=True).as_matrix()
        middle = vertex - top + size * _MIDDLE_MM - [0.0, forward, depth]
        turned[:3, 3] = middle - turned[:3, :3] @ _MIDDLE_MM
        name = f"{depth:g} mm below the vertex, pitch {pitch:g} and roll {roll:g} degrees"
        starts.append(Transform(turned, name))
    return starts


def _vertex_mm(patient: LevelImage) -> FloatArray:
    """Top of the head above the middle of its uppermost part, LPS, shape (3,)."""
    low, high = np.quantile(patient.values, [0.02, 0.98])
    inside = np.argwhere(patient.values > low + _FOREGROUND_SHARE * (high - low))
    points = patient.grid.world_from_index(inside)
    step = float(patient.grid.spacing_mm.max())
    layer = np.floor((points[:, 2] - points[:, 2].min()) / step).astype(np.int64)
    area = np.bincount(layer) * patient.grid.voxel_volume_ml / step * 10.0
    wide = np.flatnonzero(area > _LEAST_SLICE_CM2)
    if not wide.size:
        raise ImpastoError("template registration", "the image shows no head", "give a volume of the whole head")
    top = points[:, 2].min() + step * (float(wide[-1]) + 1.0)
    slab = points[points[:, 2] > top - _SLAB_MM]
    return np.array([slab[:, 0].mean(), slab[:, 1].mean(), top])
