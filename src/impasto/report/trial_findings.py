"""What a report of an in-silico trial says: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impasto.core.arrays import FloatArray
from impasto.outcome.design import Share
from impasto.report.content import Heading, Setting, Step

__all__ = ["CalibrationRow", "PublishedResult", "TrialFindings", "WorldDesign", "WorldFindings"]


@dataclass(frozen=True)
class PublishedResult:
    """Hazard ratio that the trial itself found, its limits, and the one it was planned for."""

    hazard_ratio: float
    lower: float
    upper: float
    planned: float


@dataclass(frozen=True, eq=False)
class WorldDesign:
    """How one design behaves in one world.

    Parameters
    ----------
    hazard_ratio : ndarray, shape (replicate,)
        Stratified Cox regression at the last look, overall survival.
    for_benefit, for_harm, stopped_early : Share
        Trials that crossed a boundary at either look, and those that did at the first.
    at_most_published : float
        Share of trials with a hazard ratio at or below the published one.
    within_published : float
        Share within its limits.
    progression_hazard_ratio : float
        Median over trials, progression-free survival.
    survival : tuple of 2 floats
        Median survival of the control and of the experimental arm, months, median over trials.
    deaths : float
        Median number at the last look.
    futile, futile_with_benefit : Share
        Trials at or below a boundary of futility at the first look, which nobody followed, and those of them that found
        a benefit at the last.
    """

    hazard_ratio: FloatArray
    for_benefit: Share
    for_harm: Share
    stopped_early: Share
    at_most_published: float
    within_published: float
    progression_hazard_ratio: float
    survival: tuple[float, float]
    deaths: float
    futile: Share
    futile_with_benefit: Share


@dataclass(frozen=True, eq=False)
class WorldFindings:
    """A world: what differs from the assumptions, growth fitted in it, and each design."""

    name: str
    kind: str
    alpha_per_gy: float
    alpha_spread: float
    sensitivity: float
    doubling_days: float
    designs: Mapping[str, WorldDesign]


@dataclass(frozen=True)
class CalibrationRow:
    """A published figure and what the simulated trial has.

    Parameters
    ----------
    name : str
    published, simulated : float
        NaN where nothing was published.
    unit : str
    role : str
        Whether it was fitted, steered by an assumption, or follows from the rest.
    """

    name: str
    published: float
    simulated: float
    unit: str
    role: str


@dataclass(frozen=True, eq=False)
class TrialFindings:
    """Everything a report of an in-silico trial says.

    Parameters
    ----------
    heading : Heading
    about : str
    published : PublishedResult
    worlds : tuple of WorldFindings
        The assumed one first.
    impossible : dict of str to str
        Worlds left out, and why.
    calibration : tuple of CalibrationRow
    fitted : tuple of Setting
    assumptions : tuple of Setting
    boundaries : dict of str to str
        Of each design, in words.
    replicates : int
    notes : tuple of str
    provenance : tuple of Step
    """

    heading: Heading
    about: str
    published: PublishedResult
    worlds: tuple[WorldFindings, ...]
    impossible: Mapping[str, str]
    calibration: tuple[CalibrationRow, ...]
    fitted: tuple[Setting, ...]
    assumptions: tuple[Setting, ...]
    boundaries: Mapping[str, str]
    replicates: int
    notes: tuple[str, ...]
    provenance: tuple[Step, ...]

    @property
    def assumed(self) -> WorldFindings:
        """The world as assumed."""
        return self.worlds[0]
