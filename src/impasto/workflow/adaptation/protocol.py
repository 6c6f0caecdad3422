"""The protocol of an adaptation: one chain of steps for each day of imaging, and the sum of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from impasto.core import ImpastoError
from impasto.files import Case, CaseEntry, EntryKind, content_hash
from impasto.workflow.adaptation.phases import Phase, find_phases
from impasto.workflow.protocol import InputChoice, Protocol, Step
from impasto.workflow.stages.adaptation.comparison import ARMS

__all__ = ["ADAPTATION_PROTOCOL", "AdaptationChoice", "adaptation_protocol"]

ADAPTATION_PROTOCOL = "adaptive"

_LIMITS: list[dict[str, Any]] = [
    {"structure": "*brainstem*", "kind": "maximum", "dose_gy": 50.0, "weight": 5.0},
    {"structure": "*cord*", "kind": "maximum", "dose_gy": 45.0, "weight": 5.0},
    {"structure": "*parotid*", "kind": "mean", "dose_gy": 26.0},
    {"structure": "*larynx*", "kind": "mean", "dose_gy": 45.0},
    {"structure": "*mandible*", "kind": "maximum", "dose_gy": 73.5},
]
_WHOLE = ["*brainstem*", "*cord*", "*parotid*", "*larynx*", "*mandible*"]
_GANTRY_DEG = [0.0, 40.0, 80.0, 120.0, 160.0, 200.0, 240.0, 280.0, 320.0]


@dataclass(frozen=True)
class AdaptationChoice:
    """What a user decides about an adaptation.

    Parameters
    ----------
    at : tuple of int
        Fractions given before each imaging after the first, ascending.
    fractions : int
        Of the whole course.
    tracer : str
        Which PET paints, where a day has several.
    registration : {"deformable", "rigid", "headers", "supplied"}
        How days come into one frame.
    transforms : tuple of Path
        For ``supplied``: a folder with a transform from each day's CT before to its own, as impasto writes it.
    accepted : tuple of str
        Registrations that may fail their limits, by the name of their step.
    structures : {"deformed", "drawn"}
        Which structures a later day is planned on.
    oxygen : tuple of str
        Images of the case with each day's oxygen pressure, for tumour control; read from uptake without.
    cells : str
        Image of the case with the density of tumour cells before treatment.
    """

    at: tuple[int, ...]
    fractions: int = 35
    tracer: str = ""
    registration: Literal["deformable", "rigid", "headers", "supplied"] = "deformable"
    transforms: tuple[Path, ...] = ()
    accepted: tuple[str, ...] = ()
    structures: Literal["deformed", "drawn"] = "deformed"
    oxygen: tuple[str, ...] = ()
    cells: str = ""


@dataclass
class _Writer:
    """Gathers inputs and steps."""

    inputs: dict[str, InputChoice] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def step(self, name: str, stage: str, inputs: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> None:
        self.steps.append(Step(name=name, stage=stage, inputs=dict(inputs), settings=dict(settings or {})))

    def entry(self, name: str, entry: CaseEntry | None, kind: Literal["image", "structures"]) -> None:
        if entry is not None:
            self.inputs[name] = InputChoice(kind=kind, name=entry.name)


def adaptation_protocol(case: Case, choice: AdaptationChoice) -> Protocol:
    """Write down every step of an adaptation.

    Parameters
    ----------
    case : Case
        With a CT, a PET and, for the first, structures of each day.
    choice : AdaptationChoice

    Raises
    ------
    ImpastoError
        When scans do not fit the days, or transforms, oxygen maps and days are not as many.
    """
    days = (0, *choice.at)
    if not choice.at or choice.at[-1] >= choice.fractions:
        problem = f"imaging after {', '.join(map(str, choice.at)) or 'no'} of {choice.fractions} fractions"
        raise ImpastoError("adaptation", problem, "give at least one day before the last fraction (--at)")
    if choice.registration == "supplied" and len(choice.transforms) != len(choice.at):
        problem = f"{len(choice.transforms)} transforms for {len(choice.at)} later days"
        raise ImpastoError("adaptation", problem, "give one folder for each (--transform)")
    if choice.oxygen and len(choice.oxygen) != len(days):
        problem = f"{len(choice.oxygen)} oxygen maps for {len(days)} days"
        raise ImpastoError("adaptation", problem, "give one for each, planning included (--oxygen)")
    phases = find_phases(case, days, choice.tracer)
    writer = _Writer()
    _write_inputs(writer, case, phases, choice)
    for number in range(len(phases)):
        _write_phase(writer, phases, number, choice)
    _write_sums(writer, phases, choice)
    return Protocol(
        format=1,
        name=ADAPTATION_PROTOCOL,
        title="Adaptive dose painting",
        about="Re-painted and re-planned by each day's PET; doses summed on the image before treatment.",
        sources=("Gregoire 2018, figure 2", "Servagi-Vernat 2015"),
        inputs=writer.inputs,
        steps=tuple(writer.steps),
        report=None,
    )


def _write_inputs(writer: _Writer, case: Case, phases: Sequence[Phase], choice: AdaptationChoice) -> None:
    for phase in phases:
        writer.entry(f"ct-{phase.given}", phase.ct, "image")
        writer.entry(f"pet-{phase.given}", phase.pet, "image")
        writer.entry(f"structures-{phase.given}", phase.structures, "structures")
    for phase, name in zip(phases, choice.oxygen, strict=False):
        writer.entry(f"oxygen-{phase.given}", case.entry(EntryKind.IMAGE, name), "image")
    if choice.cells:
        writer.entry("cells", case.entry(EntryKind.IMAGE, choice.cells), "image")


def _write_phase(writer: _Writer, phases: Sequence[Phase], number: int, choice: AdaptationChoice) -> None:
    day = phases[number].given
    later = phases[number + 1].given if number + 1 < len(phases) else choice.fractions
    drawn = "structures-0" if number == 0 else f"frame-{day}.structures"
    if number:
        _write_frame(writer, phases, number, choice)
    writer.step(f"uptake-{day}", "standardised-uptake", {"image": f"pet-{day}"})
    writer.step(
        f"hypoxia-{day}", "hypoxic-volume", {"image": f"uptake-{day}.image", "ct": f"ct-{day}", "structures": drawn}
    )
    if number:
        _write_drift(writer, phases, number)
    needs = {
        "image": f"uptake-{day}.image",
        "structures": f"hypoxia-{day}.structures",
        "hypoxia": f"hypoxia-{day}.figures",
    }
    if number:
        needs |= _earlier(phases, number)
    settings = {"fractions": choice.fractions, "left": choice.fractions - day, "limits": _LIMITS}
    writer.step(f"prescription-{day}", "phase-prescription", needs, settings)
    needs = {
        "ct": f"ct-{day}",
        "structures": f"hypoxia-{day}.structures",
        "prescription": f"prescription-{day}.prescription",
    }
    plan = {"name": f"plan {day}", "gantry_deg": _GANTRY_DEG, "dose_grid_mm": 3.0, "around_targets_mm": 40.0}
    writer.step(f"plan-{day}", "photon-plan", needs, {**plan, "whole_structures": _WHOLE})
    writer.step(f"delivered-{day}", "delivered-dose", {"plan": f"plan-{day}.plan"}, {"fractions": later - day})
    if number:
        needs = {"plan": "plan-0.plan", "ct": f"ct-{day}", "structures": f"hypoxia-{day}.structures"}
        writer.step(f"unadapted-{day}", "dose-on-anatomy", needs, {"fractions": later - day})


def _write_frame(writer: _Writer, phases: Sequence[Phase], number: int, choice: AdaptationChoice) -> None:
    """Register a day with the one before, and carry structures from planning."""
    day, before = phases[number].given, phases[number - 1].given
    name = f"registration-{day}"
    stage, settings = _registration(choice, number)
    writer.step(name, stage, {"fixed": f"ct-{before}", "moving": f"ct-{day}"}, settings)
    needs = {
        "ct": f"ct-{day}",
        "structures": "structures-0",
        "transform": f"{name}.transform",
        "backward": f"{name}.backward",
        "quality": f"{name}.quality",
    }
    if number > 1:
        needs["before_from_planning"] = f"frame-{before}.from_planning"
        needs["before_to_planning"] = f"frame-{before}.to_planning"
    if phases[number].structures is not None:
        needs["drawn"] = f"structures-{day}"
    accepted = {"registration": name, "accepted": name in choice.accepted, "structures": choice.structures}
    writer.step(f"frame-{day}", "phase-frame", needs, accepted)


def _registration(choice: AdaptationChoice, number: int) -> tuple[str, dict[str, Any]]:
    if choice.registration == "supplied":
        folder = choice.transforms[number - 1].resolve()
        if not folder.is_dir():
            raise ImpastoError(str(folder), "is no folder with a transform", "give what impasto wrote")
        return "known-transform", {"folder": str(folder), "sha256": content_hash(folder)}
    if choice.registration == "headers":
        return "known-transform", {}
    return {"rigid": "registration", "deformable": "deformable-registration"}[choice.registration], {}


def _write_drift(writer: _Writer, phases: Sequence[Phase], number: int) -> None:
    day, before = phases[number].given, phases[number - 1].given
    now = {"ct": f"ct-{day}", "structures": f"hypoxia-{day}.structures"}
    writer.step(f"as-planned-{day}", "dose-on-anatomy", {"plan": f"plan-{before}.plan", **now})
    needs = {
        "structures_planned": "hypoxia-0.structures",
        "structures_before": f"hypoxia-{before}.structures",
        "structures": f"hypoxia-{day}.structures",
        "plan": f"plan-{before}.plan",
        "dose": f"as-planned-{day}.dose",
        "to_planning": f"frame-{day}.to_planning",
    }
    if number > 1:
        needs["from_planning_before"] = f"frame-{before}.from_planning"
    writer.step(f"drift-{day}", "phase-drift", needs)


def _earlier(phases: Sequence[Phase], number: int) -> dict[str, str]:
    """Name what a later prescription needs of the days before."""
    day, before = phases[number].given, phases[number - 1].given
    needs = {
        "painting": "prescription-0.painting",
        "earlier": f"prescription-{before}.whole",
        "to_planning": f"frame-{day}.to_planning",
    }
    if number > 1:
        needs["from_planning_earlier"] = f"frame-{before}.from_planning"
    for phase in phases[:number]:
        needs[f"delivered_{phase.given}"] = f"delivered-{phase.given}.dose"
        if phase.given:
            needs[f"from_planning_{phase.given}"] = f"frame-{phase.given}.from_planning"
    return needs


def _write_sums(writer: _Writer, phases: Sequence[Phase], choice: AdaptationChoice) -> None:
    later = [phase.given for phase in phases if phase.given]
    frames = {f"from_planning_{day}": f"frame-{day}.from_planning" for day in later}
    for arm, step in zip(ARMS, ("delivered", "unadapted"), strict=True):
        needs = {"structures": "hypoxia-0.structures", "dose_0": "delivered-0.dose", **frames}
        for day in later:
            needs |= {
                f"dose_{day}": f"{step}-{day}.dose",
                f"to_planning_{day}": f"frame-{day}.to_planning",
                f"ct_{day}": f"ct-{day}",
                f"structures_{day}": f"hypoxia-{day}.structures",
            }
        writer.step(f"sum-{arm}", "course-sum", needs, {"name": arm})
    needs = {"structures": "hypoxia-0.structures", **frames}
    for phase in phases:
        day = phase.given
        needs |= {
            f"structures_{day}": f"hypoxia-{day}.structures",
            f"whole_{day}": f"prescription-{day}.whole",
            f"hypoxia_{day}": f"hypoxia-{day}.figures",
            f"uptake_{day}": f"uptake-{day}.image",
        }
        needs |= {f"{arm}_{day}": f"sum-{arm}.part-{day}" for arm in ARMS}
        if choice.oxygen:
            needs[f"oxygen_{day}"] = f"oxygen-{day}"
    if choice.cells:
        needs["cells"] = "cells"
    writer.step("comparison", "course-comparison", needs, {"fractions": choice.fractions})
