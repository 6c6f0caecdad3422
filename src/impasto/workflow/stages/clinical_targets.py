"""Stage: gross volumes become clinical and planning target volumes by a guideline or trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field, NonNegativeFloat

from impasto.core import Grid, Image, ImpastoError, Progress, Role, Structure, StructureSet
from impasto.files import StrictModel
from impasto.target import Compared, difference, external_from_ct, union
from impasto.target.clinical import (
    TARGET_DEFINITIONS,
    GrossVolume,
    Surroundings,
    TargetDefinition,
    TargetVolume,
    clinical_volumes,
    judged,
    planning_volumes,
)
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching
from impasto.workflow.stages.target_figures import target_checks, target_comparison, target_volumes

__all__ = ["CLINICAL_TARGETS"]

_SLOTS = ("structures", "lesions", "metabolic", "anatomy")
"""What was drawn goes before what was found."""

_WORTH_SAYING_ML = 1.0

_CLINICAL_COLOURS = ((37, 99, 235), (190, 24, 93))
_PLANNING_COLOURS = ((234, 138, 0), (220, 38, 38))
_OUTLINE_COLOUR = (120, 120, 120)


class ClinicalTargetsSettings(StrictModel):
    """What a protocol says about clinical targets, which lie on the voxels of the CT, or else of another image.

    Names are patterns; of each list the first pattern that fits a structure counts, and all that fit it. `margins_mm`
    replaces margins of the definition, by the name of a clinical or planning volume. Margins go around barriers or are
    straight with barriers cut out. `compared` are definitions to set beside the chosen one.
    """

    definition: str = "ESTRO-EANO 2023"
    margins_mm: dict[str, NonNegativeFloat] = Field(default_factory=dict)
    enhancement: tuple[str, ...] = ("CEL", "GTV*")
    cavity: tuple[str, ...] = ("*cavity*", "*tumour bed*", "*tumor bed*")
    t2_lesion: tuple[str, ...] = ("T2L", "*FLAIR*", "*oedema*", "*edema*")
    metabolic: tuple[str, ...] = ("CNR2",)
    brain: tuple[str, ...] = ("Brain",)
    barriers: tuple[str, ...] = ("Falx", "Tentorium", "Ventricles", "Brainstem")
    margins: Literal["around barriers", "straight"] = "around barriers"
    chiasm: tuple[str, ...] = ("*chiasm*",)
    outline: tuple[str, ...] = ("EXTERNAL", "BODY", "SKIN", "OUTLINE")
    compared: tuple[str, ...] = ("RTOG", "EORTC", "ESTRO-EANO 2023")


def _run(inputs: Inputs, settings: ClinicalTargetsSettings, progress: Progress) -> StageResult:
    image, structures = inputs.image("ct" if inputs.has("ct") else "image"), _joined(inputs)
    definition = _definition(settings.definition).with_margins(settings.margins_mm)
    gross = _gross_volumes(structures, settings, image.grid)
    surroundings, missing = _surroundings(structures, settings)
    structures, outline = _with_outline(structures, image, settings)
    clinical = clinical_volumes(definition, gross, surroundings, image.grid, progress)
    progress("planning target volumes", 0.5)
    planning = planning_volumes(definition, clinical, outline, image.grid)
    coloured = [
        *(replace(one, colour=_CLINICAL_COLOURS[n % 2]) for n, one in enumerate(clinical)),
        *(replace(one, colour=_PLANNING_COLOURS[n % 2]) for n, one in enumerate(planning)),
    ]
    for one in coloured:
        structures = structures.with_structure(one)
    progress("comparison", 0.6)
    rows = _compared(definition, clinical[0], gross, surroundings, settings, image.grid)
    chiasm = _first(structures, settings.chiasm)
    checks = judged(definition, gross, chiasm[0] if chiasm else None, image.grid)
    return StageResult(
        {
            "structures": structures,
            "volumes": target_volumes(coloured, _rules(definition, gross)),
            "checks": target_checks(checks),
            "comparison": target_comparison(rows),
        },
        (*_notes(definition, gross, missing, settings), *_nesting(planning, image.grid)),
    )


def _nesting(planning: Sequence[Structure], grid: Grid) -> tuple[str, ...]:
    """Say where a later volume, which gets more dose, leaves the first."""
    notes = []
    for later in planning[1:]:
        outside_ml = difference(later, planning[0], grid, "outside", Role.PTV).volume_ml()
        if outside_ml > _WORTH_SAYING_ML:
            notes.append(
                f"{outside_ml:.1f} of {later.volume_ml():.1f} ml of {later.name} lie outside {planning[0].name}."
            )
    return tuple(notes)


def _joined(inputs: Inputs) -> StructureSet:
    joined = StructureSet()
    for slot in _SLOTS:
        for one in inputs.structures(slot) if inputs.has(slot) else ():
            if one.name.casefold() not in {name.casefold() for name in joined.names}:
                joined = joined.with_structure(one)
    return joined


def _definition(name: str) -> TargetDefinition:
    if name not in TARGET_DEFINITIONS:
        known = ", ".join(TARGET_DEFINITIONS)
        raise ImpastoError("clinical targets", f"no definition is called {name!r}", f"choose one of: {known}")
    return TARGET_DEFINITIONS[name]


def _first(structures: StructureSet, patterns: tuple[str, ...]) -> tuple[Structure, ...]:
    """All that fit the first pattern that anything fits."""
    for pattern in patterns:
        found = tuple(one for one in matching(structures, [pattern]) if not one.is_empty)
        if found:
            return found
    return ()


def _gross_volumes(
    structures: StructureSet, settings: ClinicalTargetsSettings, grid: Grid
) -> dict[GrossVolume, Structure]:
    patterns = {
        GrossVolume.ENHANCEMENT: settings.enhancement,
        GrossVolume.CAVITY: settings.cavity,
        GrossVolume.T2_LESION: settings.t2_lesion,
        GrossVolume.METABOLIC: settings.metabolic,
    }
    found = {kind: _first(structures, names) for kind, names in patterns.items()}
    return {
        kind: several[0] if len(several) == 1 else union(several, grid, kind.value, Role.GTV)
        for kind, several in found.items()
        if several
    }


def _surroundings(structures: StructureSet, settings: ClinicalTargetsSettings) -> tuple[Surroundings, list[str]]:
    brain = _first(structures, settings.brain)
    barriers = {pattern: _first(structures, (pattern,)) for pattern in settings.barriers}
    missing = [] if brain else list(settings.brain[:1])
    missing += [pattern for pattern, found in barriers.items() if not found]
    standing = tuple(one for found in barriers.values() for one in found)
    return Surroundings(brain[0] if brain else None, standing, settings.margins == "around barriers"), missing


def _with_outline(
    structures: StructureSet, image: Image, settings: ClinicalTargetsSettings
) -> tuple[StructureSet, Structure | None]:
    """Add the patient's outline; what a CT shows of it where none was drawn."""
    drawn = structures.with_role(Role.EXTERNAL) or matching(structures, settings.outline)
    if drawn:
        outline = replace(drawn[0], role=Role.EXTERNAL)
    elif image.quantity == "CT number":
        outline = replace(external_from_ct(image), colour=_OUTLINE_COLOUR)
    else:
        return structures, None
    return structures.with_structure(outline), outline


