"""Digital head-and-neck patients: an oropharyngeal carcinoma with a node, before and during radiotherapy. Simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.phantom import neck_bones
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.atlas import HeadAtlas, Surface, head_atlas
from impasto.phantom.head_neck_course import (
    Contraction,
    Course,
    blood_supply,
    movement_mm,
    patient_point_mm,
    surviving_share,
)
from impasto.phantom.head_neck_drawing import drawn_head_neck
from impasto.phantom.head_neck_layers import (
    HealthyNeck,
    NeckIrregularities,
    Region,
    neck_irregularities,
    neck_layers,
    skin_distance_mm,
)
from impasto.phantom.head_neck_tumour import Lesions, drawn_lesions, grown, host_share, implanted
from impasto.phantom.layers import Head, Ripple, head_layers
from impasto.phantom.neck_frame import LATTICE, displaced, neck_warp, on_grid, warped_points
from impasto.phantom.warp import PatientWarp

__all__ = ["HEAD_NECK_GRID", "HeadNeckState", "head_neck_anatomy", "head_neck_course"]

_Field = NDArray[np.float32]

HEAD_NECK_GRID = Grid.axis_aligned((214, 148, 82), (1.6, 1.6, 3.0), (-170.4, -112.0, -220.5))
"""Voxels of a planning CT from the shoulders to above the orbits."""

_SEAM_MM = (-46.0, -57.0)
_SEAM_WIDTH_MM = 5.0
_NECK_TOP_MM = -38.0
_HEAD_BOTTOM_MM = -84.0
_FAR_MM = np.float32(8.0)


@dataclass(frozen=True, eq=False)
class HeadNeckState:
    """A patient before one fraction of the treatment.

    Parameters
    ----------
    fraction : int
        Fractions given before; 0 at planning.
    anatomy : Anatomy
    lymphoid : ndarray of float32
        Share of tonsils, adenoid and tongue's tonsil, which take up glucose.
    blood_supply : ndarray of float32
        Of oxygen in tumour, relative to its best supplied parts; 1 elsewhere.
    movement_mm : tuple of Image
        Along x, y and z: from where tissue lies now to where it lay at planning.
    lesions : Lesions
    course : Course
    """

    fraction: int
    anatomy: Anatomy
    lymphoid: _Field
    blood_supply: _Field
    movement_mm: tuple[Image, Image, Image]
    lesions: Lesions
    course: Course


@dataclass(frozen=True, eq=False)
class _Patient:
    """Everything a seed decides, without a grid."""

    seed: int
    atlas: HeadAtlas
    warp: PatientWarp
    irregular: NeckIrregularities
    lesions: Lesions
    course: Course

    @classmethod
    def drawn(cls, seed: int) -> _Patient:
        rng = np.random.default_rng([seed, 12])
        atlas = head_atlas()
        warp = neck_warp(atlas, rng)
        lesions = drawn_lesions(float(warp.scale.mean()), rng)
        return cls(seed, atlas, warp, neck_irregularities(rng), lesions, Course.drawn(rng))

    @cached_property
    def surfaces_mm(self) -> tuple[_Field, _Field]:
        """Signed distances to skin and bones before treatment, at the lattice's nodes."""
        points = warped_points(self.warp, LATTICE)
        bone = points.union_mm((*neck_bones.FACE_BONES, *neck_bones.CERVICAL_BONES), reach_mm=10.0)
        return skin_distance_mm(points, self.atlas, self.warp, LATTICE), bone


def head_neck_anatomy(grid: Grid, seed: int, fraction: int = 0) -> Anatomy:
    """Build a digital head-and-neck patient.

    Parameters
    ----------
    grid : Grid
        Along left, posterior, superior; should hold what :data:`HEAD_NECK_GRID` does.
    seed : int
        Decides size and shape, side, site and size of the tumour, and how the patient responds.
    fraction : int
        Fractions given before; 0 at planning.

    Returns
    -------
    Anatomy

    Raises
    ------
    ImpastoError
        When the grid does not run along the axes or the fraction is negative.
    """
    return next(head_neck_course(grid, seed, (fraction,))).anatomy


