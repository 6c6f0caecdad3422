"""Which digital patients there are, and how finely each of their scans is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from impasto.phantom import EPSI, EnhancingParts, MrsiAcquisition
from impasto.phantom.dce import DceProtocol
from impasto.phantom.dsc import DscProtocol
from impasto.phantom.dwi import DwiProtocol

__all__ = ["COURSE_FRACTIONS", "Examination", "PatientKind"]

_Millimetres = tuple[float, float, float]

COURSE_FRACTIONS = (0, 7, 17)
"""Fractions before which a head-and-neck patient is scanned: for planning, and for two adaptations (Duprez 2011)."""


class PatientKind(StrEnum):
    """Digital patients that can be made."""

    GLIOMA = "glioma"
    RECURRENT_GLIOMA = "recurrent-glioma"
    HEAD_NECK = "head-neck"


@dataclass(frozen=True)
class Examination:
    """Voxels and protocols of a digital patient's scans.

    Parameters
    ----------
    anatomy_mm : (float, float, float), optional
        Voxels of truth and CT; without it those of the kind's own grid. MR images that show anatomy have them as well.
    pet_mm, perfusion_mm, diffusion_mm : (float, float, float)
        Largest voxels of PET, of DCE and DSC, of diffusion.
    dce, dsc, dwi
        Protocols of perfusion and diffusion.
    flip_angles_deg : tuple of float
        Of the images from which T1 is mapped.
    spectroscopy : MrsiAcquisition
    treatment_effect_share : float, optional
        Share of a glioma's enhancing tissue that is radiation necrosis or pseudoprogression rather than tumour; None
        draws it from the patient's seed. Above 0 some of the tumour enhances faintly as well, see
        :class:`~impasto.phantom.EnhancingParts`.
    """

    anatomy_mm: _Millimetres | None = None
    pet_mm: _Millimetres = (2.6, 2.6, 3.3)
    perfusion_mm: _Millimetres = (2.0, 2.0, 5.0)
    diffusion_mm: _Millimetres = (2.0, 2.0, 3.0)
    dce: DceProtocol = field(default_factory=DceProtocol)
    dsc: DscProtocol = field(default_factory=DscProtocol)
    dwi: DwiProtocol = field(default_factory=DwiProtocol)
    flip_angles_deg: tuple[float, ...] = (2.0, 5.0, 10.0, 15.0)
    spectroscopy: MrsiAcquisition = EPSI
    treatment_effect_share: float | None = 0.0

    def enhancing_parts(self, seed: int) -> EnhancingParts:
        """How the enhancing tissue of a glioma patient is divided.

        Raises
        ------
        ImpastoError
            When the share is not within 0 to 1.
        """
        return EnhancingParts.drawn(seed, self.treatment_effect_share)
