"""Co-segmentation of PET and CT or MR by a random walk on both (Bagci et al. 2013).

The two images form a product lattice: a step between neighbours is as probable as both images allow, so that an edge
in either holds the walk back. PET gives the seeds: uptake near the peak is lesion, uptake near the background is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.resample import resample_linear
from impasto.target.pet.bilateral import bilateral_filter
from impasto.target.pet.divided_voxels import DividedVoxels
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.peak_part import neighbourhood, part_with_peak
from impasto.target.pet.scanner import PetScanner
from impasto.target.random_walker import RandomWalkerSettings, random_walker

__all__ = ["CO_SEGMENTATION", "CoSegmentationSettings", "co_segmentation"]

_ANATOMY_REACH = 1.5
"""Standard deviation of the anatomy's denoising over space, in voxels of the walk."""

_STEEPEST = np.sqrt(4.0 * np.log(2.0) / np.pi)
"""Slope of a blurred straight edge at its steepest, as a share of its contrast over the point spread."""


@dataclass(frozen=True)
class CoSegmentationSettings:
    """Seeds, and what counts as an edge.

    Parameters
    ----------
    inside_level, outside_level : float
        Uptake above which, and below which, a voxel is a seed, from 0 at the background to 1 at the peak.
    pet_edge : float
        Difference in uptake that holds the walk back, as a share of the steepest that the point spread allows.
    anatomy_edge : float, optional
        Difference in the CT or MR that holds it back, in its unit; without it a tenth of the range from its 5th to
        its 95th percentile near the lesion, or twice the noise between neighbours where that is more.
    prior_weight : float
        How strongly uptake itself, from 0 at the background to 1 at the peak, draws the walk (Grady 2005): it decides
        where neither image has an edge.
    finest_mm : float
        PET voxels are divided until their parts are at most so wide ...
    most_voxels : int
        ... as long as no more than so many come of it.

    Raises
    ------
    ImpastoError
        When levels are not in order within 0 and 1, or a width is not positive.
    """

    inside_level: float = 0.65
    outside_level: float = 0.3
    pet_edge: float = 1.0
    anatomy_edge: float | None = None
    prior_weight: float = 0.02
    finest_mm: float = 1.0
    most_voxels: int = 1_000_000

    def __post_init__(self) -> None:
        if not 0.0 <= self.outside_level < self.inside_level < 1.0:
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
    divided = DividedVoxels.until(near.lesion.image.grid, chosen.finest_mm, chosen.most_voxels)
    grid = divided.fine
    within = divided.repeated(near.lesion.search)
    uptake = divided.interpolated(near.lesion.image.data)
    anatomy, noticed_edge = _quiet(_anatomy_on(lesion, grid, within), grid, within)
    anatomy_edge = chosen.anatomy_edge or noticed_edge
    contrast = lesion.maximum - lesion.background.mean
    level = (uptake - lesion.background.mean) / contrast
    peak = divided.middle_part(near.lesion.peak_index)
    level[peak] = 1.0
    inside = part_with_peak(level >= chosen.inside_level, within, peak)
    outside = within & (level < chosen.outside_level)
    pet_edge = chosen.pet_edge * _STEEPEST * contrast * float(grid.spacing_mm.min()) / scanner.fwhm_mm
    images = [Image(uptake, grid, lesion.image.quantity, lesion.image.unit), Image(anatomy, grid, "anatomy", "1")]
    walk = RandomWalkerSettings((pet_edge, anatomy_edge), chosen.prior_weight)
    prior = np.clip(level, 0.0, 1.0)
    probability = random_walker(images, inside, outside, walk, within=within, prior=prior).data
    found = part_with_peak(probability >= 0.5, within, peak)
    figures = {"pet_edge": float(pet_edge), "anatomy_edge": anatomy_edge}
    return PetSegmentation(near.back(divided.filled_share(found)), figures)


def _anatomy_on(lesion: PetLesion, grid: Grid, within: BoolArray) -> NDArray[np.float32]:
    """CT or MR at the centres of a grid."""
    if lesion.anatomy is None:
        remedy = "give the CT or MR of the same frame, or choose a method that needs none"
        raise ImpastoError("co-segmentation", "the lesion has no anatomy beside the PET", remedy)
    values = resample_linear(lesion.anatomy.data, lesion.anatomy.grid, grid, outside=np.nan)
    if np.isnan(values[within]).any():
        problem = "it does not cover what lies around the lesion"
        raise ImpastoError(lesion.anatomy.quantity, problem, "give an image that does, or search a smaller region")
    return np.nan_to_num(values)


def _quiet(values: NDArray[np.float32], grid: Grid, within: BoolArray) -> tuple[NDArray[np.float32], float]:
    """Denoise the anatomy without moving its edges; returns it and the difference that counts as an edge."""
    noise = _noise(values, within)
    spacing = grid.spacing_mm
    if noise > 0.0:
        values = bilateral_filter(values, tuple(spacing), _ANATOMY_REACH * float(spacing.max()), 2.0 * noise)
    low, high = np.percentile(values[within], [5.0, 95.0])
    # an even image has no edge: any width will do
    edge = max(0.1 * float(high - low), 2.0 * _noise(values, within)) or 1.0
    return values, edge


def _noise(values: NDArray[np.float32], within: BoolArray) -> float:
    """Estimate the noise from the median difference between neighbours along the first axis."""
    both = within[1:] & within[:-1]
    return float(1.4826 * np.median(np.abs(np.diff(values, axis=0)[both])) / np.sqrt(2.0))


CO_SEGMENTATION = PetMethod(
    name="co-segmentation",
    title="Random walk on PET and CT or MR together",
    source="Bagci 2013",
    published="",
    run=co_segmentation,
    needs_anatomy=True,
)
