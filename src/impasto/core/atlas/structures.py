"""Named structures of the average brain, as occupancies on the template's voxels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from impasto.core.atlas import organs
from impasto.core.atlas.membranes import falx_distance_mm, tentorium_distance_mm
from impasto.core.atlas.solids import Ellipsoid, Solid, Tube, union_distance_mm
from impasto.core.atlas.template import BrainTemplate, brain_template
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure, StructureSet

__all__ = ["atlas_structures", "ventricle_distance_mm"]

_Field = NDArray[np.float32]

_MARGIN_MM = 3.0
_SHEET_HALF_THICKNESS_MM = 1.0
_COLOURS = {
    "Brainstem": (37, 99, 235),
    "OpticChiasm": (5, 150, 105),
    "OpticNrv": (14, 165, 233),
    "Eye": (124, 58, 237),
    "Lens": (192, 132, 252),
    "Hippocampus": (22, 163, 74),
    "Falx": (100, 116, 139),
    "Tentorium": (71, 85, 105),
    "Ventricles": (56, 189, 248),
}


@lru_cache(maxsize=1)
def atlas_structures() -> StructureSet:
    """Draw the atlas' organs and barriers, ICBM 152, LPS mm, on 1 mm voxels each cropped to its own box.

    Names are those of AAPM task group 263 (Mayo 2018) where it has one: Brainstem, OpticChiasm, OpticNrv_L and _R,
    Eye_L and _R, Lens_L and _R, Hippocampus_L and _R. Falx, Tentorium and Ventricles stand for barriers.
    """
    brain = brain_template()
    tissue = np.clip(1.5 * (brain.grey + brain.white), 0.0, 1.0)
    found = [_drawn("Brainstem", Role.ORGAN, organs.BRAINSTEM, brain.grid, 4.0, tissue)]
    found.append(_drawn("OpticChiasm", Role.ORGAN, organs.CHIASM, _around(organs.CHIASM), 1.0))
    halves: tuple[tuple[str, tuple[Solid, ...]], ...] = (
        ("OpticNrv", organs.OPTIC_NERVES),
        ("Eye", organs.EYES),
        ("Lens", organs.LENSES),
    )
    for name, solids in halves:
        left = _drawn(f"{name}_L", Role.ORGAN, solids, _around(solids), 0.0)
        found += [left, _mirrored(left, f"{name}_R")]
    left = _drawn("Hippocampus_L", Role.ORGAN, organs.HIPPOCAMPI, brain.grid, 0.0, tissue)
    found += [left, _mirrored(left, "Hippocampus_R"), *_barriers(brain)]
    return StructureSet(tuple(found))


def ventricle_distance_mm(grid: Grid, reach_mm: float = 12.0) -> _Field:
    """Signed distance to where the ventricles of the average brain run, on an axis-aligned grid, cut off at a reach."""
    half = union_distance_mm(organs.VENTRICLES, grid, reach_mm)
    other = [_reflected(solid) for solid in organs.VENTRICLES]
    return np.minimum(half, union_distance_mm(other, grid, reach_mm))


def _barriers(brain: BrainTemplate) -> list[Structure]:
    inside = brain.t1 > 0.0
    fluid = np.clip(1.0 - brain.grey - brain.white, 0.0, 1.0) * inside
    sheets = {
        "Falx": falx_distance_mm(brain.grid, _SHEET_HALF_THICKNESS_MM),
        "Tentorium": tentorium_distance_mm(brain.grid, _SHEET_HALF_THICKNESS_MM),
    }
    shares = {name: _share(distance) * inside for name, distance in sheets.items()}
    # the sheet in the midline ends above the clivus
    centres = brain.grid.voxel_centres_mm()
    shares["Falx"] = np.where((centres[..., 1] > 0.0) & (centres[..., 2] < -15.0), 0.0, shares["Falx"])
    shares["Ventricles"] = fluid * (ventricle_distance_mm(brain.grid) < 0.0)
    return [_structure(name, Role.OTHER, share, brain.grid) for name, share in shares.items()]


def _drawn(
    name: str, role: Role, solids: Sequence[Solid], grid: Grid, blend_mm: float, tissue: _Field | None = None
) -> Structure:
    share = _share(union_distance_mm(solids, grid, blend_mm=blend_mm))
    return _structure(name, role, share if tissue is None else share * tissue, grid)


def _share(distance_mm: _Field) -> _Field:
    share: _Field = np.clip(0.5 - distance_mm, 0.0, 1.0)
    return share


def _structure(name: str, role: Role, share: NDArray[np.floating], grid: Grid) -> Structure:
    image = Image(share.astype(np.float32), grid, "occupancy", "1")
    cropped = image.cropped_to(image.data > 0.0, margin_mm=1.0)
    return Structure(name, role, mask=cropped, colour=_COLOURS[name.removesuffix("_L").removesuffix("_R")])


def _mirrored(structure: Structure, name: str) -> Structure:
    assert structure.mask is not None
    grid = structure.mask.grid
    origin = grid.origin_mm
    origin[0] = -(origin[0] + grid.spacing_mm[0] * (grid.shape[0] - 1))
    flipped = Grid.axis_aligned(grid.shape, grid.spacing_mm, origin)
    mask = Image(np.ascontiguousarray(structure.mask.data[::-1]), flipped, "occupancy", "1")
    return Structure(name, structure.role, mask=mask, colour=structure.colour)


def _around(solids: Sequence[Solid]) -> Grid:
    """Voxels of 1 mm around solids, which may leave the template."""
    bounds = [solid.bounds_mm() for solid in solids]
    low = np.floor(np.min([b[0] for b in bounds], axis=0) - _MARGIN_MM)
    high = np.ceil(np.max([b[1] for b in bounds], axis=0) + _MARGIN_MM)
    return Grid.axis_aligned([int(n) + 1 for n in high - low], (1.0, 1.0, 1.0), low)


def _reflected(solid: Solid) -> Solid:

    if isinstance(solid, Ellipsoid):
        return Ellipsoid((-solid.centre_mm[0], *solid.centre_mm[1:]), solid.radii_mm)
    return Tube(tuple((-x, y, z) for x, y, z in solid.path_mm), solid.radii_mm)
