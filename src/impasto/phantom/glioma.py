"""Digital glioma patients: a healthy head of individual shape, then a tumour, or what surgery and regrowth left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.grid import Grid
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.atlas import HeadAtlas, head_atlas
from impasto.phantom.cavity import Cavity, cavity_distance_mm, nodule_starts_mm, resection_cavity
from impasto.phantom.drawing import drawn_structures
from impasto.phantom.enhancing_parts import DIVIDED_TUMOUR, EnhancingParts, divide_enhancing_tissue
from impasto.phantom.layers import Head, Ripple, head_layers
from impasto.phantom.tumour import (
    TumourSite,
    TumourSize,
    choose_site,
    density_of,
    growth_box,
    growth_times,
    mass_effect_mm,
    on_grid,
    reach_of_volume,
)
from impasto.phantom.warp import PatientWarp, random_warp

__all__ = ["HEAD_GRID", "glioma_anatomy", "recurrent_glioma_anatomy"]

_Field = NDArray[np.float32]

HEAD_GRID = Grid.axis_aligned((144, 192, 110), (1.25, 1.25, 2.0), (-89.375, -122.0, -120.0))
"""Voxels of a planning CT from the vertex to below the chin."""

_ALL_VITAL = EnhancingParts()
_BRAIN = (Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.CSF)


@dataclass(frozen=True, eq=False)
class _Patient:
    atlas: HeadAtlas
    warp: PatientWarp
    site: TumourSite
    head: Head
    grid: Grid


def glioma_anatomy(grid: Grid, seed: int, enhancing: EnhancingParts = _ALL_VITAL) -> Anatomy:
    """Build an untreated glioblastoma: necrosis, enhancing rim, oedema and infiltration along white matter.

    Parameters
    ----------
    grid : Grid
        Should hold the head: about 180 x 240 x 220 mm around the anterior commissure at the origin (LPS).
    seed : int
        Decides everything: size and shape of the head, lobe, side and size of the tumour.
    enhancing : EnhancingParts
        How enhancing tissue is divided; all of it is vital tumour by default. Nothing else of the patient depends on
        it but the density of tumour cells beside treatment effect.

    Returns
    -------
    Anatomy
    """
    rng = np.random.default_rng([seed, 10])
    atlas = head_atlas()
    warp = random_warp(atlas, rng)
    site = choose_site(atlas, warp, rng)
    size = TumourSize.drawn(rng)
    warp = warp.with_displacement(mass_effect_mm(atlas, warp, site.centre_mm, 0.8 * size.radius_mm, size.push_mm))
    box = growth_box(site.centre_mm)
    travel = growth_times(atlas, warp, np.asarray([site.centre_mm]), box, rng)
    reach = reach_of_volume(travel, box, size.volume_ml)
    rim_mm = reach - reach_of_volume(travel, box, size.necrotic_share * size.volume_ml)
    patient = _Patient(atlas, warp, site, head_layers(atlas, warp, grid, rng), grid)
    front = on_grid(travel, box, grid) - np.float32(reach)
    tissues = dict(patient.head.tissues)
    _grow(tissues, front, rim_mm, size.oedema_mm, patient)
    density = density_of(front)
    if enhancing.is_divided:
        density *= divide_enhancing_tissue(tissues, front, enhancing, box, grid, seed)
    return _finished(patient, tissues, density)


def recurrent_glioma_anatomy(grid: Grid, seed: int, enhancing: EnhancingParts = _ALL_VITAL) -> Anatomy:
    """Build a glioma that came back at the edge of its resection cavity: fluid, thin margin, gliosis, nodules.

    Parameters
    ----------
    grid, seed, enhancing
        As in :func:`glioma_anatomy`.

    Returns
    -------
    Anatomy
        Has the structure "Cavity" besides.
    """
    rng = np.random.default_rng([seed, 11])
    atlas = head_atlas()
    warp = random_warp(atlas, rng)
    site = choose_site(atlas, warp, rng)
    cavity = Cavity.drawn(site, atlas, warp, rng)
    starts = nodule_starts_mm(cavity, atlas, warp, rng)
    box = growth_box(cavity.centre_mm)
    removed = np.clip(0.5 - 0.5 * cavity_distance_mm(cavity, box), 0.0, 1.0)
    travel = growth_times(atlas, warp, starts, box, rng, removed)
    size = TumourSize(len(starts) * float(rng.uniform(4.0, 8.0)), 0.15, float(rng.uniform(8.0, 14.0)))
    reach = reach_of_volume(travel, box, size.volume_ml)
    rim_mm = reach - reach_of_volume(travel, box, size.necrotic_share * size.volume_ml)
    patient = _Patient(atlas, warp, site, head_layers(atlas, warp, grid, rng), grid)
    front = on_grid(travel, box, grid) - np.float32(reach)
    tissues = dict(patient.head.tissues)
    _grow(tissues, front, rim_mm, size.oedema_mm, patient)
    resection_cavity(tissues, cavity, patient.head, grid)
    density = density_of(front) * (1.0 - tissues[Tissue.CAVITY])
    if enhancing.is_divided:
        density *= divide_enhancing_tissue(tissues, front, enhancing, box, grid, seed)
    return _finished(patient, tissues, density)


def _grow(tissues: dict[Tissue, _Field], front: _Field, rim_mm: float, oedema_mm: float, patient: _Patient) -> None:
    """Put oedema, then vital tumour, then necrosis in place of brain; changes the mapping."""
    coarse, medium = patient.head.ripples[Ripple.COARSE], patient.head.ripples[Ripple.MEDIUM]
    per_mm = np.float32(1.0 / max(1.2, min(2.5, float(patient.grid.spacing_mm.mean()))))
    swollen = np.clip(0.5 + (oedema_mm + 1.5 * coarse - front) * (0.35 * per_mm), 0.0, 1.0)
    tissues[Tissue.OEDEMA] = _taken(tissues, Tissue.WHITE_MATTER, 0.92 * swollen)
    tissues[Tissue.OEDEMA] += _taken(tissues, Tissue.GREY_MATTER, 0.18 * swollen)
    core = np.clip(0.5 + (0.8 * medium - front) * per_mm, 0.0, 1.0)
    solid = np.zeros_like(core)
    for tissue in (*_BRAIN, Tissue.OEDEMA, Tissue.VESSEL):
        solid += _taken(tissues, tissue, core)
    rim = rim_mm * np.clip(1.0 + 0.4 * coarse + 0.2 * medium, 0.3, 2.5)
    dead = np.clip(0.5 + (-rim - front) * per_mm, 0.0, 1.0)
    tissues[Tissue.NECROSIS] = solid * dead
    tissues[Tissue.TUMOUR] = solid * (1.0 - dead)


def _taken(tissues: dict[Tissue, _Field], tissue: Tissue, share: _Field) -> _Field:
    """Take a share of a tissue out of the mapping and return it."""
    part: _Field = tissues[tissue] * share
    tissues[tissue] = tissues[tissue] - part
    return part


def _finished(patient: _Patient, tissues: Mapping[Tissue, _Field], density: _Field) -> Anatomy:
    brain = np.zeros(patient.grid.shape, dtype=np.float32)
    for tissue in (*_BRAIN[:2], Tissue.OEDEMA, Tissue.TUMOUR, Tissue.NECROSIS, *DIVIDED_TUMOUR):
        if tissue in tissues:
            brain += tissues[tissue]
    texture = patient.head.t1_texture * np.clip(tissues[Tissue.GREY_MATTER] + tissues[Tissue.WHITE_MATTER], 0.0, 1.0)
    cells = density * np.clip(2.0 * brain, 0.0, 1.0)
    structures = drawn_structures(patient.head, tissues, patient.site, patient.warp, patient.grid)
    return Anatomy(patient.grid, tissues, cells, structures, texture)
