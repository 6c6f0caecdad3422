"""Dose distributions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from impasto.core.arrays import RealArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image

__all__ = ["Dose", "DoseKind"]


class DoseKind(StrEnum):
    """What a gray in the distribution means."""

    PHYSICAL = "physical"
    EQD2 = "EQD2"


@dataclass(frozen=True, eq=False)
class Dose:
    """Total dose of a course, in gray.

    Parameters
    ----------
    image : Image
        Dose in Gy (unit ``"Gy"``) over the whole course, not negative.
    fractions : int
        Number of equal fractions that deliver it.
    kind : DoseKind
        Physical dose, or equivalent dose in 2 Gy fractions.
    alpha_beta_gy : float, optional
        The alpha/beta that EQD2 was computed with; required for and only for EQD2.
    label : str
        Where it comes from, for example a plan's name.

    Raises
    ------
    ImpastoError
        When the unit is not Gy, fractions are not positive, or alpha/beta and kind disagree.
    """

    image: Image
    fractions: int
    kind: DoseKind = DoseKind.PHYSICAL
    alpha_beta_gy: float | None = None
    label: str = ""

    def __post_init__(self) -> None:
        subject = self.label or "dose"
        if self.image.unit != "Gy":
            raise ImpastoError(subject, f"its unit is {self.image.unit!r}", "convert it to Gy")
        if self.fractions < 1:
            raise ImpastoError(subject, f"{self.fractions} fractions", "state how many fractions deliver it")
        if (self.kind is DoseKind.EQD2) != (self.alpha_beta_gy is not None):
            raise ImpastoError(subject, "EQD2 and alpha/beta must come together", "give alpha/beta with EQD2 only")

    @property
    def gy(self) -> RealArray:
        """Dose values in Gy, shape (i, j, k)."""
        return self.image.data

    @property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        return self.image.grid

    def scaled(self, factor: float) -> Dose:
        """Return the dose times a factor."""
        return replace(self, image=self.image.with_data(self.image.data * factor))
