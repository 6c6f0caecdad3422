"""What fills each voxel of a healthy head: surfaces of the atlas laid over each other from the outside in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.grid import Grid
from impasto.phantom.anatomy import Tissue
from impasto.phantom.atlas import HeadAtlas, Surface
from impasto.phantom.warp import PatientWarp, sample_fields, smooth_lattice

__all__ = ["Head", "Painter", "Ripple", "head_layers", "patient_ripples"]

_Field = NDArray[np.float32]
_TILE = 64
_CORRELATIONS = (7.0, 3.0, 1.5, 1.5, 0.75)
_SUBARACHNOID_GAP_MM = 1.5


class Ripple:
    """First index of the random fields that make a head irregular, by their correlation."""

    BROAD, COARSE, MEDIUM, OTHER_MEDIUM, FINE = range(5)


@dataclass(frozen=True, eq=False)
class Head:
    """A healthy head on a patient's grid.

    Parameters
    ----------
    tissues : mapping of Tissue to ndarray of float32
        Shares that sum to one.
    distances_mm : ndarray of float32, shape (len(Surface), *grid.shape)
        Signed distance to each surface of the atlas.
    ripples : ndarray of float32, shape (5, *grid.shape)
        Random fields of unit variance, see :class:`Ripple`.
    t1_texture : ndarray of float32
    """

    tissues: Mapping[Tissue, _Field]
    distances_mm: _Field
    ripples: _Field
    t1_texture: _Field


def patient_ripples(lattice: Grid, rng: np.random.Generator) -> _Field:
    """Random fields of several correlations on the atlas' lattice, periodic, shape (*lattice.shape, 5)."""
    tiles = np.stack([smooth_lattice((_TILE,) * 3, correlation, rng) for correlation in _CORRELATIONS], axis=-1)
    wrapped = np.ix_(*(np.arange(n) % _TILE for n in lattice.shape))
    return np.ascontiguousarray(tiles[wrapped])


def head_layers(atlas: HeadAtlas, warp: PatientWarp, grid: Grid, rng: np.random.Generator) -> Head:
    """Fill the voxels of a grid with a healthy head.

    Parameters
    ----------
    atlas : HeadAtlas
    warp : PatientWarp
    grid : Grid
    rng : Generator
        Decides irregularities: thickness of bone, fat and mucosa, small vessels, air cells.

    Returns
    -------
    Head
    """
    distances = sample_fields(atlas.distances_mm, atlas.lattice, warp, grid)
    ripples = sample_fields(patient_ripples(atlas.lattice, rng), atlas.lattice, warp, grid)
    brain = sample_fields(atlas.brain_fields, atlas.brain.grid, warp, grid)
    painter = Painter(grid)
    gap = np.float32(_SUBARACHNOID_GAP_MM) + np.float32(0.6) * ripples[Ripple.BROAD]
    np.maximum(gap, 0.6, out=gap)
    cranium = np.minimum(distances[Surface.BRAIN] - gap, distances[Surface.CANAL])
    _outer_air(painter, distances)
    _intracranial(painter, distances, ripples, brain, cranium)
    _orbit(painter, distances)
    _bone(painter, distances, ripples, gap)
    _soft_parts(painter, distances, ripples)
    return Head(painter.tissues, distances, ripples, brain[2])


class Painter:
    """Hands out what is left of each voxel, layer by layer, so that shares sum to one."""

    def __init__(self, grid: Grid) -> None:
        self.left: _Field = np.ones(grid.shape, dtype=np.float32)
        self.tissues: dict[Tissue, _Field] = {}
        self._per_mm = np.float32(1.0 / min(float(grid.spacing_mm.mean()), 2.5))

    def within(self, distance_mm: _Field) -> _Field:
        """Share of a voxel inside a surface."""
        share: _Field = np.clip(np.float32(0.5) - distance_mm * self._per_mm, 0.0, 1.0)
        return share

    def take(self, share: _Field) -> _Field:
        """Take a share of what is left."""
        part: _Field = self.left * share
        self.left -= part
        return part

    def give(self, tissue: Tissue, part: _Field) -> None:
        """Add a part that was taken to a tissue."""
        if tissue in self.tissues:
            self.tissues[tissue] += part
        else:
            self.tissues[tissue] = part

    def paint(self, tissue: Tissue, share: _Field) -> None:
        """Fill a share of what is left with a tissue."""
        self.give(tissue, self.take(share))

    def split(self, part: _Field, share: _Field, tissue: Tissue, other: Tissue) -> None:
        """Divide a part that was taken between two tissues."""
        first = part * share
        self.give(tissue, first)
        self.give(other, part - first)


def _outer_air(painter: Painter, distances: _Field) -> None:
    painter.paint(Tissue.AIR, 1.0 - painter.within(distances[Surface.SKIN]))
    # air spaces next to the brain keep a wall of bone
    painter.paint(Tissue.AIR, painter.within(np.maximum(distances[Surface.AIR], 3.5 - distances[Surface.BRAIN])))


