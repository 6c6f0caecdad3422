"""Treatment plans: a machine, its beams or shots, their weights and the dose they give."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core.arrays import FloatArray
from impasto.core.dose import Dose
from impasto.core.errors import ImpastoError

__all__ = ["Beam", "Plan", "Shot"]


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


@dataclass(frozen=True)
class Shot:
    """One stop of a Gamma Knife: every sector stays on its collimator for the same time.

    Parameters
    ----------
    isocentre_mm : tuple of float
        Where the beams meet, LPS.
    collimators_mm : tuple of float
        Nominal diameter of the collimator that each sector stands on, in the machine's order of sectors; 0 where the
        sector is blocked.
    minutes : float
        Beam-on time on the day of treatment.

    Raises
    ------
    ImpastoError
        When the time is negative or not finite, or every sector is blocked.
    """

    isocentre_mm: tuple[float, float, float]
    collimators_mm: tuple[float, ...]
    minutes: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.minutes < float("inf"):
            raise ImpastoError("shot", f"a time of {self.minutes:g} min", "give a time of 0 or more")
        if not any(self.collimators_mm):
            raise ImpastoError("shot", "every sector is blocked", "open a sector, or leave the shot out")


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
    shots : tuple of Shot
        In order of delivery; a plan has beams with weights, or shots with times.
    """

    name: str
    machine: str
    beams: tuple[Beam, ...]
    weights: FloatArray
    dose: Dose
    notes: tuple[str, ...] = ()
    shots: tuple[Shot, ...] = ()
