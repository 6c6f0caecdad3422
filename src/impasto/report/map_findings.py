"""What a report of maps says: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from impasto.core import ImpastoError
from impasto.report.content import Heading, Setting, Step
from impasto.report.maps_over_anatomy import MapsOverAnatomy
from impasto.report.spectroscopy_findings import CoverageRow, VoxelSpectrum

__all__ = ["MapFindings", "MapReportContent", "RegionValues", "Spread", "StepSettings"]


@dataclass(frozen=True)
class Spread:
    """How the trusted values of a map are spread over a region; NaN where there are none.

    Parameters
    ----------
    median, low, high : float
        Of the voxels with a value to trust: the median, and what 5 % lie below and 95 % lie below.
    voxels : int
        How many those are.
    """

    median: float
    low: float
    high: float
    voxels: int


@dataclass(frozen=True)
class RegionValues:
    """The maps of a step in one structure.

    Parameters
    ----------
    structure : str
    voxels : int
        Mapped voxels that lie at least half inside.
    values : mapping of str to Spread
        By name of the map.
    """

    structure: str
    voxels: int
    values: Mapping[str, Spread]


@dataclass(frozen=True, eq=False)
class MapFindings:
    """Everything a report says about the maps of one step.

    Parameters
    ----------
    step : str
        Its name in the protocol.
    title : str
        ``"Permeability (DCE)"``.
    notes : tuple of str
        What a reader must know: how it was acquired and fitted.
    maps : MapsOverAnatomy, optional
        Those that are drawn; None for a single voxel.
    telling : str
        Name of the map that stands for the step in the first figure; empty for none.
    units : mapping of str to str
        Name to UCUM unit of every map that `regions` have values of, in the order of the table.
    regions : tuple of RegionValues
    coverage : tuple of CoverageRow
        The first row counts all; shares in percent are of it.
    spectra : tuple of VoxelSpectrum
        The few that are drawn.
    """

    step: str
    title: str
    notes: tuple[str, ...]
    maps: MapsOverAnatomy | None = None
    telling: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[RegionValues, ...] = ()
    coverage: tuple[CoverageRow, ...] = ()
    spectra: tuple[VoxelSpectrum, ...] = ()


@dataclass(frozen=True)
class StepSettings:
    """Every setting of a step."""

    step: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, eq=False)
class MapReportContent:
    """Everything a report of maps says.

    Parameters
    ----------
    heading : Heading
    findings : tuple of MapFindings
        In the order of the page.
    notes : tuple of str
        Sentences that a reader must know before looking at a map.
    settings : tuple of StepSettings
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there is nothing to show.
    """

    heading: Heading
    findings: tuple[MapFindings, ...]
    notes: tuple[str, ...] = ()
    settings: tuple[StepSettings, ...] = ()
    provenance: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not self.findings:
            raise ImpastoError("report of maps", "there are no maps", "make some: impasto maps CASE")
