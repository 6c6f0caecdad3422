"""Where a glioma sits and how it grows: its core by an irregular front, its cells thinning out along white matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.resample import resample_linear
from impasto.phantom.atlas import HeadAtlas, Surface
from impasto.phantom.growth import travel_time
from impasto.phantom.warp import PatientWarp, sample_fields, smooth_lattice

__all__ = ["TumourSite", "TumourSize", "choose_site", "density_of", "growth_times", "mass_effect_mm"]

_Field = NDArray[np.float32]

# (left-right, anterior-posterior, superior) of the white matter of the lobes in the template, left side, LPS mm
_LOBES_MM = {
    "frontal": (27.0, -32.0, 20.0),
    "superior frontal": (24.0, -10.0, 44.0),
    "parietal": (28.0, 44.0, 36.0),
    "temporal": (44.0, 22.0, -12.0),
    "temporo-occipital": (36.0, 50.0, 6.0),
    "occipital": (26.0, 72.0, 8.0),
}
_JITTER_MM = 5.0
_BOX_SPACING_MM = 2.0
_BOX_STEPS = 57
# slowness relative to white matter: cells spread several times faster there than in grey matter (Swanson 2000)
_SLOWNESS_GREY, _SLOWNESS_FLUID, _SLOWNESS_OUTSIDE = 2.6, 12.0, 60.0
_INFILTRATION_MM = 5.0


@dataclass(frozen=True)
class TumourSite:
    """Where a tumour starts.

    Parameters
    ----------
    lobe : str
    template_mm, centre_mm : tuple of 3 floats
        In the template and in the patient, LPS.
    """

    lobe: str
    template_mm: tuple[float, float, float]
    centre_mm: tuple[float, float, float]


@dataclass(frozen=True)
class TumourSize:
    """Reach of the parts of a tumour as travel of the front in mm of white matter.

    Parameters
    ----------
    enhancing_mm, rim_mm, oedema_mm : float
        Outer reach of enhancement, mean thickness of the vital rim, outer reach of oedema.
    push_mm : float
        How far the mass pushes brain away at its border.
    """

    enhancing_mm: float
    rim_mm: float
    oedema_mm: float
    push_mm: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> TumourSize:
        """Draw an untreated glioblastoma's size."""
        enhancing = float(rng.uniform(15.0, 20.0))
        return cls(enhancing, float(rng.uniform(4.0, 6.0)), enhancing + float(rng.uniform(11.0, 20.0)), 4.5)


def choose_site(atlas: HeadAtlas, warp: PatientWarp, rng: np.random.Generator) -> TumourSite:
    """Draw a lobe, a side and a place in its white matter."""
    lobe = str(rng.choice(list(_LOBES_MM)))
    side = float(rng.choice([-1.0, 1.0]))
    wanted = np.asarray(_LOBES_MM[lobe]) * (side, 1.0, 1.0) + rng.normal(0.0, _JITTER_MM, size=3)
    index = np.argwhere(atlas.brain_fields[::3, ::3, ::3, 1] > 0.9) * 3
    white = atlas.brain.grid.world_from_index(index)
    # the nearest place that is well inside white matter of the hemisphere, not of brainstem or corpus callosum
    white = white[np.abs(white[:, 0]) > 14.0]
    place = white[np.argmin(np.linalg.norm(white - wanted, axis=1))]
    centre = place / warp.scale
    for _ in range(8):
        centre = centre + (place - warp.template_points_mm(centre[None])[0]) / warp.scale
    return TumourSite(lobe, _triple(place), _triple(centre))


def mass_effect_mm(
    atlas: HeadAtlas, warp: PatientWarp, centre_mm: tuple[float, float, float], radius_mm: float, push_mm: float
) -> _Field:
    """Displacement that a mass adds to a warp, on its lattice: outward, decaying, none at the skull.

    Returns
    -------
    ndarray of float32, shape (*warp.lattice.shape, 3)
        To add to ``warp.displacement_mm``: points of the patient come from further inside in the template.
    """
    points = warp.lattice.voxel_centres_mm()
    away = points - np.asarray(centre_mm)
    distance = np.linalg.norm(away, axis=-1)
    beyond = np.maximum(distance - radius_mm, 0.0)
    push = push_mm * np.minimum(distance / radius_mm, 1.0) * np.exp(-0.5 * (beyond / 22.0) ** 2)
    hull = sample_fields(atlas.distances_mm[..., Surface.BRAIN : Surface.BRAIN + 1], atlas.lattice, warp, warp.lattice)
    held = np.clip(-hull[0] / 14.0, 0.0, 1.0)
    inward: _Field = (-away * (push * held / np.maximum(distance, 1e-6))[..., None] * warp.scale).astype(np.float32)
    return inward


def growth_times(
    atlas: HeadAtlas, warp: PatientWarp, starts_mm: FloatArray, rng: np.random.Generator
) -> tuple[_Field, Grid]:
    """Travel of the front from its starts, in mm of white matter, in a box around the first of them.

    Parameters
    ----------
    atlas : HeadAtlas
    warp : PatientWarp
        With the mass effect.
    starts_mm : ndarray, shape (start, 3)
        LPS in the patient.
    rng : Generator
        Decides how irregular the front becomes.

    Returns
    -------
    ndarray of float32, Grid
    """
    box = Grid.centred((_BOX_STEPS,) * 3, (_BOX_SPACING_MM,) * 3, starts_mm[0])
    grey, white, _ = sample_fields(atlas.brain_fields, atlas.brain.grid, warp, box)
    hull = sample_fields(atlas.distances_mm[..., Surface.BRAIN : Surface.BRAIN + 1], atlas.lattice, warp, box)[0]
    fluid = np.clip(1.0 - grey - white, 0.0, 1.0)
    slowness = white + _SLOWNESS_GREY * grey + _SLOWNESS_FLUID * fluid
    irregular = 0.75 * smooth_lattice(box.shape, 4.0, rng) + 0.65 * smooth_lattice(box.shape, 1.8, rng)
    slowness = slowness * np.exp(np.float32(0.38) * irregular)
    slowness = np.where(hull < 0.5, slowness, np.float32(_SLOWNESS_OUTSIDE))
    seeds = np.rint(box.index_from_world(starts_mm)).astype(np.int64)
    return travel_time(slowness.astype(np.float32), seeds, _BOX_SPACING_MM), box


def density_of(travel_mm: _Field, dense_mm: float) -> _Field:
    """Tumour-cell density from travel of the front: a dense core, then a tail that thins out over 1 to 3 cm."""
    density: _Field = (1.0 / (1.0 + np.exp((travel_mm - dense_mm) / _INFILTRATION_MM))).astype(np.float32)
    return density


def on_grid(travel_mm: _Field, box: Grid, grid: Grid) -> _Field:
    """Interpolate travel on another grid; far where the box does not reach."""
    return resample_linear(np.minimum(travel_mm, 400.0), box, grid, outside=400.0)


def _triple(point: FloatArray) -> tuple[float, float, float]:
    return (float(point[0]), float(point[1]), float(point[2]))
