"""What surgery leaves: a cavity with fluid that opens to the surface, a thin margin, gliosis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.phantom.anatomy import Tissue
from impasto.phantom.atlas import HeadAtlas, Surface
from impasto.phantom.layers import Head, Ripple
from impasto.phantom.tumour import TumourSite
from impasto.phantom.warp import PatientWarp, sample_fields, world_coordinates

__all__ = ["Cavity", "cavity_distance_mm", "nodule_starts_mm", "resection_cavity"]

_Field = NDArray[np.float32]
_Point = tuple[float, float, float]

_FLAP_RADIUS_MM, _SAW_MM = 26.0, 1.5

_BRAIN = (Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.CSF, Tissue.OEDEMA, Tissue.VESSEL, Tissue.TUMOUR)


@dataclass(frozen=True)
class Cavity:
    """An ellipsoid that opens to the brain's surface.

    Parameters
    ----------
    centre_mm, surface_mm : tuple of 3 floats
        Middle, and the place on the brain's surface where the surgeon entered; LPS in the patient.
    radii_mm : tuple of 3 floats
        Half axes along x, y and z.
    """

    centre_mm: _Point
    surface_mm: _Point
    radii_mm: _Point

    @classmethod
    def drawn(cls, site: TumourSite, atlas: HeadAtlas, warp: PatientWarp, rng: np.random.Generator) -> Cavity:
        """Draw the cavity that is left of a tumour at a site."""
        centre = np.asarray(site.centre_mm)
        out = _outward(site, atlas, warp)
        radii = rng.uniform(11.0, 16.0, size=3)
        surface = centre + out[1] * out[0]
        return cls(_triple(centre), _triple(surface), _triple(radii))


def _outward(site: TumourSite, atlas: HeadAtlas, warp: PatientWarp) -> tuple[FloatArray, float]:
    """Direction and distance from a site to the nearest part of the upper brain's surface."""
    box = Grid.centred((41,) * 3, (3.0,) * 3, site.centre_mm)
    hull = sample_fields(atlas.distances_mm[..., Surface.BRAIN : Surface.BRAIN + 1], atlas.lattice, warp, box)[0]
    offsets = box.voxel_centres_mm() - np.asarray(site.centre_mm)
    # not from below and not across the midline
    outside = (hull > 0.0) & (offsets[..., 2] > -12.0) & (offsets[..., 0] * np.sign(site.centre_mm[0]) > -5.0)
    reached = offsets[outside]
    distance = np.linalg.norm(reached, axis=-1)
    nearest = int(np.argmin(distance))
    return reached[nearest] / distance[nearest], float(distance[nearest])


def nodule_starts_mm(cavity: Cavity, atlas: HeadAtlas, warp: PatientWarp, rng: np.random.Generator) -> FloatArray:
    """Draw where tumour grows again: one or two places in white matter at the edge, away from the surface.

    Returns
    -------
    ndarray, shape (start, 3)
        LPS in the patient.
    """
    directions = rng.normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    centre, radii = np.asarray(cavity.centre_mm), np.asarray(cavity.radii_mm)
    reach = 1.0 / np.linalg.norm(directions / radii, axis=1)
    candidates = centre + directions * (reach + 4.0)[:, None]
    index = np.moveaxis(atlas.brain.grid.index_from_world(warp.template_points_mm(candidates)), -1, 0)
    nearest = np.clip(np.rint(index).astype(int), 0, np.array(atlas.brain.grid.shape)[:, None] - 1)
    white = atlas.brain_fields[nearest[0], nearest[1], nearest[2], 1]
    out = np.asarray(cavity.surface_mm) - centre
    inward = directions @ (out / np.linalg.norm(out)) < 0.2
    good = candidates[(white > 0.8) & inward]
    if not len(good):
        good = candidates[np.argsort(-white)[:2]]
    starts = [good[0]]
    apart = np.linalg.norm(good - good[0], axis=1)
    if rng.random() < 0.5 and apart.max() > 18.0:
        starts.append(good[int(np.argmax(apart > 18.0))])
    return np.asarray(starts)


