"""The inverted dose map by which a planning system without painting can deliver one.

The system is told that a fictitious base dose has been given already and plans a uniform total on top of it; what it
then adds is the painted dose (Arnesen 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core import Dose, Grid, Image, ImpastoError, Prescription, StructureSet
from impasto.prescribe.target_voxels import target_voxels

__all__ = ["Uniformity", "base_dose", "uniformity_with_base"]


@dataclass(frozen=True)
class Uniformity:
    """How uniform base and delivered dose are together, in the voxels of the targets.

    Parameters
    ----------
    uniform_gy : float
        The total that was to be reached everywhere.
    mean_gy, lowest_gy, highest_gy : float
        Of the total that was reached.
    rms_deviation_gy : float
        Root mean square difference from `uniform_gy`: that of the delivered from the painted dose.
    """

    uniform_gy: float
    mean_gy: float
    lowest_gy: float
    highest_gy: float
    rms_deviation_gy: float


def base_dose(
    prescription: Prescription, structures: StructureSet, grid: Grid, uniform_gy: float | None = None
) -> Dose:
    """Invert a painted prescription: base = uniform total - prescribed dose in the targets, 0 elsewhere.

    Parameters
    ----------
    prescription : Prescription
    structures : StructureSet
        Holds every target of the prescription.
    grid : Grid
        Voxels of the result; where several targets overlap the first goal counts, as everywhere.
    uniform_gy : float, optional
        Total of base and prescribed dose; without it the highest prescribed dose, the least that is possible.

    Returns
    -------
    Dose
        Over the course, in the prescription's number of fractions; its label names the total.

    Raises
    ------
    ImpastoError
        When the total is below the highest prescribed dose, or no voxel of the grid lies in a target.

    Notes
    -----
    The system must be given the total as a uniform objective, and the base dose in as many fractions as the plan.
    """
    painted_gy = prescription.dose_map(structures, grid)
    inside = target_voxels(prescription, structures, grid)
    highest_gy = float(painted_gy.max())
    total_gy = highest_gy if uniform_gy is None else uniform_gy
    if total_gy < highest_gy:
        raise ImpastoError(
            prescription.name,
            f"a total of {total_gy:g} Gy is below the highest prescribed dose of {highest_gy:g} Gy",
            "give a total at least as high",
        )
    base_gy = np.where(inside, total_gy - painted_gy, 0.0)
    label = f"fictitious base dose, not delivered: {prescription.name} to a uniform total of {total_gy:g} Gy"
    return Dose(Image(base_gy, grid, "base dose", "Gy"), prescription.fractions, label=label)


def uniformity_with_base(
    base: Dose, delivered: Dose, prescription: Prescription, structures: StructureSet
) -> Uniformity:
    """Check that the base dose and a delivered dose add up to a uniform dose in the targets.

    Parameters
    ----------
    base : Dose
        From :func:`base_dose` of the same prescription.
    delivered : Dose
        On any grid; interpolated onto the base dose's.
    prescription : Prescription
    structures : StructureSet

    Returns
    -------
    Uniformity
    """
    painted_gy = prescription.dose_map(structures, base.grid)
    inside = target_voxels(prescription, structures, base.grid)
    total_gy = (base.gy + delivered.image.resampled_linear(base.grid).data)[inside].astype(np.float64)
    uniform_gy = float((base.gy + painted_gy)[inside].max())
    return Uniformity(
        uniform_gy,
        float(total_gy.mean()),
        float(total_gy.min()),
        float(total_gy.max()),
        float(np.sqrt(np.mean((total_gy - uniform_gy) ** 2))),
    )
