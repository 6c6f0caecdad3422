"""What fills each voxel of a healthy head and neck: the average brain's head above, solids of the neck below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from impasto.core.atlas.solids import Ellipsoid, smooth_minimum
from impasto.core.grid import Grid
from impasto.phantom import face, neck_bones, neck_soft_parts, skull
from impasto.phantom.anatomy import Tissue
from impasto.phantom.atlas import HeadAtlas, Surface
from impasto.phantom.layers import Painter, Ripple, patient_ripples
from impasto.phantom.neck_frame import warped_points
from impasto.phantom.neck_shapes import NeckSolid, WarpedPoints
from impasto.phantom.warp import PatientWarp, sample_fields

__all__ = ["HealthyNeck", "NeckIrregularities", "Region", "neck_irregularities", "neck_layers", "skin_distance_mm"]

_Field = NDArray[np.float32]

_RIPPLE_LATTICE = Grid.axis_aligned((200, 128, 124), (2.0, 2.0, 2.0), (-200.0, -126.0, -276.0))
_NODES_A_SIDE = 22
_DRAWN_IN_MM = 7.0


class Region(StrEnum):
    """Regions whose distance is kept because a clinic draws them or a tracer goes there."""

    SKIN = "skin"
    BONE = "bone"
    AIR = "air"
    CORD = "cord"
    BRAINSTEM = "brainstem"
    MANDIBLE = "mandible"
    PAROTID = "parotid"
    SUBMANDIBULAR = "submandibular"
    LYMPHOID = "lymphoid"
    LARYNX = "larynx"
    ORAL_CAVITY = "oral cavity"
    OESOPHAGUS = "oesophagus"
    ELECTIVE = "elective neck"


@dataclass(frozen=True, eq=False)
class NeckIrregularities:
    """What makes one neck unlike another besides its shape, in the template.

    Parameters
    ----------
    ripples : ndarray of float32, shape (*lattice, 5)
        Random fields, see :class:`~impasto.phantom.layers.Ripple`.
    nodes : tuple of Ellipsoid
        Normal lymph nodes, of both sides.
    """

    ripples: _Field
    nodes: tuple[Ellipsoid, ...]


@dataclass(frozen=True, eq=False)
class HealthyNeck:
    """Neck, face and lower head without a tumour.

    Parameters
    ----------
    tissues : dict of Tissue to ndarray of float32
        Shares that sum to one.
    points : WarpedPoints
    ripples : ndarray of float32, shape (5, *shape)
    distances_mm : mapping of Region to ndarray of float32
        Signed, negative inside, cut off some mm away.
    """

    tissues: dict[Tissue, _Field]
    points: WarpedPoints
    ripples: _Field
    distances_mm: Mapping[Region, _Field]


def neck_irregularities(rng: np.random.Generator) -> NeckIrregularities:
    """Draw a patient's irregularities."""
    ripples = patient_ripples(_RIPPLE_LATTICE, rng)
    nodes = []
    for side in (-1.0, 1.0):
        for z in rng.uniform(-215.0, -90.0, _NODES_A_SIDE):
            # along the jugular vein and in the fat behind it
            x, y = 41.0 + rng.normal(0.0, 4.0), float(np.interp(z, (-215, -90), (6, 20))) + rng.normal(4.0, 9.0)
            size = rng.uniform(1.8, 3.6)
            radii = (size, size * rng.uniform(1.0, 1.5), size * rng.uniform(1.1, 1.9))
            nodes.append(Ellipsoid((side * float(x), float(y), float(z)), radii))
        nodes.append(Ellipsoid((side * 38.0, 6.0, -108.0), (4.5, 6.5, 9.0)))
    return NeckIrregularities(ripples, tuple(nodes))


def skin_distance_mm(points: WarpedPoints, atlas: HeadAtlas, warp: PatientWarp, grid: Grid) -> _Field:
    """Signed distance to the skin of head, neck and shoulders, negative inside."""
    head = sample_fields(np.ascontiguousarray(atlas.distances_mm[..., :1]), atlas.lattice, warp, grid)[0]
    # the head's lower end is stout: its front, and the throat, are drawn in
    _, y, z = points.axes
    drawn_in = np.clip((-114.0 - z) / 24.0, 0.0, 1.0) * np.clip((45.0 - y) / 50.0, 0.0, 1.0)
    shoulders = points.union_mm(neck_soft_parts.SHOULDERS, reach_mm=40.0, blend_mm=18.0)
    jaw = points.union_mm(neck_soft_parts.JAW, reach_mm=20.0)
    face = smooth_minimum(head + np.float32(_DRAWN_IN_MM) * drawn_in, jaw, 7.0)
    return smooth_minimum(face, shoulders, 22.0)


