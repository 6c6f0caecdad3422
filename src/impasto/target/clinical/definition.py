"""What a guideline or trial says of its target volumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from impasto.core import ImpastoError

__all__ = ["Condition", "GrossVolume", "Measure", "TargetDefinition", "TargetVolume", "VolumePart"]


class GrossVolume(StrEnum):
    """What is seen on images."""

    ENHANCEMENT = "enhancement"
    """Contrast-enhancing lesion, with what it encloses; after surgery the residual one."""
    CAVITY = "cavity"
    """Resection cavity: the tumour bed."""
    T2_LESION = "T2 lesion"
    """Hyperintensity on T2 or FLAIR."""
    METABOLIC = "metabolic"
    """Metabolic abnormality of spectroscopic imaging or PET."""


class Measure(StrEnum):
    """What a condition measures."""

    DIAMETER = "largest diameter"
    DISTANCE = "smallest distance to the chiasm"
    PARTS = "separate parts"


@dataclass(frozen=True)
class VolumePart:
    """Gross volumes and the margin around their union.

    Parameters
    ----------
    of : tuple of GrossVolume
        Those that a patient does not have are left out.
    margin_mm : float
    margin_without_t2_lesion_mm : float, optional
        Instead of `margin_mm` where there is no T2 lesion.
    """

    of: tuple[GrossVolume, ...]
    margin_mm: float
    margin_without_t2_lesion_mm: float | None = None

    def __post_init__(self) -> None:
        if not self.of or not min(self.margin_mm, self.margin_without_t2_lesion_mm or 0.0) >= 0.0:
            problem = f"{len(self.of)} gross volumes and a margin of {self.margin_mm:g} mm"
            raise ImpastoError("target definition", problem, "name gross volumes and give 0 mm or more")


@dataclass(frozen=True)
class TargetVolume:
    """A clinical target volume, the union of its parts, and the planning target volume around it.

    Parameters
    ----------
    clinical, planning : str
        Names, for example ``"CTV60"`` and ``"PTV60"``.
    parts : tuple of VolumePart
    planning_margin_mm : float
    """

    clinical: str
    planning: str
    parts: tuple[VolumePart, ...]
    planning_margin_mm: float


@dataclass(frozen=True)
class Condition:
    """What a patient's tumour must be like.

    Parameters
    ----------
    measure : Measure
    of : tuple of GrossVolume
        Of their union.
    limit : float
        In mm; a number for parts.
    is_upper : bool
        Whether the value may not exceed the limit, or not fall short of it.
    """

    measure: Measure
    of: tuple[GrossVolume, ...]
    limit: float
    is_upper: bool


@dataclass(frozen=True)
class TargetDefinition:
    """Target volumes of a guideline or trial.

    Parameters
    ----------
    name : str
    volumes : tuple of TargetVolume
    source : str
    conditions : tuple of Condition
    """

    name: str
    volumes: tuple[TargetVolume, ...]
    source: str
    conditions: tuple[Condition, ...] = ()

    def with_margins(self, margins_mm: Mapping[str, float]) -> TargetDefinition:
        """Replace margins.

        Parameters
        ----------
        margins_mm : mapping of str to float
            By name of a clinical volume, for all of its parts that have a margin, or of a planning volume.

        Raises
        ------
        ImpastoError
            When the definition has no volume of a name.
        """
        known = [name for volume in self.volumes for name in (volume.clinical, volume.planning)]
        for name in margins_mm:
            if name not in known:
                problem = f"{self.name} defines no such volume"
                raise ImpastoError(name, problem, f"choose one of: {', '.join(known)}")
        return replace(self, volumes=tuple(_with_margins(volume, margins_mm) for volume in self.volumes))


def _with_margins(volume: TargetVolume, margins_mm: Mapping[str, float]) -> TargetVolume:
    planning = margins_mm.get(volume.planning, volume.planning_margin_mm)
    if volume.clinical not in margins_mm:
        return replace(volume, planning_margin_mm=planning)
    margin = margins_mm[volume.clinical]
    parts = tuple(VolumePart(part.of, margin) if part.margin_mm > 0.0 else part for part in volume.parts)
    return replace(volume, parts=parts, planning_margin_mm=planning)