def resection_cavity(tissues: dict[Tissue, _Field], cavity: Cavity, head: Head, grid: Grid) -> None:
    """Replace brain by the cavity, its enhancing margin and gliosis; changes the mapping."""
    distance = cavity_distance_mm(cavity, grid)
    distance += 1.8 * head.ripples[Ripple.COARSE] + 0.8 * head.ripples[Ripple.MEDIUM]
    per_mm = np.float32(1.0 / max(1.2, min(2.5, float(grid.spacing_mm.mean()))))
    gliosis = np.clip(0.5 + (7.0 + 3.0 * head.ripples[Ripple.BROAD] - distance) * (0.3 * per_mm), 0.0, 1.0)
    for tissue, share in ((Tissue.WHITE_MATTER, 0.9), (Tissue.GREY_MATTER, 0.25)):
        part = tissues[tissue] * gliosis * np.float32(share)
        tissues[tissue] = tissues[tissue] - part
        tissues[Tissue.OEDEMA] = tissues[Tissue.OEDEMA] + part
    margin = np.clip(0.5 + (1.4 - distance) * per_mm, 0.0, 1.0)
    margin *= np.clip(0.2 + 0.4 * head.ripples[Ripple.COARSE], 0.02, 0.6)
    inside = np.clip(0.5 - distance * per_mm, 0.0, 1.0)
    fluid = np.zeros_like(distance)
    granulation = np.zeros_like(distance)
    for tissue in (*_BRAIN, Tissue.NECROSIS):
        taken = tissues[tissue] * inside
        rest = tissues[tissue] - taken
        scar = rest * margin if tissue not in (Tissue.TUMOUR, Tissue.NECROSIS, Tissue.VESSEL) else 0.0 * rest
        tissues[tissue] = rest - scar
        fluid += taken
        granulation += scar
    tissues[Tissue.CAVITY] = fluid
    tissues[Tissue.VESSEL] = tissues[Tissue.VESSEL] + granulation
    cut = _bone_cut(cavity, grid)
    for bone in (Tissue.BONE, Tissue.MARROW):
        opened = tissues[bone] * cut
        tissues[bone] = tissues[bone] - opened
        tissues[Tissue.SOFT_TISSUE] = tissues[Tissue.SOFT_TISSUE] + opened


def cavity_distance_mm(cavity: Cavity, grid: Grid) -> _Field:
    """Signed distance to the ellipsoid joined with a channel to the surface, at the voxel centres of a grid."""
    radii = np.asarray(cavity.radii_mm)
    offset = [axis - np.float32(c) for axis, c in zip(world_coordinates(grid), cavity.centre_mm, strict=True)]
    level = np.sqrt(sum((o / np.float32(r)) ** 2 for o, r in zip(offset, radii, strict=True)))
    along = np.subtract(cavity.surface_mm, cavity.centre_mm)
    projection = sum(o * np.float32(a) for o, a in zip(offset, along, strict=True))
    share = np.clip(projection / np.float32(along @ along), 0.0, 1.2)
    square = sum((o - share * np.float32(a)) ** 2 for o, a in zip(offset, along, strict=True))
    channel = np.sqrt(square) - np.float32(0.65 * radii.min())
    joined: _Field = np.minimum((level - 1.0) * np.float32(radii.mean()), channel)
    return joined


def _bone_cut(cavity: Cavity, grid: Grid) -> _Field:
    """Share of each voxel in the saw's path around the bone flap: a thin cylinder about the way in."""
    way = np.subtract(cavity.surface_mm, cavity.centre_mm)
    way = way / np.linalg.norm(way)
    offset = [axis - np.float32(c) for axis, c in zip(world_coordinates(grid), cavity.surface_mm, strict=True)]
    along = sum(o * np.float32(w) for o, w in zip(offset, way, strict=True))
    across = np.sqrt(np.maximum(sum(o**2 for o in offset) - along**2, 0.0))
    # wide beside the voxels, so that it stays visible
    half_width = 0.5 * max(_SAW_MM, float(grid.spacing_mm.min()))
    cut = np.clip(1.5 - np.abs(across - _FLAP_RADIUS_MM) / half_width, 0.0, 1.0)
    return np.where((along > -18.0) & (along < 25.0), cut, np.float32(0.0)).astype(np.float32)


def _triple(point: FloatArray) -> _Point:
    return (float(point[0]), float(point[1]), float(point[2]))
