"""Stage: drawn volumes become targets: GTV, PTV by margin, the patient's outline."""

from __future__ import annotations

from dataclasses import replace

from impasto.core import Grid, Image, Progress, Role, Structure, StructureSet
from impasto.files import StrictModel
from impasto.target import Margin, expanded, external_from_ct, limited_to
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching, only_one

__all__ = ["TARGETS"]


class _Settings(StrictModel):
    gtv: str = "GTV*"
    ptv: str = "PTV"
    margin_mm: float = 5.0
    external: tuple[str, ...] = ("EXTERNAL", "BODY", "SKIN", "OUTLINE")
    external_threshold_hu: float = -300.0
    skin_mm: float = 3.0


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    ct, structures = inputs.image("ct"), inputs.structures("structures")
    notes = []
    external, note = _external(structures, ct, settings)
    structures = structures.with_structure(external)
    notes += note
    progress("margins", 0.3)
    gtv = only_one(structures, settings.gtv, "targets.gtv")
    structures = structures.with_structure(replace(gtv, role=Role.GTV))
    if settings.ptv in structures:
        notes.append(f"{settings.ptv} is used as drawn: margin_mm has no effect")
        structures = structures.with_structure(replace(structures[settings.ptv], role=Role.PTV))
    else:
        ptv = _planning_target(gtv, external, ct.grid, settings)
        structures = structures.with_structure(ptv)
    return StageResult({"structures": structures}, tuple(notes))


def _external(structures: StructureSet, ct: Image, settings: _Settings) -> tuple[Structure, list[str]]:
    drawn = structures.with_role(Role.EXTERNAL) or matching(structures, settings.external)
    if drawn:
        return replace(drawn[0], role=Role.EXTERNAL), []
    found = replace(external_from_ct(ct, settings.external_threshold_hu), colour=(120, 120, 120))
    return found, [f"the outline is what the CT shows above {settings.external_threshold_hu:g} HU: none was drawn"]


def _planning_target(gtv: Structure, external: Structure, grid: Grid, settings: _Settings) -> Structure:
    """GTV plus margin, kept out of the skin where there is no build-up."""
    grown = expanded(gtv, Margin.uniform(settings.margin_mm), grid, settings.ptv, Role.PTV)
    return replace(limited_to(grown, external, settings.skin_mm, grid, settings.ptv), colour=(234, 138, 0))


TARGETS = Stage("targets", _Settings, _run)
