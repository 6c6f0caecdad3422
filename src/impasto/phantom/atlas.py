"""The average head as fields on one lattice: distances to the surfaces of everything around the template's brain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.atlas import organs
from impasto.core.atlas.membranes import falx_distance_mm
from impasto.core.atlas.solids import smooth_minimum, union_distance_mm
from impasto.core.atlas.template import BrainTemplate, brain_template
from impasto.core.grid import Grid
from impasto.phantom import face, skull

__all__ = ["HeadAtlas", "Surface", "head_atlas"]

_SPACING_MM = 2.0
_HALF = Grid.axis_aligned((50, 128, 128), (_SPACING_MM,) * 3, (0.0, -124.0, -152.0))
_CLOSED_GAP_MM, _CLOSED_VAULT_GAP_MM = 5.0, 16.0
_SHARPNESS = 2.0
# the template's intensity in pure tissue, and how T1 falls where it is brighter
_T1_OF_GREY, _T1_OF_WHITE, _T1_OF_FLUID = 0.65, 0.875, 0.27
_LOG_T1_PER_INTENSITY = -2.0


class Surface(IntEnum):
    """Last index of :attr:`HeadAtlas.distances_mm`: whose surface the signed distance (negative inside) is to."""

    SKIN = 0
    BRAIN = auto()
    CANAL = auto()
    FACIAL_BONE = auto()
    TEETH = auto()
    AIR = auto()
    CELLS = auto()
    ORBIT = auto()
    EYE = auto()
    LENS = auto()
    OPTIC_NERVE = auto()
    EYE_MUSCLE = auto()
    MUSCLE = auto()
    GLAND = auto()
    VESSEL = auto()
    VENOUS_SINUS = auto()
    FALX = auto()
    BRAINSTEM = auto()
    CHIASM = auto()
    HIPPOCAMPUS = auto()


@dataclass(frozen=True, eq=False)
class HeadAtlas:
    """Everything that all digital heads are warped from.

    Parameters
    ----------
    brain : BrainTemplate
    lattice : Grid
        Axis-aligned, in the template's LPS.
    distances_mm : ndarray of float32, shape (*lattice.shape, len(Surface))
        Signed distance to each surface, cut off some mm away from it. BRAIN is a smooth hull that bridges the sulci.
    brain_fields : ndarray of float32, shape (*brain.grid.shape, 3)
        Share of grey and of white matter as crisp as in one person, and the logarithm of T1 over the tissues' mean.
    """

    brain: BrainTemplate
    lattice: Grid
    distances_mm: NDArray[np.float32]
    brain_fields: NDArray[np.float32]


@lru_cache(maxsize=1)
def head_atlas() -> HeadAtlas:
    """Build the atlas once per process."""
    brain = brain_template()
    hull = _hull_distance_mm(brain)
    canal = union_distance_mm(skull.OPENINGS, _HALF)
    skin = _skin_distance_mm(hull)
    fields = {
        Surface.SKIN: skin,
        Surface.BRAIN: hull,
        Surface.CANAL: canal,
        Surface.FACIAL_BONE: union_distance_mm((*skull.FACIAL_BONES, *skull.SPINE), _HALF, blend_mm=2.0),
        Surface.TEETH: union_distance_mm(skull.TEETH, _HALF),
        Surface.AIR: union_distance_mm(skull.AIR_SPACES, _HALF),
        Surface.CELLS: union_distance_mm(skull.CELLS, _HALF),
        Surface.ORBIT: union_distance_mm(face.ORBITS, _HALF),
        Surface.EYE: union_distance_mm(organs.EYES, _HALF),
        Surface.LENS: union_distance_mm(organs.LENSES, _HALF),
        Surface.OPTIC_NERVE: union_distance_mm(organs.OPTIC_NERVES, _HALF),
        Surface.EYE_MUSCLE: union_distance_mm(face.EYE_MUSCLES, _HALF),
        Surface.MUSCLE: union_distance_mm(face.MUSCLES, _HALF, blend_mm=1.0),
        Surface.GLAND: union_distance_mm(face.GLANDS, _HALF),
        Surface.VESSEL: union_distance_mm(face.VESSELS, _HALF),
        Surface.VENOUS_SINUS: _venous_distance_mm(hull),
        Surface.FALX: falx_distance_mm(_HALF),
        Surface.BRAINSTEM: union_distance_mm(organs.BRAINSTEM, _HALF, blend_mm=4.0),
        Surface.CHIASM: union_distance_mm(organs.CHIASM, _HALF, blend_mm=1.0),
        Surface.HIPPOCAMPUS: union_distance_mm(organs.HIPPOCAMPI, _HALF),
    }
    half = np.stack([fields[surface] for surface in Surface], axis=-1)
    whole = np.ascontiguousarray(np.concatenate([half[:0:-1], half]))
    reach = _SPACING_MM * (_HALF.shape[0] - 1)
    lattice = Grid.axis_aligned(whole.shape[:3], _HALF.spacing_mm, (-reach, *_HALF.origin_mm[1:]))
    return HeadAtlas(brain, lattice, whole, _brain_fields(brain))


def _brain_fields(brain: BrainTemplate) -> NDArray[np.float32]:
    fluid = np.clip(1.0 - brain.grey - brain.white, 0.0, 1.0)
    # an average over many brains is blurred: sharpen it to what one of them shows
    sharp = [share**_SHARPNESS for share in (brain.grey, brain.white, fluid)]
    total = np.maximum(sharp[0] + sharp[1] + sharp[2], 1e-6)
    usual = _T1_OF_GREY * brain.grey + _T1_OF_WHITE * brain.white + _T1_OF_FLUID * fluid
    brighter = np.where(brain.t1 > 0, brain.t1 - usual, 0.0) * (1.0 - fluid)
    return np.stack([sharp[0] / total, sharp[1] / total, _LOG_T1_PER_INTENSITY * brighter], axis=-1).astype(np.float32)


def _hull_distance_mm(brain: BrainTemplate) -> NDArray[np.float32]:
    """Signed distance to the brain with its sulci and cisterns bridged, smoothed, on the half lattice."""
    soft = ndimage.gaussian_filter((brain.t1 > 0).astype(np.float32), 0.7)
    index = brain.grid.index_from_world(_HALF.voxel_centres_mm())
    soft = ndimage.map_coordinates(soft, np.moveaxis(index, -1, 0), order=1)
    # the other half continues the brain: mirror some of it, so that distances near the midline are right
    border = 14
    inside = np.concatenate([soft[border:0:-1], soft]) > 0.5
    away = ndimage.distance_transform_edt(~inside) * _SPACING_MM
    base = ndimage.gaussian_filter(_closed_distance_mm(away, _CLOSED_GAP_MM), 1.2)
    # the vault is smooth and convex, the base follows lobes and cerebellum
    vault = ndimage.gaussian_filter(_closed_distance_mm(away, _CLOSED_VAULT_GAP_MM), 2.2)
    _, y, z = _coordinates(_HALF)
    is_vault = np.clip(np.maximum((z + 14.0) / 14.0, (y - 62.0) / 20.0), 0.0, 1.0)
    smooth: NDArray[np.float32] = (base + is_vault * (vault - base))[border:].astype(np.float32)
    return smooth


def _closed_distance_mm(away_mm: NDArray[np.float64], gap_mm: float) -> NDArray[np.float32]:
    """Signed distance to a solid whose gaps are closed, from the distance outside of it."""
    closed = ndimage.distance_transform_edt(away_mm <= gap_mm) * _SPACING_MM > gap_mm
    closed |= away_mm == 0.0
    outside = ndimage.distance_transform_edt(~closed)
    within = ndimage.distance_transform_edt(closed)
    return np.clip((outside - within) * _SPACING_MM, -40.0, 40.0).astype(np.float32)


def _coordinates(grid: Grid) -> tuple[NDArray[np.float32], ...]:
    """World coordinates of an axis-aligned grid, one broadcastable array per axis."""
    axes = (grid.origin_mm[a] + grid.spacing_mm[a] * np.arange(grid.shape[a]) for a in range(3))
    return np.meshgrid(*(axis.astype(np.float32) for axis in axes), indexing="ij", sparse=True)


def _skin_distance_mm(hull: NDArray[np.float32]) -> NDArray[np.float32]:
    far = 60.0
    head = union_distance_mm(face.FACE, _HALF, reach_mm=far, blend_mm=9.0)
    skin = smooth_minimum(head, ndimage.gaussian_filter(hull, 2.0) - 14.0, 10.0)
    sockets = union_distance_mm(face.EYE_SOCKETS, _HALF, reach_mm=far)
    return -smooth_minimum(-skin, sockets, 5.0)


def _venous_distance_mm(hull: NDArray[np.float32]) -> NDArray[np.float32]:
    """Superior sagittal sinus along the hull in the midline, wider towards the back; the others as drawn."""
    x, y, z = _coordinates(_HALF)
    radius = np.interp(y, (-75.0, 0.0, 100.0), (1.2, 2.8, 4.2)).astype(np.float32)
    sagittal = np.hypot(1.1 * x, hull - 0.5) - radius
    sagittal = np.maximum(sagittal, np.where(y > 0.0, -12.0 - z, -z - 4.0))
    veins: NDArray[np.float32] = np.minimum(sagittal, union_distance_mm(face.VENOUS_SINUSES, _HALF))
    return veins
