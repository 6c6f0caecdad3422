"""The head phantom of the planning benchmarks: ellipsoid head with a skull, a target ball, brainstem and chiasm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.core import Grid, Image, Role, Structure, StructureSet
from impasto.core.arrays import BoolArray, FloatArray

SHAPE = (64, 76, 64)
SPACING_MM = 3.0
TARGET_CENTRE_MM = (30.0, -20.0, 10.0)
TARGET_RADIUS_MM = 22.0
FRACTIONS = 30
# CT number of each nested ellipsoid, in the order they are filled: centre and semi-axes in LPS mm
TISSUES_HU = (
    (0.0, (0, 0, 0), (80, 100, 88)),
    (800.0, (0, 0, 0), (75, 95, 83)),
    (30.0, (0, 0, 0), (69, 89, 77)),
    (5.0, (0, 5, 5), (8, 20, 15)),
)


@dataclass(frozen=True, eq=False)
class HeadPhantom:
    """CT, structures as masks, and the ramp of dose per fraction that painting asks for."""

    ct: Image
    masks: dict[str, BoolArray]
    ramp_gy: FloatArray

    @property
    def structures(self) -> StructureSet:
        roles = {"BODY": Role.EXTERNAL, "PTV": Role.PTV}
        return StructureSet(
            tuple(
                Structure.from_mask(name, roles.get(name, Role.ORGAN), mask, self.ct.grid)
                for name, mask in self.masks.items()
            )
        )


def head_phantom() -> HeadPhantom:
    """Build the phantom; arrays are [i, j, k] along +L, +P, +S."""
    grid = Grid.centred(SHAPE, (SPACING_MM,) * 3)
    points = grid.voxel_centres_mm()

    def ellipsoid(centre_mm: tuple[float, ...], semi_axes_mm: tuple[float, ...]) -> BoolArray:
        return ((points - centre_mm) ** 2 / np.square(semi_axes_mm)).sum(axis=-1) <= 1.0

    hu = np.full(SHAPE, -1000.0)
    for value, centre, axes in TISSUES_HU:
        hu[ellipsoid(centre, axes)] = value
    target = ellipsoid(TARGET_CENTRE_MM, (TARGET_RADIUS_MM,) * 3)
    masks = {
        "PTV": target,
        "BRAINSTEM": ellipsoid((0, 25, -25), (12, 12, 20)) & ~target,
        "CHIASM": ellipsoid((0, -25, -15), (9, 5, 5)) & ~target,
        "BRAIN": ellipsoid((0, 0, 0), (69, 89, 77)) & ~target,
        "BODY": ellipsoid((0, 0, 0), (80, 100, 88)),
    }
    radius = np.linalg.norm(points - TARGET_CENTRE_MM, axis=-1)
    ramp = 2.0 + 0.4 * np.clip(1.0 - radius / TARGET_RADIUS_MM, 0.0, 1.0)
    return HeadPhantom(Image(hu, grid, "CT number", "[hnsf'U]"), masks, ramp)


def gantry_angles_deg(count: int) -> FloatArray:
    """Return equally spaced gantry angles from 0."""
    return np.arange(count) * 360.0 / count


def stored_for_peers(folder: Path, gantry_deg: FloatArray) -> None:
    """Write ``head.npz`` with arrays in the peers' order (z, y, x)."""
    phantom = head_phantom()
    masks = {name: mask.T for name, mask in phantom.masks.items()}
    np.savez(
        folder / "head.npz",
        ct=phantom.ct.data.T,
        ramp_gy=phantom.ramp_gy.T,
        spacing_mm=SPACING_MM,
        gantry_deg=gantry_deg,
        **masks,
    )
