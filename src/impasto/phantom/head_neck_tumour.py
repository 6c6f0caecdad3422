"""Oropharyngeal tumours of digital patients: a primary and a lymph node, their cells and their dead middles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.atlas.solids import Ellipsoid
from impasto.phantom.anatomy import Tissue
from impasto.phantom.layers import Ripple
from impasto.phantom.neck_shapes import WarpedPoints

__all__ = ["Grown", "Lesion", "Lesions", "drawn_lesions", "grown", "host_share", "implanted"]

_Field = NDArray[np.float32]
_Point = tuple[float, float, float]

_REACH_MM = 18.0
_INFILTRATION_MM = 2.5
_REPLACED = (
    Tissue.SOFT_TISSUE,
    Tissue.FAT,
    Tissue.GLAND,
    Tissue.AIR,
)


@dataclass(frozen=True)
class Lesion:
    """A tumour in the template.

    Parameters
    ----------
    centre_mm, radii_mm : (float, float, float)
    ripple_mm : float
        How irregular its border is.
    dead_share : float
        Size of the necrotic middle relative to the lesion, 0 to 1.
    dead_offset_mm : (float, float, float)
    """

    centre_mm: _Point
    radii_mm: _Point
    ripple_mm: float
    dead_share: float
    dead_offset_mm: _Point


@dataclass(frozen=True)
class Lesions:
    """A patient's disease: the primary's site, and both lesions on one side (+1 left, -1 right)."""

    site: str
    side: int
    primary: Lesion
    node: Lesion


@dataclass(frozen=True, eq=False)
class Grown:
    """A lesion in a patient's voxels.

    Parameters
    ----------
    share : ndarray of float32
        Of each voxel, necrosis included.
    dead : ndarray of float32
        Of it that is necrotic, 0 to 1.
    cells : ndarray of float32
        Density of tumour cells before treatment, also beyond the visible border.
    """

    share: _Field
    dead: _Field
    cells: _Field


def drawn_lesions(template_scale: float, rng: np.random.Generator) -> Lesions:
    """Draw a tumour of tonsil or tongue base (stage T2 to T3) and a node at level II on its side."""
    side = int(rng.choice([-1, 1]))
    site = str(rng.choice(["tonsil", "base of tongue"]))
    middle = (18.0, -8.0, -100.0) if site == "tonsil" else (9.0, -19.0, -112.0)
    primary = _lesion(middle, float(np.exp(rng.normal(np.log(16.0), 0.35))), side, template_scale, rng, 0.3)
    node = _lesion((41.0, 14.0, -112.0), float(np.exp(rng.normal(np.log(9.0), 0.4))), side, template_scale, rng, 0.5)
    return Lesions(site, side, primary, node)


def grown(lesion: Lesion, points: WarpedPoints, ripples: _Field) -> Grown:
    """Lesion, its necrosis and its cells at a patient's voxel centres."""
    shape = points.shape
    share, dead, cells = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    solid = Ellipsoid(lesion.centre_mm, lesion.radii_mm)
    low, high = solid.bounds_mm()
    box = points.box(low - _REACH_MM, high + _REACH_MM)
    if box is None:
        return Grown(share, dead, cells)
    coarse, medium = ripples[Ripple.COARSE][box], ripples[Ripple.MEDIUM][box]
    where = [axis[box] for axis in points.axes]
    ripple = np.float32(lesion.ripple_mm) * (0.8 * coarse + 0.4 * medium)
    front = solid.distance_mm(where[0], where[1], where[2]) + ripple
    share[box] = np.clip(0.5 - front / 1.8, 0.0, 1.0)
    radii = tuple(max(lesion.dead_share * r, 1.0) for r in lesion.radii_mm)
    middle = tuple(c + o for c, o in zip(lesion.centre_mm, lesion.dead_offset_mm, strict=True))
    core = Ellipsoid((middle[0], middle[1], middle[2]), (radii[0], radii[1], radii[2]))
    within = core.distance_mm(where[0], where[1], where[2]) + 0.6 * ripple
    dead[box] = np.clip(0.5 - within / 2.0, 0.0, 1.0)
    density = np.clip(0.82 + 0.16 * coarse + 0.08 * medium, 0.35, 1.0)
    cells[box] = density * np.where(front < 0.0, 1.0, 0.5 * np.exp(-np.maximum(front, 0.0) / _INFILTRATION_MM))
    return Grown(share, dead, cells)


def implanted(tissues: dict[Tissue, _Field], lesion: Grown) -> None:
    """Put a lesion in place of soft parts, and of air that it grows into; changes the mapping."""
    solid = np.zeros_like(lesion.share)
    for tissue in _REPLACED:
        part = tissues[tissue] * lesion.share
        tissues[tissue] = tissues[tissue] - part
        solid += part
    zero = np.zeros_like(solid)
    tissues[Tissue.NECROSIS] = tissues.get(Tissue.NECROSIS, zero) + solid * lesion.dead
    tissues[Tissue.TUMOUR] = tissues.get(Tissue.TUMOUR, zero) + solid * (1.0 - lesion.dead)


def host_share(tissues: Mapping[Tissue, _Field]) -> _Field:
    """Share of each voxel in which tumour cells can live."""
    homes = (Tissue.SOFT_TISSUE, Tissue.FAT, Tissue.GLAND, Tissue.TUMOUR, Tissue.NECROSIS)
    share: _Field = np.sum([tissues[tissue] for tissue in homes], axis=0)
    return share


def _lesion(
    middle: _Point, volume_ml: float, side: int, scale: float, rng: np.random.Generator, dead_share: float
) -> Lesion:
    radius = scale * float((3000.0 * volume_ml / (4.0 * np.pi)) ** (1.0 / 3.0))
    shape = np.exp(rng.normal(0.0, 0.12, size=3))
    shape /= shape.prod() ** (1.0 / 3.0)
    shape[2] *= 1.12
    centre = np.asarray(middle) + rng.normal(0.0, 2.0, size=3)
    radii = radius * shape
    offset = rng.normal(0.0, 0.12, size=3) * radii
    return Lesion(
        (side * float(centre[0]), float(centre[1]), float(centre[2])),
        (float(radii[0]), float(radii[1]), float(radii[2])),
        ripple_mm=float(rng.uniform(1.0, 2.0)),
        dead_share=dead_share * float(rng.uniform(0.6, 1.2)),
        dead_offset_mm=(float(offset[0]), float(offset[1]), float(offset[2])),
    )
