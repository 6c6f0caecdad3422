"""What a report says: plain data that a workflow fills in and the figures and tables read."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from impasto.core import Dose, Image, ImpastoError, Prescription, Shot, StructureSet
from impasto.evaluate import PlanEvaluation, RadiosurgerySummary
from impasto.report.spectroscopy_findings import SpectroscopyFindings
from impasto.report.target_findings import TargetFindings

__all__ = ["Display", "Heading", "Images", "NoteGroup", "PlanResult", "ReportContent", "Setting", "Step"]


@dataclass(frozen=True)
class Heading:
    """What stands above a report.

    Parameters
    ----------
    title : str
    subject : str
        Pseudonymised identifier.
    protocol : str
    date : str
        As it should be printed.
    is_simulated : bool
        Whether the data come from a digital patient; then every page says so.
    """

    title: str
    subject: str
    protocol: str
    date: str
    is_simulated: bool


@dataclass(frozen=True)
class Setting:
    """A setting that changed a number, and why it is what it is."""

    name: str
    value: str
    unit: str
    why: str


@dataclass(frozen=True)
class Step:
    """Where one output came from: a row of provenance.

    Parameters
    ----------
    name : str
    inputs : tuple of str
        Names or short hashes of the inputs.
    settings : str
    version : str
        Version of the software that ran it.
    """

    name: str
    inputs: tuple[str, ...]
    settings: str
    version: str


@dataclass(frozen=True, eq=False)
class Images:
    """The images behind the pictures, all in the frame of the planning image.

    Parameters
    ----------
    ct : Image
        Planning CT in Hounsfield units, or another planning image: MR.
    structures : StructureSet
    prescribed : Image
        Prescribed dose in Gy, 0 outside the targets.
    functional : Image, optional
        The image that the dose is painted by, for example SUV.
    """

    ct: Image
    structures: StructureSet
    prescribed: Image
    functional: Image | None = None

    @property
    def base_name(self) -> str:
        """What the planning image is called."""
        return "CT" if self.ct.unit == "[hnsf'U]" else self.ct.quantity


@dataclass(frozen=True)
class Display:
    """How the pictures are drawn.

    Parameters
    ----------
    focus_mm : tuple of float
        LPS point that the slices go through.
    structures : tuple of str
        Names of the structures to draw, in the order of legends and tables.
    level_hu, width_hu : float
        Grey window of the planning image, in its unit: Hounsfield for a CT.
    dose_levels_gy : tuple of float, optional
        Ascending isodose levels; chosen from the prescription when absent.
    functional_limits : tuple of float, optional
        Values at the ends of the functional colour scale; chosen from the image when absent.
    """

    focus_mm: tuple[float, float, float]
    structures: tuple[str, ...]
    level_hu: float = 40.0
    width_hu: float = 400.0
    dose_levels_gy: tuple[float, ...] | None = None
    functional_limits: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A plan's name, its dose over the course, what its evaluation by the prescription found, and its shots."""

    name: str
    dose: Dose
    evaluation: PlanEvaluation
    shots: tuple[Shot, ...] = ()


@dataclass(frozen=True)
class NoteGroup:
    """Sentences about one thing: a plan, a step, what was imported."""

    title: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything a report says.

    Parameters
    ----------
    heading : Heading
    images : Images
    prescription : Prescription
    plans : tuple of PlanResult
        One, or two to compare: the painted plan first.
    display : Display
    notes : tuple of str or NoteGroup
        Sentences that a reader must know before reading a figure, alone or under what they are about.
    settings : tuple of Setting
    provenance : tuple of Step
    targets : tuple of TargetFindings
        Of the steps that made the biological targets.
    spectroscopy : SpectroscopyFindings, optional
    radiosurgery : tuple of RadiosurgerySummary
        Plans of a Gamma Knife by the same figures.

    Raises
    ------
    ImpastoError
        When there are no plans or more than two; when plans share a name, differ in the kind of dose or were evaluated
        against another prescription; when the display does not fit the images.
    """

    heading: Heading
    images: Images
    prescription: Prescription
    plans: tuple[PlanResult, ...]
    display: Display
    notes: tuple[str | NoteGroup, ...] = ()
    settings: tuple[Setting, ...] = field(default=())
    provenance: tuple[Step, ...] = field(default=())
    targets: tuple[TargetFindings, ...] = ()
    spectroscopy: SpectroscopyFindings | None = None
    radiosurgery: tuple[RadiosurgerySummary, ...] = ()

    def __post_init__(self) -> None:
        if len(self.plans) not in (1, 2):
            raise ImpastoError("report", f"{len(self.plans)} plans", "give one plan, or two to compare")
        names = [plan.name for plan in self.plans]
        if len(set(names)) < len(names):
            raise ImpastoError("report", f"both plans are named {names[0]!r}", "rename one of them")
        if len({(plan.dose.kind, plan.dose.alpha_beta_gy) for plan in self.plans}) > 1:
            raise ImpastoError("report", "the plans' doses are of different kinds", "convert both to one kind")
        for plan in self.plans:
            if plan.evaluation.prescription != self.prescription.name:
                problem = f"it was evaluated against the prescription {plan.evaluation.prescription!r}"
                raise ImpastoError(plan.name, problem, f"evaluate it against {self.prescription.name!r}")
        if self.images.prescribed.unit != "Gy":
            raise ImpastoError("prescribed dose", f"its unit is {self.images.prescribed.unit!r}", "convert it to Gy")
        for name in self.display.structures:
            self.images.structures[name]
        low, high = self.images.ct.grid.bounds_mm()
        focus = np.asarray(self.display.focus_mm)
        if np.any(focus < low) or np.any(focus > high):
            raise ImpastoError("report", f"the slices' point {self.display.focus_mm} lies outside the image", "move it")

    @property
    def painted(self) -> PlanResult:
        """The first plan."""
        return self.plans[0]

    @property
    def compared(self) -> PlanResult | None:
        """The second plan, when there is one."""
        return self.plans[1] if len(self.plans) > 1 else None
