"""Where a glioma sits and how it grows: its core by an irregular front, its cells thinning out along white matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.resample import resample_linear
from impasto.phantom.atlas import HeadAtlas, Surface
from impasto.phantom.growth import travel_time
from impasto.phantom.warp import PatientWarp, sample_fields, smooth_lattice

__all__ = [
    "TumourSite",
    "TumourSize",
    "choose_site",
    "density_of",
    "growth_box",
    "growth_times",
    "mass_effect_mm",
    "on_grid",
    "reach_of_volume",
]

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
_HALF_DENSITY_BEYOND_MM, _INFILTRATION_MM = 2.0, 5.0


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
    """How large the parts of a tumour are.

    Parameters
    ----------
    volume_ml : float
        Inside the outer border of enhancement, before irregularities.
    necrotic_share : float
        Share of that volume that the dead middle takes.
    oedema_mm : float
        Mean thickness of oedema beyond the border, as travel of the front in mm of white matter.
    push_mm : float
        How far the mass pushes brain away at its border.
    """

    volume_ml: float
    necrotic_share: float
    oedema_mm: float
    push_mm: float = 0.0

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> TumourSize:
        """Draw an untreated glioblastoma's size."""
        volume = float(np.exp(rng.uniform(np.log(14.0), np.log(45.0))))
        return cls(volume, float(rng.uniform(0.15, 0.5)), float(rng.uniform(14.0, 26.0)), 0.3 * _radius_mm(volume))

    @property
    def radius_mm(self) -> float:
        """Radius of a sphere of the same volume."""
        return _radius_mm(self.volume_ml)


def _radius_mm(volume_ml: float) -> float:
    return float(np.cbrt(volume_ml * 3000.0 / (4.0 * np.pi)))


def choose_site(atlas: HeadAtlas, warp: PatientWarp, rng: np.random.Generator) -> TumourSite:
    """Draw a lobe, a side and a place in its white matter."""
    lobe = str(rng.choice(list(_LOBES_MM)))
    side = float(rng.choice([-1.0, 1.0]))
    wanted = np.asarray(_LOBES_MM[lobe]) * (side, 1.0, 1.0) + rng.normal(0.0, _JITTER_MM, size=3)
    index = np.argwhere(atlas.brain_fields[::3, ::3, ::3, 1] > 0.9) * 3
    white = atlas.brain.grid.world_from_index(index)
    # the nearest place that is well inside white matter of the hemisphere, not of brainstem or corpus callosum
    white = white[np.abs(white[:, 0]) > 17.0]
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


def growth_box(centre_mm: Sequence[float]) -> Grid:
    """Voxels on which growth is followed, independent of the patient's grid."""
    return Grid.centred((_BOX_STEPS,) * 3, (_BOX_SPACING_MM,) * 3, centre_mm)


def growth_times(
    atlas: HeadAtlas,
    warp: PatientWarp,
    starts_mm: FloatArray,
    box: Grid,
    rng: np.random.Generator,
    removed: _Field | None = None,
) -> _Field:
    """Travel of the front from its starts in mm of white matter.

    Parameters
    ----------
    atlas : HeadAtlas
    warp : PatientWarp
        With the mass effect.
    starts_mm : ndarray, shape (start, 3)
        LPS in the patient.
    box : Grid
        See :func:`growth_box`.
    rng : Generator
        Decides how irregular the front becomes.
    removed : ndarray, shape `box.shape`, optional
        Share that surgery took away: no cells grow there.

    Returns
    -------
    ndarray of float32, shape `box.shape`
    """
    grey, white, _ = sample_fields(atlas.brain_fields, atlas.brain.grid, warp, box)
    hull = sample_fields(atlas.distances_mm[..., Surface.BRAIN : Surface.BRAIN + 1], atlas.lattice, warp, box)[0]
    fluid = np.clip(1.0 - grey - white, 0.0, 1.0)
    slowness = white + _SLOWNESS_GREY * grey + _SLOWNESS_FLUID * fluid
    irregular = 0.75 * smooth_lattice(box.shape, 4.0, rng) + 0.65 * smooth_lattice(box.shape, 1.8, rng)
    slowness = slowness * np.exp(np.float32(0.38) * irregular)
    barred = np.clip(0.5 * hull, 0.0, 1.0) if removed is None else np.maximum(np.clip(0.5 * hull, 0.0, 1.0), removed)
    slowness = slowness + _SLOWNESS_OUTSIDE * barred
    seeds = np.rint(box.index_from_world(starts_mm)).astype(np.int64)
    return travel_time(slowness.astype(np.float32), seeds, _BOX_SPACING_MM)


def reach_of_volume(travel_mm: _Field, box: Grid, volume_ml: float) -> float:
    """Travel of the front at which it has gone through a volume."""
    count = int(volume_ml / box.voxel_volume_ml)
    return float(np.partition(travel_mm.ravel(), count)[count])


def density_of(front_mm: _Field) -> _Field:
    """Tumour-cell density from travel beyond the enhancing border: a dense core, then a tail that thins out over cm.

    ``1 / (1 + exp((travel - 2 mm) / 5 mm))``: the profile of a travelling wave of growth and diffusion.
    """
    travel = np.minimum(front_mm, 60.0) - _HALF_DENSITY_BEYOND_MM
    density: _Field = (1.0 / (1.0 + np.exp(travel / _INFILTRATION_MM))).astype(np.float32)
    return density


def on_grid(travel_mm: _Field, box: Grid, grid: Grid) -> _Field:
    """Interpolate travel on another grid; far where the box does not reach."""
    return resample_linear(np.minimum(travel_mm, 400.0), box, grid, outside=400.0)


def _triple(point: FloatArray) -> tuple[float, float, float]:
    return (float(point[0]), float(point[1]), float(point[2]))
