"""Co-segmentation of PET and CT or MR by a random walk on both (Bagci et al. 2013).

The two images form a product lattice: a step between neighbours is as probable as both images allow, so that an edge
in either holds the walk back. PET gives the seeds: uptake near the peak is lesion, uptake near the background is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.resample import resample_conserving, resample_linear, resample_nearest
from impasto.target.pet.bilateral import bilateral_filter
from impasto.target.pet.divided_voxels import DividedVoxels
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.peak_part import neighbourhood, part_with_peak
from impasto.target.pet.scanner import PetScanner
from impasto.target.random_walker import RandomWalkerSettings, random_walker

__all__ = ["CO_SEGMENTATION", "CoSegmentationSettings", "co_segmentation"]

_ANATOMY_REACH = 1.5
"""Standard deviation of the anatomy's denoising over space, in its voxels."""

_STEEPEST = np.sqrt(4.0 * np.log(2.0) / np.pi)
"""Slope of a blurred straight edge at its steepest, as a share of its contrast over the point spread."""


@dataclass(frozen=True)
class CoSegmentationSettings:
    """Seeds, and what counts as an edge.

    Parameters
    ----------
    inside_level, outside_level : float
        Uptake above which, and below which, a voxel is a seed, from 0 at the background to 1 at
        the mean of the lesion's core.
    pet_edge : float
        Difference in uptake that holds the walk back, as a share of the steepest that the point spread allows.
    anatomy_edge : float, optional
        Difference in the CT or MR that holds it back, in its unit; without it a tenth of the range from its 5th to
        its 95th percentile around the lesion, or twice the noise between neighbours where that is more.
    prior_weight : float
        How strongly uptake itself, from the outside level to the inside level, draws the walk (Grady 2005): it
        decides where neither image has an edge.
    finest_mm : float
        The anatomy's voxels are divided until their parts are at most so wide ...
    most_voxels : int
        ... as long as no more than so many come of it; where the anatomy itself has more, it is made coarser.

    Raises
    ------
    ImpastoError
        When levels are not in order within 0 and 1, or a width is not positive.
    """

    inside_level: float = 1.0
    outside_level: float = 0.4
    pet_edge: float = 1.0
    anatomy_edge: float | None = None
    prior_weight: float = 0.02
    finest_mm: float = 1.0
    most_voxels: int = 500_000

    def __post_init__(self) -> None:
        if not 0.0 <= self.outside_level < self.inside_level <= 1.0:
            problem = f"seeds below {self.outside_level:g} and above {self.inside_level:g} of the contrast"
            raise ImpastoError("co-segmentation", problem, "give two levels in order within 0 and 1")
        if not min(self.pet_edge, self.finest_mm, self.most_voxels, self.anatomy_edge or 1.0) > 0.0:
            raise ImpastoError("co-segmentation", "a width is not positive", "give positive numbers")