def head_neck_course(grid: Grid, seed: int, fractions: Sequence[int] = (0, 7, 17)) -> Iterator[HeadNeckState]:
    """Build the same patient before several fractions, one after the other.

    Parameters
    ----------
    grid, seed
        As in :func:`head_neck_anatomy`.
    fractions : sequence of int

    Yields
    ------
    HeadNeckState

    Raises
    ------
    ImpastoError
        When the grid does not run along the axes or a fraction is negative.
    """
    if not np.allclose(grid.direction, np.eye(3), atol=1e-6):
        raise ImpastoError("grid", "does not run along left, posterior and superior", "give an axis-aligned grid")
    if min(fractions) < 0:
        raise ImpastoError("fraction", f"{min(fractions)} is negative", "give 0 or more")
    patient = _Patient.drawn(seed)
    head, first = _head(patient, grid)
    for fraction in fractions:
        yield _state(patient, head, first, grid, fraction)


def _head(patient: _Patient, grid: Grid) -> tuple[Head | None, int]:
    """Fill brain and orbits, which do not change, and say at which slice they begin."""
    z = patient.warp.scale[2] * (grid.origin_mm[2] + grid.spacing_mm[2] * np.arange(grid.shape[2]))
    first = int(np.searchsorted(z, _HEAD_BOTTOM_MM))
    if first == grid.shape[2]:
        return None, first
    rng = np.random.default_rng([patient.seed, 13])
    return head_layers(patient.atlas, patient.warp, grid.cropped((0, 0, first), grid.shape), rng), first


def _state(patient: _Patient, head: Head | None, first: int, grid: Grid, fraction: int) -> HeadNeckState:
    moved = _movement(patient, fraction)
    warp = displaced(patient.warp, moved) if fraction else patient.warp
    z = patient.warp.scale[2] * (grid.origin_mm[2] + grid.spacing_mm[2] * np.arange(grid.shape[2]))
    # one slice at least, so that there is always a neck
    end = max(int(np.searchsorted(z, _NECK_TOP_MM)), 1)
    lower = grid.cropped((0, 0, 0), (*grid.shape[:2], end))
    neck = neck_layers(patient.atlas, warp, patient.irregular, lower)
    lesions = patient.lesions
    primary, node = (grown(lesion, neck.points, neck.ripples) for lesion in (lesions.primary, lesions.node))
    cells = np.maximum(primary.cells, node.cells)
    implanted(neck.tissues, node)
    implanted(neck.tissues, primary)
    cells *= np.clip(2.0 * host_share(neck.tissues), 0.0, 1.0)
    ripples = neck.ripples
    resistant = 0.4 + 0.25 * ripples[Ripple.BROAD] + 0.35 * ripples[Ripple.COARSE] + 0.2 * ripples[Ripple.MEDIUM]
    cells *= surviving_share(resistant, patient.course, fraction)
    poor = 0.42 - 0.3 * neck.ripples[Ripple.COARSE] - 0.2 * neck.ripples[Ripple.OTHER_MEDIUM]
    supply = blood_supply(np.where(cells > 0.0, poor, np.float32(1.0)), patient.course, fraction)
    join = _Join(grid, neck, head, first)
    tissues = join.tissues()
    left = np.zeros(grid.shape, dtype=bool)
    left[..., : lower.shape[2]] = neck.points.axes[0] > 0.0
    distances = {region: join.region(region) for region in neck.distances_mm}
    structures = drawn_head_neck(distances, tissues, join.field(primary.share), join.field(node.share), left, grid)
    texture = None
    if head is not None:
        brain = np.clip(tissues[Tissue.GREY_MATTER] + tissues[Tissue.WHITE_MATTER], 0.0, 1.0)
        texture = join.field(np.zeros(lower.shape, dtype=np.float32), head.t1_texture) * brain
    anatomy = Anatomy(grid, tissues, join.field(cells), structures, texture)
    lymphoid = np.clip(0.5 - distances[Region.LYMPHOID] / 2.0, 0.0, 1.0) * tissues[Tissue.SOFT_TISSUE]
    x, y, z_moved = (
        Image(on_grid(moved[..., axis], LATTICE, grid), grid, f"movement since planning along {name}", "mm")
        for axis, name in enumerate("xyz")
    )
    return HeadNeckState(
        fraction, anatomy, lymphoid, 1.0 - join.field(1.0 - supply), (x, y, z_moved), lesions, patient.course
    )


