"""Stage: where a map exceeds a threshold becomes a boost target, joined with what is drawn, plus margin."""

from __future__ import annotations

from pydantic import NonNegativeFloat

from impasto.core import Grid, Progress, Role, Structure, StructureSet
from impasto.files import StrictModel
from impasto.target import Margin, above_threshold, expanded, limited_to, union
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching, only_one
from impasto.workflow.stages.target_figures import target_volumes

__all__ = ["BOOST_TARGET"]


class _Settings(StrictModel):
    threshold: float
    inside: str = "Brain"
    name: str
    joined_with: tuple[str, ...] = ()
    planning_name: str = "PTV boost"
    margin_mm: NonNegativeFloat = 5.0
    colour: tuple[int, int, int] = (217, 70, 239)


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    image, structures, ct = inputs.image("image"), inputs.structures("structures"), inputs.image("ct")
    region = only_one(structures, settings.inside, "boost target: inside")
    found = above_threshold(image, settings.threshold, region, settings.name, Role.GTV)
    found = Structure(found.name, found.role, mask=found.mask, colour=settings.colour)
    progress("margin", 0.4)
    planning = _planning_target(found, structures, ct.grid, settings)
    rule = f"{image.quantity} at least {settings.threshold:g}"
    note = f"{found.name}: {found.volume_ml():.1f} ml where {rule}."
    structures = structures.with_structure(found).with_structure(planning)
    rules = {
        found.name: rule,
        planning.name: f"{' + '.join((found.name, *settings.joined_with))} + {settings.margin_mm:g} mm",
    }
    return StageResult({"structures": structures, "volumes": target_volumes((found, planning), rules)}, (note,))


def _planning_target(found: Structure, structures: StructureSet, grid: Grid, settings: _Settings) -> Structure:
    parts = (found, *matching(structures, settings.joined_with))
    joined = union(parts, grid, settings.planning_name, Role.PTV)
    grown = expanded(joined, Margin.uniform(settings.margin_mm), grid, settings.planning_name, Role.PTV)
    outline = structures.with_role(Role.EXTERNAL)
    return limited_to(grown, outline[0], 0.0, grid, settings.planning_name) if outline else grown


BOOST_TARGET = Stage("boost-target", _Settings, _run, version=2)
