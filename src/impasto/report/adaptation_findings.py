"""What a report of an adapted course says: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from impasto.core import ImpastoError
from impasto.evaluate import DoseVolumeHistogram
from impasto.report.content import Heading, Step
from impasto.report.map_findings import StepSettings
from impasto.report.maps_over_anatomy import MapsOverAnatomy
from impasto.report.theme import StructureColour

__all__ = [
    "AdaptationFindings",
    "ControlRow",
    "CoverageOfPhase",
    "DriftRow",
    "PhaseFindings",
    "RuleReading",
    "StructureDoses",
]


@dataclass(frozen=True)
class DriftRow:
    """One structure of a day against planning.

    Parameters
    ----------
    structure : str
    volume_before_ml, volume_ml : float
    dice : float
    shift_mm : float
    """

    structure: str
    volume_before_ml: float
    volume_ml: float
    dice: float
    shift_mm: float


@dataclass(frozen=True)
class RuleReading:
    """A re-planning rule, what it reads, and whether it asks for a new plan."""

    rule: str
    structure: str
    value: float
    limit: float
    unit: str
    is_triggered: bool


@dataclass(frozen=True, eq=False)
class PhaseFindings:
    """One day of imaging.

    Parameters
    ----------
    given : int
        Fractions given before.
    fractions : int
        Given with this day's plan.
    tumour_ml, hypoxic_ml, threshold : float
        Volumes, and the uptake from which tissue counts as hypoxic.
    unit : str
        Of the uptake.
    maps : MapsOverAnatomy
        Uptake and prescribed dose over the day's CT.
    registration : str
        Verdict of the registration with the day before; empty for the first.
    drifts : tuple of DriftRow
    hypoxia_dice : float, optional
        Of the hypoxic volume with the one before, carried along.
    rules : tuple of RuleReading
    """

    given: int
    fractions: int
    tumour_ml: float
    hypoxic_ml: float
    threshold: float
    unit: str
    maps: MapsOverAnatomy
    registration: str = ""
    drifts: tuple[DriftRow, ...] = ()
    hypoxia_dice: float | None = None
    rules: tuple[RuleReading, ...] = ()

    @property
    def is_triggered(self) -> bool:
        """Whether any rule asks for a new plan."""
        return any(rule.is_triggered for rule in self.rules)


@dataclass(frozen=True)
class StructureDoses:
    """Figures of one structure in one arm, in Gy; NaN where they could not be found.

    Parameters
    ----------
    structure : str
    d98_gy, mean_gy, d2_gy : float
    without_dose_percent : float
        Share of the structure to which a phase brought no dose.
    """

    structure: str
    d98_gy: float
    mean_gy: float
    d2_gy: float
    without_dose_percent: float


@dataclass(frozen=True)
class CoverageOfPhase:
    """What was hypoxic on one day, and how much of it got what that day's image asked for.

    Parameters
    ----------
    structure : str
    volume_ml : float
        Where its tissue lay before treatment.
    wanted_mean_eqd2_gy : float
    covered_percent, mean_eqd2_gy : mapping of str to float
        By arm.
    """

    structure: str
    volume_ml: float
    wanted_mean_eqd2_gy: float
    covered_percent: Mapping[str, float]
    mean_eqd2_gy: Mapping[str, float]


@dataclass(frozen=True)
class ControlRow:
    """Modelled tumour control of one arm."""

    arm: str
    tcp: float
    population_tcp: float
    surviving: float


@dataclass(frozen=True, eq=False)
class AdaptationFindings:
    """Everything a report of an adapted course says.

    Parameters
    ----------
    heading : Heading
    phases : tuple of PhaseFindings
    arms : tuple of str
        The adapted course first.
    doses : mapping of str to tuple of StructureDoses
        By arm; physical, summed on the image before treatment.
    histograms : mapping of str to mapping of str to DoseVolumeHistogram
        By arm and structure.
    colours : mapping of str to StructureColour
    coverage : tuple of CoverageOfPhase
    covered_percent : float
        Of the EQD2 asked for, from which a voxel counts as covered.
    control : tuple of ControlRow
    control_model : str
    summed : MapsOverAnatomy
        Both arms' dose and their difference over the planning CT.
    sums : mapping of str to str
        By arm: how phases were summed, the energy balance, what has no dose.
    notes : tuple of str
    settings : tuple of StepSettings
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there are not two arms with doses.
    """

    heading: Heading
    phases: tuple[PhaseFindings, ...]
    arms: tuple[str, ...]
    doses: Mapping[str, tuple[StructureDoses, ...]]
    histograms: Mapping[str, Mapping[str, DoseVolumeHistogram]]
    colours: Mapping[str, StructureColour]
    coverage: tuple[CoverageOfPhase, ...]
    covered_percent: float
    control: tuple[ControlRow, ...]
    control_model: str
    summed: MapsOverAnatomy
    sums: Mapping[str, str]
    notes: tuple[str, ...] = ()
    settings: tuple[StepSettings, ...] = field(default=())
    provenance: tuple[Step, ...] = field(default=())

    def __post_init__(self) -> None:
        if len(self.arms) != 2 or any(arm not in self.doses for arm in self.arms):
            raise ImpastoError("adaptation", "there are not two arms to compare", "run it to its end")
