"""How a digital head-and-neck patient changes in a course of radiotherapy: where tissue moves, how cells die.

Weight is lost, parotid glands shrink and move inwards, tumours shrink (Barker 2004: in 35 fractions a median of 7.1 %
of body weight, .6 % of the parotid's and 1.8 % of the tumour's volume a treatment day, the parotid 3.1 mm inwards).
Tumour cells die unevenly: uptake of FDG falls by a third to a half in the first half of treatment, less in what resists
(Hentschel 2011), and hypoxia partly resolves (Zips 2012; Servagi-Vernat 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.phantom.neck_frame import LATTICE
from impasto.phantom.warp import PatientWarp

__all__ = ["Contraction", "Course", "blood_supply", "movement_mm", "patient_point_mm", "surviving_share"]

_Field = NDArray[np.float32]

_FRACTIONS = 35.0
_TAPER = 2.2
_SKIN_DEPTH_MM = 16.0
_RIGID_MM, _LEAST_BONE_MM = 3.0, 6.0
_TOP_MM = (-62.0, -48.0)


@dataclass(frozen=True)
class Course:
    """How fast one patient changes.

    Parameters
    ----------
    tumour_loss_per_fraction, parotid_loss_per_fraction : float
        Share of the volume that is left which goes with each fraction.
    parotid_shift_mm : float
        Inwards, over the whole course of 35 fractions.
    skin_loss_mm : float
        How far the skin moves inwards where there is fat to lose, over the whole course.
    kill_per_fraction : float
        Rate at which sensitive tumour cells vanish.
    reoxygenation_per_fraction : float
        Rate at which poorly supplied tumour gains blood supply.
    resistance : float
        Share of that rate which the most resistant cells are spared.
    """

    tumour_loss_per_fraction: float
    parotid_loss_per_fraction: float
    parotid_shift_mm: float
    skin_loss_mm: float
    kill_per_fraction: float
    reoxygenation_per_fraction: float
    resistance: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Course:
        """Draw a patient's course."""
        return cls(
            tumour_loss_per_fraction=0.018 * float(np.exp(rng.normal(0.0, 0.25))),
            parotid_loss_per_fraction=0.006 * float(np.exp(rng.normal(0.0, 0.25))),
            parotid_shift_mm=float(np.clip(rng.normal(3.1, 0.8), 1.0, 5.0)),
            skin_loss_mm=float(np.clip(rng.normal(5.0, 1.5), 1.5, 8.0)),
            kill_per_fraction=0.12 * float(np.exp(rng.normal(0.0, 0.15))),
            reoxygenation_per_fraction=0.03 * float(np.exp(rng.normal(0.0, 0.3))),
            resistance=float(rng.uniform(0.75, 0.9)),
        )


@dataclass(frozen=True)
class Contraction:
    """An organ that shrinks about its middle, and may move.

    Parameters
    ----------
    centre_mm : ndarray, shape (3,)
        Before, in the patient.
    radii_mm : tuple of 3 floats
    loss_per_fraction : float
        Of its volume.
    shift_mm : tuple of 3 floats
        Over the whole course.
    """

    centre_mm: FloatArray
    radii_mm: tuple[float, float, float]
    loss_per_fraction: float
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)


def movement_mm(
    contractions: list[Contraction], skin_mm: _Field, bone_mm: _Field, course: Course, fraction: int
) -> _Field:
    """From where tissue lies at a fraction to where it lay before treatment.

    Parameters
    ----------
    contractions : list of Contraction
    skin_mm, bone_mm : ndarray of float32, shape `LATTICE.shape`
        Signed distances to skin and bone, negative inside.
    course : Course
    fraction : int
        Fractions given.

    Returns
    -------
    ndarray of float32, shape (*LATTICE.shape, 3)
        LPS; zero above the skull base.
    """
    part = fraction / _FRACTIONS
    points = LATTICE.voxel_centres_mm()
    slopes = [np.gradient(skin_mm, LATTICE.spacing_mm[axis], axis=axis) for axis in range(3)]
    gradient = np.stack(slopes, axis=-1)
    outwards = gradient / np.maximum(np.linalg.norm(gradient, axis=-1, keepdims=True), 0.3)
    # fat under the skin is lost
    deep = np.clip(1.0 + skin_mm / _SKIN_DEPTH_MM, 0.0, 1.0) ** 1.5
    moved = part * course.skin_loss_mm * deep[..., None] * outwards
    for organ in contractions:
        shift = part * np.asarray(organ.shift_mm)
        offset = points - (organ.centre_mm + shift)
        level = np.linalg.norm(offset / organ.radii_mm, axis=-1)
        weight = 0.5 + 0.5 * np.cos(np.pi * np.clip((level - 1.0) / (_TAPER - 1.0), 0.0, 1.0))
        stretch = (1.0 - organ.loss_per_fraction) ** (-fraction / 3.0) - 1.0
        moved += weight[..., None] * (stretch * offset - shift)
    # bone stays, and what lies on it nearly so
    moved *= np.clip((bone_mm - _RIGID_MM) / _LEAST_BONE_MM, 0.0, 1.0)[..., None]
    z = points[..., 2]
    moved *= np.clip((_TOP_MM[1] - z) / (_TOP_MM[1] - _TOP_MM[0]), 0.0, 1.0)[..., None]
    single: _Field = moved.astype(np.float32)
    return single


def patient_point_mm(warp: PatientWarp, template_mm: tuple[float, float, float]) -> FloatArray:
    """Find where a point of the template lies in the patient, by iteration."""
    wanted = np.asarray(template_mm, dtype=np.float64)
    points: FloatArray = (wanted / warp.scale)[None]
    for _ in range(6):
        points = points + (wanted - warp.template_points_mm(points)) / warp.scale
    point: FloatArray = points[0]
    return point


def surviving_share(resistant: _Field, course: Course, fraction: int) -> _Field:
    """Share of tumour cells left, ``exp(-k n (1 - resistance r))`` with r from 0 (sensitive) to 1."""
    spared = np.float32(course.resistance) * np.clip(resistant, 0.0, 1.0)
    share: _Field = np.exp(-np.float32(course.kill_per_fraction * fraction) * (1.0 - spared))
    return share


def blood_supply(poor: _Field, course: Course, fraction: int) -> _Field:
    """Oxygen supply relative to well-perfused tumour; what is poorly supplied recovers in part.

    Parameters
    ----------
    poor : ndarray
        Supply before treatment, 0 to 1.
    course : Course
    fraction : int
    """
    recovered = 1.0 - np.exp(-np.float32(course.reoxygenation_per_fraction * fraction))
    before = np.clip(poor, 0.05, 1.0)
    supply: _Field = before + recovered * (1.0 - before)
    return supply