def _rules(definition: TargetDefinition, gross: Mapping[GrossVolume, Structure]) -> dict[str, str]:
    rules = {}
    for volume in definition.volumes:
        rules[volume.clinical] = _rule(volume, gross)
        rules[volume.planning] = f"{volume.clinical} + {volume.planning_margin_mm:g} mm"
    return rules


def _rule(volume: TargetVolume, gross: Mapping[GrossVolume, Structure]) -> str:
    words = []
    for part in volume.parts:
        kinds = ", ".join(kind.value for kind in part.of if kind in gross)
        margin = part.margin_mm
        if part.margin_without_t2_lesion_mm is not None and GrossVolume.T2_LESION not in gross:
            margin = part.margin_without_t2_lesion_mm
        if kinds:
            words.append(f"{kinds} + {margin:g} mm" if margin else kinds)
    return "; ".join(words)


def _compared(
    definition: TargetDefinition,
    chosen: Structure,
    gross: Mapping[GrossVolume, Structure],
    surroundings: Surroundings,
    settings: ClinicalTargetsSettings,
    grid: Grid,
) -> list[Compared]:
    """Set every clinical volume of other definitions, and straight margins, beside the first of the chosen one."""
    if not settings.compared:
        return []
    ways = [(f"{definition.name}: {chosen.name}", chosen, definition.source)]
    other = replace(surroundings, goes_around=not surroundings.goes_around)
    words = "margins around barriers" if other.goes_around else "straight margins"
    first = replace(definition, volumes=definition.volumes[:1])
    (elsewhere,) = clinical_volumes(first, gross, other, grid)
    ways.append((f"{definition.name}: {chosen.name}, {words}", elsewhere, "impasto"))
    for name in settings.compared:
        if name != definition.name:
            rival = _definition(name)
            found = clinical_volumes(rival, gross, surroundings, grid)
            ways += [(f"{name}: {target.name}", target, rival.source) for target in found]
    rows = []
    for number, (method, target, source) in enumerate(ways):
        values: dict[str, float | str | None] = {
            "Volume [ml]": round(target.volume_ml(), 1),
            f"Dice with {chosen.name}": round(_dice(target, chosen, grid), 3),
        }
        rows.append(Compared(method, values, source, number == 0))
    return rows


def _dice(one: Structure, other: Structure, grid: Grid) -> float:
    a, b = one.voxels(grid), other.voxels(grid)
    return float(2.0 * (a & b).sum() / max(a.sum() + b.sum(), 1))


def _notes(
    definition: TargetDefinition,
    gross: Mapping[GrossVolume, Structure],
    missing: list[str],
    settings: ClinicalTargetsSettings,
) -> tuple[str, ...]:
    seen = ", ".join(f"{kind.value} {one.name}" for kind, one in gross.items())
    notes = [f"{definition.name}: {definition.source}.", f"Gross volumes: {seen}."]
    if settings.margins_mm:
        changed = ", ".join(f"{name} {margin:g} mm" for name, margin in settings.margins_mm.items())
        notes.append(f"Margins are not the definition's own: {changed}.")
    wanted = {kind for volume in definition.volumes for part in volume.parts for kind in part.of}
    absent = ", ".join(kind.value for kind in GrossVolume if kind in wanted and kind not in gross)
    if absent:
        notes.append(f"The patient has no {absent}: targets are made without.")
    if missing:
        notes.append(f"Not drawn and not found, so no limit to targets: {', '.join(missing)}.")
    return tuple(notes)


CLINICAL_TARGETS = Stage("clinical-targets", ClinicalTargetsSettings, _run)
