"""A digital head: skull, brain, organs at risk and a tumour with hot sub-volumes. Simulated, not a patient.

Every organ is a smooth solid in LPS mm around the middle of the brain; sizes are those of an average adult head
(skull breadth about 150 mm, length about 185 mm; brainstem, chiasm and eyes as in planning atlases).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.structures import Role, Structure, StructureSet
from impasto.phantom.shapes import ellipsoid_distance_mm, filled_share, smooth_noise, tube_distance_mm

__all__ = ["HeadAnatomy", "head_anatomy"]

_TUMOUR_CENTRE_MM = (34.0, -16.0, 22.0)
_HOT_SPOTS_MM = (((40.0, -22.0, 24.0), 7.5), ((28.0, -8.0, 16.0), 5.5))


@dataclass(frozen=True, eq=False)
class HeadAnatomy:
    """What is where in a digital head: the truth that scanners then see.

    Parameters
    ----------
    grid : Grid
    tissues : dict of str to ndarray, shape `grid.shape`
        Share of each voxel filled by skin, skull, orbital fat, brain, ventricles, eyes, optic nerves, air,
        brainstem, chiasm, tumour, hot, necrosis. Later ones replace earlier ones where they overlap.
    structures : StructureSet
        EXTERNAL, GTV and the organs at risk as a clinic would draw them.
    """

    grid: Grid
    tissues: dict[str, FloatArray]
    structures: StructureSet


def head_anatomy(grid: Grid, seed: int = 0) -> HeadAnatomy:
    """Build the anatomy on a grid.

    Parameters
    ----------
    grid : Grid
        Should hold about 190 x 230 x 220 mm around the origin.
    seed : int
        Decides the irregular border of the tumour; the anatomy is the same for all seeds.

    Returns
    -------
    HeadAnatomy
    """
    rng = np.random.default_rng(seed)
    points = grid.voxel_centres_mm()
    spacing = float(grid.spacing_mm.mean())
    distances = _organ_distances_mm(points)
    ripple = 2.2 * smooth_noise(grid.shape, 9.0 / spacing, rng)
    tumour = ellipsoid_distance_mm(points, _TUMOUR_CENTRE_MM, (19.0, 17.0, 16.0)) + ripple
    distances["tumour"] = np.maximum(tumour, distances["brain"] + 1.0)
    spots = [ellipsoid_distance_mm(points, centre, (radius,) * 3) for centre, radius in _HOT_SPOTS_MM]
    distances["hot"] = np.maximum(np.minimum.reduce(spots) + 0.5 * ripple, distances["tumour"] + 2.0)
    distances["necrosis"] = ellipsoid_distance_mm(points, (33.0, -15.0, 24.0), (5.0, 4.0, 4.5)) + 0.4 * ripple
    tissues = {name: filled_share(distance, spacing) for name, distance in distances.items()}
    return HeadAnatomy(grid, tissues, _structures(tissues, grid))


def _organ_distances_mm(points: FloatArray) -> dict[str, FloatArray]:
    # the face: skin reaches further forward and down than the braincase
    braincase = ellipsoid_distance_mm(points, (0, 2, 12), (76, 94, 82))
    face = ellipsoid_distance_mm(points, (0, -38, -48), (62, 60, 66))
    neck = np.maximum(ellipsoid_distance_mm(points, (0, 18, -90), (56, 60, 90)), -85 - points[..., 2])
    skin = _merged(_merged(braincase, face, 14.0), neck, 14.0)
    skull = braincase + 6.0
    inner = braincase + 12.0
    brain = inner + 2.0
    maxilla = ellipsoid_distance_mm(points, (0, -52, -52), (40, 34, 34))
    eyes = np.minimum(*(ellipsoid_distance_mm(points, (x, -70, -24), (12.0, 12.0, 12.0)) for x in (-32, 32)))
    orbits = np.minimum(*(ellipsoid_distance_mm(points, (x, -64, -24), (17.0, 26.0, 17.0)) for x in (-32, 32)))
    sinuses = np.minimum.reduce(
        [ellipsoid_distance_mm(points, (x, -62, -50), (11, 14, 13)) for x in (-24, 24)]
        + [ellipsoid_distance_mm(points, (0, -58, -45), (7, 22, 20))]
        + [ellipsoid_distance_mm(points, (0, -20, -75), (9, 7, 40))]
    )
    ventricles = np.minimum(
        *(tube_distance_mm(points, ((x, -28, 22), (1.3 * x, 4, 28), (2.2 * x, 28, 18)), 5.5) for x in (-8, 8))
    )
    brainstem = tube_distance_mm(points, ((0, 10, -18), (0, 16, -42), (0, 22, -68)), 13.0)
    nerves = [
        tube_distance_mm(points, ((0, -14, -20), (0.45 * x, -34, -21), (x, -60, -24)), 2.5) for x in (-32.0, 32.0)
    ]
    chiasm = ellipsoid_distance_mm(points, (0, -14, -20), (9.0, 6.0, 4.0))
    return {
        "skin": skin,
        "skull": np.minimum(np.maximum(skull, -inner), np.maximum(maxilla, -(maxilla + 5.0))),
        "orbital fat": np.maximum(orbits, skin + 3.0),
        "brain": np.maximum(brain, -orbits),
        "ventricles": ventricles,
        "eyes": eyes,
        "optic nerves": np.maximum(np.minimum(*nerves), -chiasm),
        "air": sinuses,
        "brainstem": brainstem,
        "chiasm": chiasm,
    }


def _merged(first: FloatArray, second: FloatArray, blend_mm: float) -> FloatArray:
    """Union of two solids with a rounded seam."""
    overlap = np.clip(0.5 + 0.5 * (second - first) / blend_mm, 0.0, 1.0)
    return second * (1 - overlap) + first * overlap - blend_mm * overlap * (1 - overlap)


def _structures(tissues: dict[str, FloatArray], grid: Grid) -> StructureSet:
    drawn = (
        ("EXTERNAL", Role.EXTERNAL, tissues["skin"], (120, 120, 120)),
        ("GTV", Role.GTV, tissues["tumour"], (214, 39, 40)),
        ("Brain", Role.ORGAN, tissues["brain"], (148, 163, 184)),
        ("Brainstem", Role.ORGAN, tissues["brainstem"], (37, 99, 235)),
        ("Chiasm", Role.ORGAN, tissues["chiasm"], (5, 150, 105)),
        ("Optic nerves", Role.ORGAN, tissues["optic nerves"], (14, 165, 233)),
        ("Eyes", Role.ORGAN, tissues["eyes"], (124, 58, 237)),
    )
    structures = (
        Structure(name, role, mask=Structure.from_mask(name, role, share, grid).mask, colour=colour)
        for name, role, share, colour in drawn
    )
    return StructureSet(tuple(structures))