def neck_layers(atlas: HeadAtlas, warp: PatientWarp, irregular: NeckIrregularities, grid: Grid) -> HealthyNeck:
    """Fill the voxels of a grid below the orbits.

    Parameters
    ----------
    atlas : HeadAtlas
    warp : PatientWarp
        See :func:`~impasto.phantom.neck_frame.neck_warp`.
    irregular : NeckIrregularities
    grid : Grid

    Returns
    -------
    HealthyNeck
        Without brain and orbits, which :func:`~impasto.phantom.layers.head_layers` fills.
    """
    points = warped_points(warp, grid)
    ripples = sample_fields(irregular.ripples, _RIPPLE_LATTICE, warp, grid)
    distances = _distances(points, atlas, warp, grid)
    painter = Painter(grid)
    painter.paint(Tissue.AIR, 1.0 - painter.within(distances[Region.SKIN]))
    _air_spaces(painter, points, distances, ripples)
    canal = painter.take(painter.within(points.union_mm(neck_bones.CANAL)))
    cord = painter.within(distances[Region.CORD])
    painter.give(Tissue.WHITE_MATTER, canal * cord)
    painter.give(Tissue.CSF, canal * (1.0 - cord))
    vessels = (*neck_soft_parts.VESSELS, *neck_soft_parts.VEINS)
    painter.paint(Tissue.VESSEL, painter.within(points.union_mm(vessels)))
    _bones(painter, points, distances, ripples)
    _organs(painter, points, distances, ripples)
    _soft_parts(painter, points, distances, ripples, irregular)
    return HealthyNeck(painter.tissues, points, ripples, distances)


def _distances(points: WarpedPoints, atlas: HeadAtlas, warp: PatientWarp, grid: Grid) -> dict[Region, _Field]:
    stem = np.ascontiguousarray(atlas.distances_mm[..., [Surface.BRAINSTEM]])
    mandible = points.union_mm(neck_bones.MANDIBLE, reach_mm=8.0, blend_mm=2.0)
    others = (*neck_bones.FACE_BONES[:21], *neck_bones.CERVICAL_BONES, *neck_bones.SHOULDER_BONES)
    bone = np.minimum(points.union_mm(others, reach_mm=8.0, blend_mm=1.5), mandible)
    drawn: dict[Region, tuple[NeckSolid, ...]] = {
        Region.CORD: neck_bones.CORD,
        Region.SUBMANDIBULAR: neck_soft_parts.SUBMANDIBULAR,
        Region.LYMPHOID: (*neck_soft_parts.TONSILS, *neck_soft_parts.SUBMUCOSAL_LYMPHOID),
        Region.LARYNX: neck_soft_parts.LARYNX,
        Region.ORAL_CAVITY: neck_soft_parts.ORAL_CAVITY,
        Region.ELECTIVE: neck_soft_parts.ELECTIVE_NECK,
    }
    distances = {region: points.union_mm(solids, blend_mm=2.0) for region, solids in drawn.items()}
    distances[Region.PAROTID] = points.union_mm(neck_soft_parts.PAROTID, blend_mm=4.0)
    distances[Region.OESOPHAGUS] = points.union_mm(neck_soft_parts.OESOPHAGUS, both_sides=False)
    distances[Region.SKIN] = skin_distance_mm(points, atlas, warp, grid)
    distances[Region.BRAINSTEM] = sample_fields(stem, atlas.lattice, warp, grid)[0]
    distances[Region.MANDIBLE] = mandible
    distances[Region.BONE] = bone
    airway = points.union_mm(neck_bones.AIRWAY, reach_mm=8.0, blend_mm=2.0)
    distances[Region.AIR] = np.minimum(airway, points.union_mm(neck_bones.NASAL_AIR, reach_mm=8.0))
    return distances


def _air_spaces(painter: Painter, points: WarpedPoints, distances: Mapping[Region, _Field], ripples: _Field) -> None:
    painter.paint(Tissue.SOFT_TISSUE, painter.within(points.union_mm(neck_bones.EPIGLOTTIS)))
    mucosa = 0.5 * np.clip(ripples[Ripple.COARSE], -1.0, 1.5)
    painter.paint(Tissue.AIR, painter.within(distances[Region.AIR] + mucosa))
    cells = painter.take(painter.within(points.union_mm(skull.CELLS)))
    painter.split(cells, np.clip(1.1 + 1.6 * ripples[Ripple.FINE], 0.0, 1.0), Tissue.AIR, Tissue.BONE)
    lung = painter.take(painter.within(points.union_mm(neck_bones.LUNGS)))
    aerated = np.clip(0.82 + 0.06 * ripples[Ripple.MEDIUM], 0.5, 0.95)
    painter.split(lung, aerated, Tissue.AIR, Tissue.SOFT_TISSUE)


