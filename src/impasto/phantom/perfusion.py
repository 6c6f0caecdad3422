"""Blood and contrast agent in a digital patient's tissue: the truth that perfusion imaging sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from impasto.core.arrays import RealArray
from impasto.core.grid import Grid
from impasto.phantom.anatomy import Anatomy
from impasto.phantom.tissue_classes import Mixture, TissueClass, class_mean, tissue_classes

__all__ = [
    "CAPILLARY_BEDS",
    "HAEMATOCRIT_LARGE_VESSEL",
    "HAEMATOCRIT_SMALL_VESSEL",
    "CapillaryBed",
    "Perfusion",
    "perfusion",
    "perfusion_of",
]

HAEMATOCRIT_LARGE_VESSEL = 0.45
HAEMATOCRIT_SMALL_VESSEL = 0.25


@dataclass(frozen=True)
class CapillaryBed:
    """How blood and contrast agent pass through a class of tissue.

    Parameters
    ----------
    ktrans_per_min : float
        Volume transfer constant.
    ve : float
        Extravascular extracellular volume fraction that the agent reaches.
    cbv_ml_per_100ml : float
        Blood volume; of a vessel 100.
    cbf_ml_per_100ml_min : float
        Blood flow through capillaries; of a vessel 0: what flows through it feeds other tissue.
    arrival_s : float
        How much later than at the arterial input the bolus arrives.
    """

    ktrans_per_min: float
    ve: float
    cbv_ml_per_100ml: float
    cbf_ml_per_100ml_min: float
    arrival_s: float = 0.0

    @property
    def is_vessel(self) -> bool:
        """Whether it is blood alone."""
        return self.cbv_ml_per_100ml == 100.0

    @property
    def vp(self) -> float:
        """Plasma volume fraction: ``CBV / 100 (1 - haematocrit)``, of capillary blood or of a vessel's."""
        haematocrit = HAEMATOCRIT_LARGE_VESSEL if self.is_vessel else HAEMATOCRIT_SMALL_VESSEL
        return self.cbv_ml_per_100ml / 100.0 * (1.0 - haematocrit)

    @property
    def mean_transit_time_s(self) -> float:
        """``60 CBV / CBF`` (central volume theorem); 1 where nothing flows, which then changes nothing."""
        return 60.0 * self.cbv_ml_per_100ml / self.cbf_ml_per_100ml_min if self.cbf_ml_per_100ml_min else 1.0


CAPILLARY_BEDS = MappingProxyType(
    {
        TissueClass.GREY_MATTER: CapillaryBed(0.0004, 0.10, 5.2, 54.5, 0.5),
        TissueClass.WHITE_MATTER: CapillaryBed(0.0002, 0.10, 2.7, 22.2, 1.0),
        TissueClass.OEDEMA: CapillaryBed(0.002, 0.15, 2.1, 15.0, 1.2),
        TissueClass.INFILTRATION: CapillaryBed(0.005, 0.15, 4.4, 38.0, 0.8),
        TissueClass.SPARSE_TUMOUR: CapillaryBed(0.05, 0.15, 4.5, 36.0, 0.8),
        TissueClass.DENSE_TUMOUR: CapillaryBed(0.12, 0.36, 9.5, 80.0, 0.5),
        TissueClass.NECROSIS: CapillaryBed(0.002, 0.20, 0.4, 3.0, 2.0),
        TissueClass.FLUID: CapillaryBed(0.0, 0.0, 0.0, 0.0),
        TissueClass.VESSEL: CapillaryBed(0.0, 0.0, 100.0, 0.0),
        TissueClass.SOFT_TISSUE: CapillaryBed(0.07, 0.14, 3.0, 12.0, 2.0),
        TissueClass.GLAND: CapillaryBed(0.25, 0.40, 8.0, 70.0, 0.5),
        TissueClass.FAT: CapillaryBed(0.02, 0.05, 1.0, 4.0, 2.0),
        TissueClass.MARROW: CapillaryBed(0.05, 0.10, 3.0, 12.0, 2.0),
        TissueClass.FAINT_TUMOUR: CapillaryBed(0.008, 0.20, 2.7, 24.0, 0.8),
        TissueClass.LEAKY_TREATMENT_EFFECT: CapillaryBed(0.055, 0.40, 1.8, 13.0, 1.2),
        TissueClass.SLOW_TREATMENT_EFFECT: CapillaryBed(0.012, 0.25, 1.3, 9.0, 1.6),
    }
)
"""Normal brain: blood volume and flow by PET (Leenders 1990), transfer through the intact barrier (Heye 2016).

Solid tumour: transfer, space and blood volume within what enhancing glioblastoma shows (Jain 2013; Awasthi 2012; Law
2008: blood volume up to four times that of white matter). Both its classes return agent at the same rate
(Ktrans / ve = 1/3 per min), so any mixture of them is again a Tofts tissue. Outside the brain: muscle-like values.

Treatment effect: blood volume .67 and .48 of white matter's, within the .21 to .71 of biopsies (Hu 2009); transfer .055
and .012, .034 on average, beside .035 per min of pseudoprogression and .074 of progression (Thomas 2015; plasma volume
2.4 and 5.3 %). That both kinds exist rests on delayed imaging: treatment effect goes on taking up agent for an hour and
more while tumour clears it (Zach 2012, 2015); their difference, space and flow are assumed. Faintly enhancing tumour:
blood volume of white matter, transfer little above that among infiltrating cells; assumed.
"""


