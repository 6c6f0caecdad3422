"""Digital patients for radiosurgery: head, brain, and a recurrent glioma of a wanted volume in three zones. No signals.

Much cheaper than a patient with scans: only surfaces and masks are made, of the same heads, sites and growth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure, StructureSet
from impasto.phantom.atlas import HeadAtlas, Surface, head_atlas
from impasto.phantom.cavity import Cavity, cavity_distance_mm, nodule_starts_mm
from impasto.phantom.tumour import choose_site, growth_box, growth_times
from impasto.phantom.warp import PatientWarp, random_warp, sample_fields, smooth_lattice

__all__ = ["ZONES", "ZonedGlioma", "zoned_glioma"]

ZONES = ("aggressive", "penumbra", "passive")

_Field = NDArray[np.float32]

_HEAD = Grid.axis_aligned((90, 120, 110), (2.0, 2.0, 2.0), (-89.0, -121.0, -120.0))
_TUMOUR_SPACING_MM = 1.0
_IRREGULARITY_MM = 7.0
_COLOURS = ((214, 39, 40), (249, 115, 22), (234, 179, 8))
# shares of the tumour: assumed, for none is published
_AGGRESSIVE_SHARE, _PENUMBRA_SHARE = (0.2, 0.45), (0.2, 0.35)


@dataclass(frozen=True, eq=False)
class ZonedGlioma:
    """A digital patient without scans.

    Parameters
    ----------
    drawing : Image
        Greys by which pictures show skin, skull, brain, cavity and tumour: a drawing, no simulated signal.
    structures : StructureSet
        EXTERNAL, "Brain" (the tumour with it), "Cavity", "Tumour" and its three zones.
    lobe : str
    """

    drawing: Image
    structures: StructureSet
    lobe: str


def zoned_glioma(volume_ml: float, seed: int) -> ZonedGlioma:
    """Build a recurrent glioma at the edge of its resection cavity, divided into zones.

    The front of growth gives the tumour, cut where it has the wanted volume. Zones are what a smooth random field and
    the way from where growth began order first, next and last: compact, off the centre, of a random share each.

    Parameters
    ----------
    volume_ml : float
        Of the tumour, 1 to 60 ml.
    seed : int
        Decides everything else.

    Raises
    ------
    ImpastoError
        When the volume is not 1 to 60 ml.
    """
    if not 1.0 <= volume_ml <= 60.0:
        raise ImpastoError("tumour", f"a volume of {volume_ml:g} ml", "choose 1 to 60 ml")
    rng = np.random.default_rng([seed, 12])
    atlas = head_atlas()
    warp = random_warp(atlas, rng)
    site = choose_site(atlas, warp, rng)
    cavity = Cavity.drawn(site, atlas, warp, rng)
    starts = nodule_starts_mm(cavity, atlas, warp, rng)[:1]
    box = growth_box(starts[0].tolist())
    removed = np.clip(0.5 - 0.5 * cavity_distance_mm(cavity, box), 0.0, 1.0)
    travel = growth_times(atlas, warp, starts, box, rng, removed.astype(np.float32))
    tumour, way_mm, grid = _tumour(travel, box, volume_ml)
    zones = _zones(tumour, way_mm, rng)
    structures = _structures(atlas, warp, cavity, tumour, zones, grid)
    return ZonedGlioma(_drawing(structures), structures, site.lobe)


def _tumour(travel: _Field, box: Grid, volume_ml: float) -> tuple[BoolArray, FloatArray, Grid]:
    """Voxels that the front went through first, as many as fill the volume, without holes; and its way there."""
    grid = box.with_spacing(_TUMOUR_SPACING_MM)
    index = np.moveaxis(box.index_from_world(grid.voxel_centres_mm()), -1, 0)
    way = ndimage.map_coordinates(np.minimum(travel, 400.0), index, order=1, mode="nearest")
    count = round(volume_ml / grid.voxel_volume_ml)
    # islands and holes change the count: cut where the volume is met without them
    wanted, inside = count, np.zeros(grid.shape, dtype=bool)
    for _ in range(4):
        front = np.partition(way.ravel(), wanted)[wanted]
        inside = _whole(way < front)
        wanted += count - int(inside.sum())
    found = np.argwhere(inside)
    low, high = found.min(axis=0) - 2, found.max(axis=0) + 3
    part = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return inside[part], way[part], grid.cropped(low.tolist(), high.tolist())


def _whole(mask: BoolArray) -> BoolArray:
    parts, _ = ndimage.label(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_fill_holes(parts == int(np.argmax(sizes))))


def _zones(tumour: BoolArray, way_mm: FloatArray, rng: np.random.Generator) -> list[BoolArray]:
    field = smooth_lattice(tumour.shape, _IRREGULARITY_MM / _TUMOUR_SPACING_MM, rng)
    score = field - 1.5 * way_mm / way_mm[tumour].max()
    aggressive = rng.uniform(*_AGGRESSIVE_SHARE)
    penumbra = rng.uniform(*_PENUMBRA_SHARE)
    low, high = np.quantile(score[tumour], [1.0 - aggressive - penumbra, 1.0 - aggressive])
    return [tumour & (score >= high), tumour & (score >= low) & (score < high), tumour & (score < low)]


def _structures(
    atlas: HeadAtlas, warp: PatientWarp, cavity: Cavity, tumour: BoolArray, zones: list[BoolArray], grid: Grid
) -> StructureSet:
    surfaces = [Surface.SKIN, Surface.BRAIN]
    skin, hull = sample_fields(np.ascontiguousarray(atlas.distances_mm[..., surfaces]), atlas.lattice, warp, _HEAD)
    per_mm = 1.0 / float(_HEAD.spacing_mm.mean())
    whole = Structure.from_mask("Tumour", Role.GTV, tumour, grid)
    brain = np.clip(0.5 - hull * per_mm, 0.0, 1.0)
    hole = np.minimum(np.clip(0.5 - cavity_distance_mm(cavity, _HEAD) * per_mm, 0.0, 1.0), brain)
    # nearest voxels of the tumour, so that all of it counts as brain
    brain = np.maximum(brain, whole.occupancy(_HEAD))
    drawn = [
        Structure.from_mask("EXTERNAL", Role.EXTERNAL, np.clip(0.5 - skin * per_mm, 0.0, 1.0), _HEAD),
        Structure.from_mask("Brain", Role.ORGAN, brain, _HEAD),
        Structure.from_mask("Cavity", Role.CAVITY, hole * (1.0 - whole.occupancy(_HEAD)), _HEAD),
        whole,
    ]
    for name, zone, colour in zip(ZONES, zones, _COLOURS, strict=True):
        mask = Image(zone.astype(np.float32), grid, "occupancy", "1")
        drawn.append(Structure(name, Role.GTV, mask=mask, colour=colour))
    return StructureSet(tuple(drawn))


def _drawing(structures: StructureSet) -> Image:
    """Grey scalp, dark skull, grey brain, dark cavity, bright tumour: like a T1-weighted image with contrast agent."""
    external, brain = (structures[name].occupancy(_HEAD) for name in ("EXTERNAL", "Brain"))
    cavity, tumour = (structures[name].occupancy(_HEAD) for name in ("Cavity", "Tumour"))
    away_mm = ndimage.distance_transform_edt(brain < 0.5, sampling=_HEAD.spacing_mm)
    skull = (away_mm > 1.0) & (away_mm < 8.0)
    grey = np.where(skull, 60.0, 220.0) * external * (1.0 - brain)
    grey += brain * (150.0 * (1.0 - cavity - tumour) + 40.0 * cavity + 280.0 * tumour)
    return Image(grey.astype(np.float32), _HEAD, "drawing of a head", "1")