def _bones(painter: Painter, points: WarpedPoints, distances: Mapping[Region, _Field], ripples: _Field) -> None:
    painter.paint(Tissue.BONE, painter.within(points.union_mm(skull.TEETH)))
    outer = distances[Region.BONE]
    bone = painter.take(painter.within(outer))
    # the mandible's cortex is thick, a vertebra's thin
    table = 1.25 + 0.3 * ripples[Ripple.COARSE] + np.clip(-distances[Region.MANDIBLE], 0.0, 1.3)
    marrow = painter.within(outer + table) * np.clip(0.86 + 0.22 * ripples[Ripple.FINE], 0.3, 1.0)
    painter.split(bone, marrow, Tissue.MARROW, Tissue.BONE)
    painter.paint(Tissue.SOFT_TISSUE, painter.within(points.union_mm(neck_bones.DISCS)))
    cartilage = painter.take(painter.within(points.union_mm(neck_bones.CARTILAGES)))
    ossified = np.clip(0.16 + 0.2 * ripples[Ripple.MEDIUM], 0.02, 0.7)
    painter.split(cartilage, ossified, Tissue.BONE, Tissue.SOFT_TISSUE)


def _organs(painter: Painter, points: WarpedPoints, distances: Mapping[Region, _Field], ripples: _Field) -> None:
    painter.paint(Tissue.SOFT_TISSUE, painter.within(distances[Region.LYMPHOID]))
    lumen = points.union_mm(neck_soft_parts.OESOPHAGUS_LUMEN, both_sides=False)
    painter.paint(Tissue.AIR, 0.7 * painter.within(lumen - 0.5 * ripples[Ripple.COARSE]))
    painter.paint(Tissue.SOFT_TISSUE, painter.within(distances[Region.OESOPHAGUS]))
    painter.paint(Tissue.SOFT_TISSUE, painter.within(points.union_mm(neck_soft_parts.CONSTRICTORS)))
    painter.paint(Tissue.GLAND, painter.within(points.union_mm(face.GLANDS[4:])))
    painter.paint(Tissue.SOFT_TISSUE, painter.within(distances[Region.AIR] - 1.6))
    thyroid = painter.take(painter.within(points.union_mm(neck_soft_parts.THYROID, blend_mm=2.0)))
    # iodine makes the thyroid as dense as if it held some bone
    painter.split(thyroid, np.full_like(thyroid, 0.95), Tissue.GLAND, Tissue.BONE)
    inside = painter.within(np.maximum(distances[Region.PAROTID], distances[Region.SKIN] + 4.5))
    lobules = np.clip(0.66 + 0.16 * ripples[Ripple.MEDIUM] + 0.12 * ripples[Ripple.FINE], 0.2, 1.0)
    painter.split(painter.take(inside), lobules, Tissue.GLAND, Tissue.FAT)
    inside = painter.within(np.maximum(distances[Region.SUBMANDIBULAR], distances[Region.SKIN] + 4.5))
    painter.split(painter.take(inside), np.clip(lobules + 0.2, 0.0, 1.0), Tissue.GLAND, Tissue.FAT)


def _soft_parts(
    painter: Painter,
    points: WarpedPoints,
    distances: Mapping[Region, _Field],
    ripples: _Field,
    irregular: NeckIrregularities,
) -> None:
    depth = -distances[Region.SKIN]
    painter.paint(Tissue.SOFT_TISSUE, 1.0 - painter.within(1.7 - depth))
    # fat under the skin: thick at the nape and over the shoulders, thin before the larynx
    low = np.clip((-105.0 - points.axes[2]) / 60.0, 0.0, 1.0)
    behind = np.clip((points.axes[1] - 10.0) / 60.0, 0.0, 1.0)
    fat = (5.0 - 1.5 * low + 4.5 * low * behind) * (1.0 + 0.2 * ripples[Ripple.BROAD])
    painter.paint(Tissue.FAT, 1.0 - painter.within(1.7 + fat - depth))
    painter.paint(Tissue.SOFT_TISSUE, painter.within(points.union_mm(irregular.nodes, both_sides=False)))
    muscle = points.parted_mm(neck_soft_parts.MUSCLES, gap_mm=0.55)
    belly = painter.take(painter.within(muscle + 0.25 * ripples[Ripple.COARSE]))
    streaks = np.clip(1.2 - 5.0 * np.abs(ripples[Ripple.COARSE]), 0.0, 1.0)
    painter.split(belly, 1.0 - 0.12 * streaks, Tissue.SOFT_TISSUE, Tissue.FAT)
    # what is left are spaces of fat with strands, small vessels and fasciae; the floor of the mouth is firmer
    floor = painter.within(points.union_mm(neck_soft_parts.FLOOR_OF_MOUTH))
    lines = np.hypot(ripples[Ripple.MEDIUM], ripples[Ripple.OTHER_MEDIUM])
    strands = np.clip(0.08 + np.clip(0.9 - 2.4 * lines, 0.0, 0.75) + 0.7 * floor, 0.0, 0.95)
    painter.split(painter.take(np.ones_like(depth)), strands, Tissue.SOFT_TISSUE, Tissue.FAT)