@dataclass(frozen=True, eq=False)
class Perfusion:
    """Truth maps of perfusion.

    With several classes of tissue in a voxel each value is the amount per volume of voxel: Ktrans the agent taken up,
    ve and vp the space it reaches, CBV the blood, CBF the flow. The concentration is then the sum of that of the
    classes, which starts with the slope Ktrans and settles with the space ve, though its return need not be one
    exponential.

    Parameters
    ----------
    grid : Grid
    ktrans_per_min, ve, vp, cbv_ml_per_100ml, cbf_ml_per_100ml_min : ndarray of float32, shape `grid.shape`
        The blood of vessels counts in vp and CBV.
    capillary_cbv_ml_per_100ml : ndarray of float32, shape `grid.shape`
        CBV without that of vessels.
    """

    grid: Grid
    ktrans_per_min: RealArray
    ve: RealArray
    vp: RealArray
    cbv_ml_per_100ml: RealArray
    cbf_ml_per_100ml_min: RealArray
    capillary_cbv_ml_per_100ml: RealArray

    def mean_transit_time_s(self) -> RealArray:
        """Mean transit time through the voxel's capillaries, ``60 CBV / CBF``; 0 where nothing flows."""
        flow = self.cbf_ml_per_100ml_min
        transit: RealArray = np.divide(
            60.0 * self.capillary_cbv_ml_per_100ml, flow, out=np.zeros_like(flow), where=flow > 1e-3
        )
        return transit


def perfusion(anatomy: Anatomy, seed: int) -> Perfusion:
    """Truth maps on the anatomy's grid; see :func:`~impasto.phantom.tissue_classes.tissue_classes` for the seed."""
    return _perfusion(tissue_classes(anatomy, seed), anatomy.grid)


def perfusion_of(mixture: Mixture) -> Perfusion:
    """Truth maps on a scanner's grid: what a perfect reader of that scan, its point spread included, would find."""
    return _perfusion(((c, mixture.share(c)) for c in TissueClass), mixture.grid)


def _perfusion(classes: Iterable[tuple[TissueClass, RealArray]], grid: Grid) -> Perfusion:
    properties = {
        tissue_class: (
            bed.ktrans_per_min,
            bed.ve,
            bed.vp,
            bed.cbv_ml_per_100ml,
            bed.cbf_ml_per_100ml_min,
            0.0 if bed.is_vessel else bed.cbv_ml_per_100ml,
        )
        for tissue_class, bed in CAPILLARY_BEDS.items()
    }
    return Perfusion(grid, *class_mean(classes, properties, grid))
