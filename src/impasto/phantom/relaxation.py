"""Magnetic properties of tissue at 3 T."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from impasto.phantom.tissue_classes import TissueClass

__all__ = ["RELAXATION", "Relaxation"]


@dataclass(frozen=True)
class Relaxation:
    """Proton density and relaxation times of a class of tissue before contrast agent.

    Parameters
    ----------
    proton_density : float
        Visible protons over those of water.
    t1_s, t2_s, t2star_s : float
    is_fat : bool
        Whether fat suppression, as in echo-planar imaging, removes it.
    """

    proton_density: float
    t1_s: float
    t2_s: float
    t2star_s: float
    is_fat: bool = False


RELAXATION = MappingProxyType(
    {
        TissueClass.GREY_MATTER: Relaxation(0.82, 1.331, 0.095, 0.052),
        TissueClass.WHITE_MATTER: Relaxation(0.70, 0.832, 0.080, 0.047),
        TissueClass.OEDEMA: Relaxation(0.86, 1.50, 0.150, 0.090),
        TissueClass.INFILTRATION: Relaxation(0.80, 1.25, 0.110, 0.060),
        TissueClass.SPARSE_TUMOUR: Relaxation(0.86, 1.60, 0.140, 0.075),
        TissueClass.DENSE_TUMOUR: Relaxation(0.84, 1.40, 0.115, 0.060),
        TissueClass.NECROSIS: Relaxation(0.92, 2.20, 0.220, 0.110),
        TissueClass.FLUID: Relaxation(1.00, 4.00, 1.500, 0.500),
        TissueClass.VESSEL: Relaxation(0.85, 1.65, 0.110, 0.045),
        TissueClass.SOFT_TISSUE: Relaxation(0.76, 1.412, 0.045, 0.028),
        TissueClass.GLAND: Relaxation(0.82, 1.20, 0.080, 0.045),
        TissueClass.FAT: Relaxation(0.90, 0.371, 0.133, 0.040, is_fat=True),
        TissueClass.MARROW: Relaxation(0.60, 0.365, 0.120, 0.015, is_fat=True),
        TissueClass.FAINT_TUMOUR: Relaxation(0.83, 1.40, 0.125, 0.065),
        TissueClass.LEAKY_TREATMENT_EFFECT: Relaxation(0.88, 1.65, 0.150, 0.080),
        TissueClass.SLOW_TREATMENT_EFFECT: Relaxation(0.87, 1.50, 0.135, 0.070),
    }
)
"""Brain: Wansapura 1999; muscle: Stanisz 2005; blood: Lu 2004; fat, marrow: Gold 2004; proton density: Whittall 1997.

Pathological tissue: chosen between these so that water content and relaxation rise from infiltration over oedema to
necrosis, as in relaxometry of gliomas (Hattingen 2013). Treatment effect, swollen and poor in cells, is assumed to lie
between oedema and necrosis, faintly enhancing tumour between infiltration and sparse tumour.
"""
