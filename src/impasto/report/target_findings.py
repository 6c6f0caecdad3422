"""What a report says about the biological targets of one step: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impasto.core import Image, StructureSet
from impasto.report.maps_over_anatomy import MapsOverAnatomy
from impasto.target import Check, Compared, VolumeInterval

__all__ = ["TargetFindings"]


@dataclass(frozen=True, eq=False)
class TargetFindings:
    """Everything a report says about the targets of one step.

    Parameters
    ----------
    step : str
        Its name in the protocol.
    title : str
    notes : tuple of str
        What a reader must know.
    images : mapping of str to Image
        Name to image that the targets are drawn over, the one that shows them best first; MR, CT, or PET.
    structures : StructureSet
        The targets that the step made, none of them empty.
    volumes : tuple of VolumeInterval
    checks : tuple of Check
    comparison : tuple of Compared
    probabilities : MapsOverAnatomy, optional
        How sure it is that a voxel belongs to a target.
    values : MapsOverAnatomy, optional
        Other maps that the step left.
    """

    step: str
    title: str
    notes: tuple[str, ...]
    images: Mapping[str, Image]
    structures: StructureSet
    volumes: tuple[VolumeInterval, ...] = ()
    checks: tuple[Check, ...] = ()
    comparison: tuple[Compared, ...] = ()
    probabilities: MapsOverAnatomy | None = None
    values: MapsOverAnatomy | None = None
