"""What every way of prescribing needs to know about the course of treatment."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core import DoseGoal, DoseLimit, Prescription

__all__ = ["PrescriptionSettings"]


@dataclass(frozen=True)
class PrescriptionSettings:
    """The frame of a prescription.

    Parameters
    ----------
    name : str
    fractions : int
    limits : tuple of DoseLimit
        For the organs at risk.
    maximum_gy : float
        No voxel may be prescribed more than this over the course.
    """

    name: str
    fractions: int
    limits: tuple[DoseLimit, ...] = ()
    maximum_gy: float = 100.0

    def prescription(self, goals: tuple[DoseGoal, ...], method: str) -> Prescription:
        """Build the prescription of these goals, with the method by which they were found."""
        return Prescription(self.name, self.fractions, goals, self.limits, self.maximum_gy, method)
