"""How water diffuses in a digital patient's tissue: the truth that diffusion imaging sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.grid import Grid
from impasto.maps.diffusion import principal_direction, tensor_anisotropy, tensor_mean_diffusivity
from impasto.phantom.anatomy import Anatomy
from impasto.phantom.fibres import fibre_orientation
from impasto.phantom.tissue_classes import Mixture, TissueClass, brain_bounds_mm, class_mean, tissue_classes

__all__ = ["DIFFUSIVITIES", "Diffusion", "Diffusivity", "diffusion", "diffusion_of"]


@dataclass(frozen=True)
class Diffusivity:
    """Diffusivity of a class of tissue along and across its fibres; both alike where there are none.

    Parameters
    ----------
    axial_um2_per_ms, radial_um2_per_ms : float
        Of fibres that all run alike. 1 um2/ms = 1e-3 mm2/s.
    """

    axial_um2_per_ms: float
    radial_um2_per_ms: float

    @property
    def follows_fibres(self) -> bool:
        """Whether its tensor depends on the direction of fibres."""
        return self.axial_um2_per_ms != self.radial_um2_per_ms


DIFFUSIVITIES = MappingProxyType(
    {
        TissueClass.GREY_MATTER: Diffusivity(0.83, 0.83),
        TissueClass.WHITE_MATTER: Diffusivity(1.60, 0.33),
        TissueClass.OEDEMA: Diffusivity(1.75, 1.20),
        TissueClass.INFILTRATION: Diffusivity(1.15, 0.85),
        TissueClass.SPARSE_TUMOUR: Diffusivity(1.45, 1.45),
        TissueClass.DENSE_TUMOUR: Diffusivity(0.85, 0.85),
        TissueClass.NECROSIS: Diffusivity(2.10, 2.10),
        TissueClass.FLUID: Diffusivity(3.00, 3.00),
        TissueClass.VESSEL: Diffusivity(10.0, 10.0),
        TissueClass.SOFT_TISSUE: Diffusivity(1.50, 1.50),
        TissueClass.GLAND: Diffusivity(1.10, 1.10),
        TissueClass.FAT: Diffusivity(0.05, 0.05),
        TissueClass.MARROW: Diffusivity(0.50, 0.50),
        TissueClass.FAINT_TUMOUR: Diffusivity(1.15, 1.15),
        TissueClass.LEAKY_TREATMENT_EFFECT: Diffusivity(1.45, 1.45),
        TissueClass.SLOW_TREATMENT_EFFECT: Diffusivity(1.35, 1.35),
    }
)
"""Normal brain and fluid: Pierpaoli 1996, Le Bihan 2001; tumour, oedema, necrosis: Kono 2001, Sinha 2002.

Dense tumour lies below, sparse tumour above white matter's mean, as the ADC falls with cellularity (Sugahara 1999);
infiltrated fibres lose anisotropy (Price 2003). Blood's value stands for its flow, which dephases it at once.
Treatment effect lies around 1.40, where recurrence has 1.18 (Hein 2004); faintly enhancing tumour between sparse and
dense is assumed.
"""


@dataclass(frozen=True, eq=False)
class Diffusion:
    """Truth of diffusion: one tensor a voxel.

    With several classes in a voxel it is their mean, weighted by volume. That is the slope at small b of what their
    water together would give with like relaxation; at b = 1000 fluid beside tissue has already decayed, and a fit of
    one tensor finds less than this mean where both share a voxel.

    Parameters
    ----------
    grid : Grid
    tensor_um2_per_ms : ndarray of float32, shape (*grid.shape, 6)
        Components xx, xy, xz, yy, yz, zz in LPS; 0 in air and bone.
    """

    grid: Grid
    tensor_um2_per_ms: RealArray

    def adc_um2_per_ms(self) -> RealArray:
        """Apparent diffusion coefficient: mean diffusivity, shape `grid.shape`."""
        return tensor_mean_diffusivity(self.tensor_um2_per_ms)

    def fractional_anisotropy(self) -> RealArray:
        """Fractional anisotropy, 0 to 1, shape `grid.shape`."""
        return tensor_anisotropy(self.tensor_um2_per_ms)

    def principal_direction(self) -> RealArray:
        """Direction of fibres as unit vectors, LPS, shape (*grid.shape, 3); the sign carries no meaning."""
        return principal_direction(self.tensor_um2_per_ms)


def diffusion(anatomy: Anatomy, seed: int) -> Diffusion:
    """Truth on the anatomy's grid; see :func:`~impasto.phantom.tissue_classes.tissue_classes` for the seed."""
    return _diffusion(tissue_classes(anatomy, seed), anatomy.grid, brain_bounds_mm(anatomy))


def diffusion_of(mixture: Mixture) -> Diffusion:
    """Truth on a scanner's grid, its point spread included."""
    return _diffusion(((c, mixture.share(c)) for c in TissueClass), mixture.grid, mixture.brain_bounds_mm)


def _diffusion(classes: Iterable[tuple[TissueClass, RealArray]], grid: Grid, brain_mm: FloatArray) -> Diffusion:
    values = {c: (d.radial_um2_per_ms, d.axial_um2_per_ms - d.radial_um2_per_ms) for c, d in DIFFUSIVITIES.items()}
    isotropic, along_fibres = class_mean(classes, values, grid)
    tensor = np.zeros((*grid.shape, 6), dtype=np.float32)
    tensor[..., [0, 3, 5]] = isotropic[..., None]
    fibrous = np.nonzero(along_fibres)
    orientation = fibre_orientation(grid.world_from_index(np.stack(fibrous, axis=-1)), brain_mm)
    tensor[fibrous] += along_fibres[fibrous][:, None] * orientation
    return Diffusion(grid, tensor)