def _movement(patient: _Patient, fraction: int) -> _Field:
    if fraction == 0:
        return np.zeros((*LATTICE.shape, 3), dtype=np.float32)
    course, lesions, warp = patient.course, patient.lesions, patient.warp
    organs = []
    for lesion in (lesions.primary, lesions.node):
        radii = tuple(float(r / s) for r, s in zip(lesion.radii_mm, warp.scale, strict=True))
        centre = patient_point_mm(warp, lesion.centre_mm)
        organs.append(Contraction(centre, (radii[0], radii[1], radii[2]), course.tumour_loss_per_fraction))
    for side in (-1.0, 1.0):
        centre = patient_point_mm(warp, (side * 56.0, 6.0, -78.0))
        shift = (-side * course.parotid_shift_mm, 0.0, 0.0)
        organs.append(Contraction(centre, (12.0, 17.0, 24.0), course.parotid_loss_per_fraction, shift))
    skin, bone = patient.surfaces_mm
    return movement_mm(organs, skin, bone, course, fraction)


@dataclass(frozen=True, eq=False)
class _Join:
    """Brings head and neck together on one grid: the head's where the brain and its skull are, and above the face."""

    grid: Grid
    neck: HealthyNeck
    head: Head | None
    first: int

    def tissues(self) -> dict[Tissue, _Field]:
        """Shares of all tissues, which sum to one."""
        of_head = {} if self.head is None else self.head.tissues
        nothing = np.zeros(self.neck.points.shape, dtype=np.float32)
        return {
            tissue: self.field(self.neck.tissues.get(tissue, nothing), of_head.get(tissue))
            for tissue in Tissue
            if tissue in self.neck.tissues or tissue in of_head
        }

    def region(self, region: Region) -> _Field:
        """Distance to a region; far where only the head is, unless the head tells it too."""
        surface = {Region.SKIN: Surface.SKIN, Region.BRAINSTEM: Surface.BRAINSTEM}.get(region)
        if self.head is None or surface is None:
            return self._padded(self.neck.distances_mm[region], _FAR_MM)
        return self.field(self.neck.distances_mm[region], self.head.distances_mm[surface])

    def field(self, below: _Field, above: _Field | None = None) -> _Field:
        """Values of the neck below and of the head, zero without, above; blended in between."""
        values = self._padded(below, np.float32(0.0))
        if self.head is None:
            return values
        end, overlap = self.neck.points.shape[2], slice(self.first, self.neck.points.shape[2])
        blended = values[..., overlap] * (1.0 - self._weight)
        if above is not None:
            values[..., end:] = above[..., end - self.first :]
            blended += above[..., : end - self.first] * self._weight
        values[..., overlap] = blended
        return values

    def _padded(self, below: _Field, outside: np.float32) -> _Field:
        values = np.full(self.grid.shape, outside, dtype=np.float32)
        values[..., : below.shape[2]] = below
        return values

    @cached_property
    def _weight(self) -> _Field:
        """Share of the head's part where both parts are given."""
        assert self.head is not None
        y, z = (axis[..., self.first :] for axis in self.neck.points.axes[1:])
        forward = np.clip((-25.0 - y) / 15.0, 0.0, 1.0)
        seam = _SEAM_MM[0] + (_SEAM_MM[1] - _SEAM_MM[0]) * forward
        above = np.clip(0.5 + (z - seam) / _SEAM_WIDTH_MM, 0.0, 1.0)
        brain = self.head.distances_mm[Surface.BRAIN][..., : above.shape[2]]
        weight: _Field = np.maximum(above, np.clip((9.0 - brain) / 3.0, 0.0, 1.0)).astype(np.float32)
        return weight
