"""Treatment plans: a machine, its beams, their weights and the dose they give."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core.arrays import FloatArray
from impasto.core.dose import Dose

__all__ = ["Beam", "Plan"]


@dataclass(frozen=True, eq=False)
class Beam:
    """One photon field of a fluence map.

    Parameters
    ----------
    gantry_deg, couch_deg : float
        Angles, IEC 61217, patient head first supine.
    isocentre_mm : tuple of float
        LPS.
    bixel_width_mm : float
        Side of a square fluence element in the isocentre plane.
    bixels_mm : ndarray, shape (bixel, 2)
        Centre of each fluence element in the isocentre plane: across (IEC x) and along the couch's axis (IEC y).
    """

    gantry_deg: float
    couch_deg: float
    isocentre_mm: tuple[float, float, float]
    bixel_width_mm: float
    bixels_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan as computed.

    Parameters
    ----------
    name : str
    machine : str
        Name and version of the beam model.
    beams : tuple of Beam
    weights : ndarray, shape (bixel,)
        Fluence of each element, beam after beam, for one fraction.
    dose : Dose
        Dose of the whole course.
    notes : tuple of str
        What a reader must know: commissioning, approximations, extrapolations.
    """

    name: str
    machine: str
    beams: tuple[Beam, ...]
    weights: FloatArray
    dose: Dose
    notes: tuple[str, ...] = ()
