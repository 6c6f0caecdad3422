"""What a clinic would draw on a digital glioma patient."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure, StructureSet
from impasto.phantom.anatomy import Tissue
from impasto.phantom.atlas import Surface
from impasto.phantom.enhancing_parts import DIVIDED_TUMOUR
from impasto.phantom.layers import Head
from impasto.phantom.tumour import TumourSite
from impasto.phantom.warp import PatientWarp, world_coordinates

__all__ = ["drawn_structures"]

_Field = NDArray[np.float32]

_REFERENCE_RADIUS_MM = 16.0


def drawn_structures(
    head: Head, tissues: Mapping[Tissue, _Field], site: TumourSite, warp: PatientWarp, grid: Grid
) -> StructureSet:
    """Draw targets, organs at risk and contralateral reference tissue."""
    per_mm = np.float32(1.0 / min(float(grid.spacing_mm.mean()), 2.5))

    def within(surface: Surface, grow_mm: float = 0.0) -> _Field:
        share: _Field = np.clip(0.5 - (head.distances_mm[surface] - grow_mm) * per_mm, 0.0, 1.0)
        return share

    # paired organs lie well off the midline
    left = world_coordinates(grid)[0] > 0.0
    diseased = [Tissue.TUMOUR, Tissue.NECROSIS, *(part for part in DIVIDED_TUMOUR if part in tissues)]
    brain_parts = (Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.OEDEMA, *diseased)
    brain_tissue = sum((tissues[part] for part in brain_parts), np.zeros(grid.shape, dtype=np.float32))
    # who draws cannot tell treatment effect from tumour
    target = sum((tissues[part] for part in diseased[1:]), tissues[diseased[0]])
    cavity = tissues.get(Tissue.CAVITY)
    if cavity is not None:
        target = target + cavity
    brain = np.maximum(within(Surface.BRAIN, 0.5) * (1.0 - tissues[Tissue.BONE] - tissues[Tissue.MARROW]), target)
    drawn: list[tuple[str, Role, _Field, tuple[int, int, int]]] = [
        ("EXTERNAL", Role.EXTERNAL, within(Surface.SKIN), (120, 120, 120)),
        ("GTV", Role.GTV, target, (214, 39, 40)),
        ("Oedema", Role.OTHER, tissues[Tissue.OEDEMA], (234, 179, 8)),
        ("Brain", Role.ORGAN, brain, (148, 163, 184)),
        ("Brainstem", Role.ORGAN, within(Surface.BRAINSTEM) * np.clip(1.5 * brain_tissue, 0, 1), (37, 99, 235)),
        ("Chiasm", Role.ORGAN, within(Surface.CHIASM), (5, 150, 105)),
    ]
    zero = np.float32(0.0)
    paired = (
        ("Optic nerve", within(Surface.OPTIC_NERVE) * (1.0 - within(Surface.CHIASM)), (14, 165, 233)),
        ("Eye", within(Surface.EYE), (124, 58, 237)),
        ("Lens", within(Surface.LENS), (192, 132, 252)),
        ("Hippocampus", within(Surface.HIPPOCAMPUS) * np.clip(1.5 * brain_tissue, 0, 1), (22, 163, 74)),
    )
    for name, share, colour in paired:
        drawn += [
            (f"{name} L", Role.ORGAN, np.where(left, share, zero), colour),
            (f"{name} R", Role.ORGAN, np.where(left, zero, share), colour),
        ]
    if cavity is not None:
        drawn.append(("Cavity", Role.CAVITY, cavity, (56, 189, 248)))
    drawn.append(("NAWM contralateral", Role.OTHER, _reference(tissues, site, warp, grid), (163, 163, 163)))
    return StructureSet(
        tuple(
            Structure(name, role, mask=Image(np.clip(share, 0.0, 1.0), grid, "occupancy", "1"), colour=colour)
            for name, role, share, colour in drawn
        )
    )


def _reference(tissues: Mapping[Tissue, _Field], site: TumourSite, warp: PatientWarp, grid: Grid) -> _Field:
    """Normal-appearing white matter around the tumour's mirror place in the other hemisphere."""
    mirror = np.asarray(site.template_mm) * (-1.0, 1.0, 1.0) / warp.scale
    offset = (axis - np.float32(c) for axis, c in zip(world_coordinates(grid), mirror, strict=True))
    near = sum(o**2 for o in offset) < _REFERENCE_RADIUS_MM**2
    white = tissues[Tissue.WHITE_MATTER]
    return np.where(near & (white > 0.85), white, np.float32(0.0))