def co_segmentation(
    lesion: PetLesion, scanner: PetScanner, settings: CoSegmentationSettings | None = None
) -> PetSegmentation:
    """Delineate by a random walk on PET and anatomy together.

    Where the anatomy shows the lesion its border decides; where it does not, the crest of the PET's gradient does, and
    small lesions come out too small.

    Raises
    ------
    ImpastoError
        When the lesion has no anatomy, or it does not cover what lies around the lesion.
    """
    chosen = settings or CoSegmentationSettings()
    near = neighbourhood(lesion, 2.0 * scanner.fwhm_mm)
    pet = near.lesion.image
    anatomy, noticed_edge = _quiet_anatomy(lesion, pet.grid, chosen)
    grid = anatomy.grid
    within = resample_nearest(near.lesion.search, pet.grid, grid, outside=False)
    if resample_conserving(np.ones(grid.shape), grid, pet.grid)[near.lesion.search].min() < 0.5:
        problem = "it does not cover what lies around the lesion"
        raise ImpastoError(anatomy.quantity, problem, "give an image that does, or search a smaller region")
    divided = DividedVoxels.until(pet.grid, chosen.finest_mm, chosen.most_voxels)
    uptake = resample_linear(divided.interpolated(pet.data), divided.fine, grid)
    contrast = near.typical - lesion.background.mean
    level = np.clip((uptake - lesion.background.mean) / contrast, 0.0, 1.0)
    i, j, k = np.rint(grid.index_from_world(pet.grid.world_from_index(near.lesion.peak_index))).astype(int)
    level[i, j, k] = 1.0
    inside = part_with_peak(level >= chosen.inside_level, within, (i, j, k))
    outside = within & (level < chosen.outside_level)
    anatomy_edge = chosen.anatomy_edge or noticed_edge
    pet_edge = chosen.pet_edge * _STEEPEST * contrast * float(grid.spacing_mm.min()) / scanner.fwhm_mm
    walk = RandomWalkerSettings((pet_edge, anatomy_edge), chosen.prior_weight)
    images = [Image(uptake, grid, pet.quantity, pet.unit), anatomy]
    prior = np.clip((level - chosen.outside_level) / (chosen.inside_level - chosen.outside_level), 0.0, 1.0)
    probability = random_walker(images, inside, outside, walk, within=within, prior=prior).data
    found = part_with_peak(probability >= 0.5, within, (i, j, k))
    occupancy = np.clip(resample_conserving(found.astype(np.float64), grid, pet.grid), 0.0, 1.0)
    figures = {"pet_edge": float(pet_edge), "anatomy_edge": float(anatomy_edge)}
    return PetSegmentation(near.back(occupancy), figures)


def _quiet_anatomy(lesion: PetLesion, around: Grid, settings: CoSegmentationSettings) -> tuple[Image, float]:
    """CT or MR on the voxels of the walk, denoised without moving its edges, and what difference is an edge.

    The voxels of the walk are parts of the anatomy's own: interpolated between others, an edge would become two.
    """
    if lesion.anatomy is None:
        remedy = "give the CT or MR of the same frame, or choose a method that needs none"
        raise ImpastoError("co-segmentation", "the lesion has no anatomy beside the PET", remedy)
    anatomy = _cropped(lesion.anatomy, around)
    if anatomy.grid.voxel_count > settings.most_voxels:
        wider = anatomy.grid.spacing_mm.min() * (anatomy.grid.voxel_count / settings.most_voxels) ** (1.0 / 3.0)
        anatomy = anatomy.resampled_conserving(anatomy.grid.with_spacing(np.maximum(wider, anatomy.grid.spacing_mm)))
    spacing = anatomy.grid.spacing_mm
    quiet = np.asarray(anatomy.data, dtype=np.float32)
    noise = _noise(quiet)
    if noise > 0.0:
        quiet = bilateral_filter(quiet, tuple(spacing), _ANATOMY_REACH * float(spacing.max()), 1.5 * noise)
    low, high = np.percentile(quiet, [5.0, 95.0])
    # an even image has no edge: any width will do
    edge = max(0.1 * float(high - low), 2.0 * _noise(quiet)) or 1.0
    divided = DividedVoxels.until(anatomy.grid, settings.finest_mm, settings.most_voxels)
    return Image(divided.repeated(quiet), divided.fine, anatomy.quantity, anatomy.unit), edge


def _cropped(anatomy: Image, grid: Grid) -> Image:
    """Leave out what lies more than a few voxels beyond a grid."""
    low, high = grid.bounds_mm()
    corners = [[(low, high)[bit >> axis & 1][axis] for axis in range(3)] for bit in range(8)]
    index = anatomy.grid.index_from_world(corners)
    start = np.clip(np.floor(index.min(axis=0)).astype(int) - 4, 0, None)
    stop = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 5, anatomy.grid.shape)
    if np.any(stop <= start):
        raise ImpastoError(anatomy.quantity, "it lies elsewhere than the lesion", "give an image of the same frame")
    return anatomy.cropped(start, stop)


def _noise(values: NDArray[np.float32]) -> float:
    """Estimate the noise from the median difference between neighbours along the first axis."""
    return float(1.4826 * np.median(np.abs(np.diff(values, axis=0))) / np.sqrt(2.0))


CO_SEGMENTATION = PetMethod(
    name="co-segmentation",
    title="Random walk on PET and CT or MR together",
    source="Bagci 2013",
    published="",
    run=co_segmentation,
    needs_anatomy=True,
)
