"""A small anatomy whose truth is plain: concentric ellipsoids, a round tumour with a necrotic middle."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid
from impasto.core.structures import Role, Structure, StructureSet
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.shapes import ellipsoid_distance_mm, filled_share

TUMOUR_CENTRE_MM = (34.0, 6.0, 10.0)


def small_head(spacing_mm: float = 3.0, tumour_centre_mm: tuple[float, float, float] = TUMOUR_CENTRE_MM) -> Anatomy:
    """Build a head of ellipsoids: scalp, skull with marrow, grey shell, white core, ventricle, sinus, tumour."""
    half_width_mm = np.array([86.0, 104.0, 80.0])
    shape = np.ceil(2 * half_width_mm / spacing_mm).astype(int)
    grid = Grid.centred(shape.tolist(), (spacing_mm,) * 3)
    points = grid.voxel_centres_mm()

    def ellipsoid(*radii: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
        return filled_share(ellipsoid_distance_mm(points, at, radii), spacing_mm)

    from_tumour = np.linalg.norm(points - np.array(tumour_centre_mm), axis=-1)
    layers = (
        (Tissue.FAT, ellipsoid(78, 96, 72)),
        (Tissue.BONE, ellipsoid(73, 91, 67)),
        (Tissue.MARROW, ellipsoid(71, 89, 65)),
        (Tissue.BONE, ellipsoid(69, 87, 63)),
        (Tissue.CSF, ellipsoid(67, 85, 61)),
        (Tissue.GREY_MATTER, ellipsoid(65, 83, 59)),
        (Tissue.WHITE_MATTER, ellipsoid(53, 71, 47)),
        (Tissue.CSF, ellipsoid(8, 22, 10, at=(-10, 0, 5))),
        (Tissue.AIR, ellipsoid(14, 8, 12, at=(0, -84, -30))),
        (Tissue.OEDEMA, filled_share(from_tumour - 26.0, spacing_mm) * ellipsoid(63, 81, 57)),
        (Tissue.TUMOUR, filled_share(from_tumour - 18.0, spacing_mm)),
        (Tissue.NECROSIS, filled_share(from_tumour - 8.0, spacing_mm)),
    )
    tissues = {Tissue.AIR: np.ones(grid.shape, dtype=np.float32)}
    for tissue, share in layers:
        for other in tissues:
            tissues[other] = tissues[other] * (1 - share)
        tissues[tissue] = tissues.get(tissue, 0) + share
    tissues = {tissue: share.astype(np.float32) for tissue, share in tissues.items()}
    brain = ellipsoid(65, 83, 59)
    cells = brain / (1.0 + np.exp((from_tumour - 20.0) / 4.0))
    external = Structure.from_mask("EXTERNAL", Role.EXTERNAL, 1.0 - tissues[Tissue.AIR].astype(float), grid)
    return Anatomy(grid, tissues, cells.astype(np.float32), StructureSet((external,)))


@pytest.fixture(scope="session")
def head_of_ellipsoids() -> Anatomy:
    return small_head()