def _intracranial(painter: Painter, distances: _Field, ripples: _Field, brain: _Field, cranium: _Field) -> None:
    painter.paint(Tissue.VESSEL, painter.within(distances[Surface.VESSEL]))
    inside = painter.take(painter.within(cranium))
    cord = painter.within(distances[Surface.CANAL] + 4.5) * painter.within(brain[0] + brain[1] - 0.3)
    white = np.maximum(brain[1], 0.7 * cord)
    grey = np.minimum(np.maximum(brain[0], 0.3 * cord), 1.0 - white)
    fluid = np.maximum(1.0 - grey - white, 0.0)
    # where two random fields vanish together there are winding lines: small vessels in the subarachnoid space
    lines = np.hypot(ripples[Ripple.MEDIUM], ripples[Ripple.OTHER_MEDIUM])
    vessels = np.clip(1.4 - 7.0 * lines, 0.0, 0.8) * fluid * (distances[Surface.BRAIN] > -14.0)
    vessels = np.maximum(vessels, painter.within(distances[Surface.VENOUS_SINUS]))
    falx = 0.7 * painter.within(distances[Surface.FALX]) * fluid
    vessels = np.maximum(vessels, falx)
    painter.give(Tissue.VESSEL, inside * vessels)
    inside = inside * (1.0 - vessels)
    painter.give(Tissue.GREY_MATTER, inside * grey)
    painter.give(Tissue.WHITE_MATTER, inside * white)
    painter.give(Tissue.CSF, inside * fluid)


def _orbit(painter: Painter, distances: _Field) -> None:
    painter.paint(Tissue.LENS, painter.within(distances[Surface.LENS]))
    eye = distances[Surface.EYE]
    painter.paint(Tissue.EYE, painter.within(eye + 0.8))
    painter.paint(Tissue.SOFT_TISSUE, painter.within(eye))
    nerve = distances[Surface.OPTIC_NERVE]
    painter.paint(Tissue.OPTIC_NERVE, painter.within(nerve))
    painter.paint(Tissue.CSF, 0.6 * painter.within(nerve - 1.0))
    painter.paint(Tissue.SOFT_TISSUE, painter.within(distances[Surface.EYE_MUSCLE]))
    painter.paint(Tissue.GLAND, painter.within(np.maximum(distances[Surface.GLAND], distances[Surface.ORBIT] - 4.0)))
    deep_enough = np.maximum(distances[Surface.ORBIT], distances[Surface.SKIN] + 4.0)
    painter.paint(Tissue.FAT, painter.within(deep_enough))


def _bone(painter: Painter, distances: _Field, ripples: _Field, gap: _Field) -> None:
    cells = painter.take(painter.within(np.maximum(distances[Surface.CELLS], 2.5 - distances[Surface.BRAIN])))
    painter.split(cells, np.clip(1.1 + 1.6 * ripples[Ripple.FINE], 0.0, 1.0), Tissue.AIR, Tissue.BONE)
    painter.paint(Tissue.BONE, painter.within(distances[Surface.TEETH]))
    facial = distances[Surface.FACIAL_BONE]
    depth = distances[Surface.BRAIN] - gap
    # the orbital roof is thin, and so is bone under the temporal muscle
    thickness = (6.6 + 0.5 * ripples[Ripple.BROAD]) * np.clip(0.12 * distances[Surface.ORBIT], 0.3, 1.0)
    thickness *= np.clip(0.65 + 0.03 * distances[Surface.MUSCLE], 0.6, 1.0)
    vault = depth - thickness
    outer = np.minimum(vault, facial)
    bone = painter.take(painter.within(outer))
    table = 1.7 + 0.35 * ripples[Ripple.COARSE]
    core = np.maximum(np.maximum(outer + table, table - depth), 0.0)
    marrow = np.clip(1.0 - core * painter._per_mm, 0.0, 1.0) * np.clip(0.9 + 0.3 * ripples[Ripple.FINE], 0.3, 1.0)
    painter.split(bone, marrow, Tissue.MARROW, Tissue.BONE)


def _soft_parts(painter: Painter, distances: _Field, ripples: _Field) -> None:
    painter.paint(Tissue.GLAND, painter.within(distances[Surface.GLAND]))
    skin = distances[Surface.SKIN]
    painter.paint(Tissue.SOFT_TISSUE, 1.0 - painter.within(skin + 1.8))
    scalp = np.clip(0.05 * (24.0 - distances[Surface.BRAIN]), 0.0, 1.0)
    fat = (7.0 - 3.6 * scalp) * (1.0 + 0.25 * ripples[Ripple.BROAD])
    painter.paint(Tissue.FAT, 1.0 - painter.within(skin + 1.8 + fat))
    # muscle bellies are separated by sheets of fat, the spaces between muscles hold strands of both
    muscle = painter.within(distances[Surface.MUSCLE] + 0.6)
    streaks = np.clip(1.15 - 4.0 * np.abs(ripples[Ripple.COARSE]), 0.0, 1.0)
    belly = painter.take(muscle)
    painter.split(belly, 1.0 - 0.35 * streaks, Tissue.SOFT_TISSUE, Tissue.FAT)
    strands = np.clip(0.5 + 0.8 * ripples[Ripple.MEDIUM] + 0.4 * ripples[Ripple.FINE] + 0.4 * scalp, 0.0, 1.0)
    painter.split(painter.take(np.ones_like(skin)), strands, Tissue.SOFT_TISSUE, Tissue.FAT)
