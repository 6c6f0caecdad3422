"""Stage: the zones that are painted: from masks where they are drawn, else from maps by a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat

from impasto.core import Grid, Image, ImpastoError, Progress, Role, Structure, StructureSet
from impasto.core.arrays import BoolArray, FloatArray
from impasto.files import StrictModel
from impasto.target.zones import zones_from_masks
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.grids import grid_around
from impasto.workflow.stages.selection import matching
from impasto.workflow.stages.target_figures import target_volumes
from impasto.workflow.zones.finding import find_zones
from impasto.workflow.zones.fragments import ZonesWithoutFragments, without_fragments
from impasto.workflow.zones.rules import load_zone_rule, zone_files
from impasto.workflow.zones.settings import ZonesStageSettings

__all__ = ["PAINTING_ZONES"]

_NAMES = ("aggressive", "penumbra", "passive")
_COLOURS = ((214, 39, 40), (249, 115, 22), (234, 179, 8))

_MENTIONED_ML = 0.01
"""Less of a drawn zone outside the tumour is a matter of drawing."""


class _Settings(StrictModel):
    """Masks that name the zones, and the rule for maps.

    `aggressive` and `penumbra` are patterns of drawn structures. `tumour` are patterns in order of preference: all that
    fits the first that anything fits is taken together; so are several patterns with + between. `penumbra_mm` is how
    near to the aggressive zone the penumbra reaches where none is drawn. Parts below `least_fragment_ml` of zones that
    were not drawn join the zone beside them, 0 leaves them: 0.11 ml is a ball of 6 mm, the width at half maximum of a
    4 mm shot, so no shot could give less a level of its own.
    """

    aggressive: tuple[str, ...] = ("aggressive",)
    penumbra: tuple[str, ...] = ("penumbra",)
    tumour: tuple[str, ...] = ("Tumour", "Tumor", "CEL", "GTV*")
    penumbra_mm: PositiveFloat = 2.0
    least_fragment_ml: NonNegativeFloat = 0.11
    voxel_mm: PositiveFloat = 1.0
    by_maps: ZonesStageSettings = ZonesStageSettings()


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    structures = inputs.structures("structures")
    named = matching(structures, settings.aggressive)
    if any(not one.is_empty for one in named):
        return _from_masks(structures, settings)
    if not any(inputs.has(name) for name in load_zone_rule(settings.by_maps.rule).maps):
        patterns = ", ".join(map(repr, settings.aggressive))
        drawn = f"{_listed(named)} is empty" if named else f"no structure fits {patterns}"
        raise ImpastoError(
            "zones",
            f"{drawn}, and there are no maps to find zones in",
            "draw it, name the structure that is it (--set zones.aggressive), or import spectra, DCE or DSC",
        )
    found = find_zones(inputs, settings.by_maps, progress)
    made = found.outputs["structures"]
    assert isinstance(made, StructureSet)
    zones = [made[name] for name in _NAMES if name in made]
    whole = without_fragments(zones, settings.least_fragment_ml)
    return _result(structures, whole, found.notes, dict(found.outputs))


def _from_masks(structures: StructureSet, settings: _Settings) -> StageResult:
    parts = _tumour(structures, settings)
    aggressive = [one for one in matching(structures, settings.aggressive) if not one.is_empty]
    penumbra = [one for one in matching(structures, settings.penumbra) if not one.is_empty]
    grid = _grid_of([*parts, *aggressive, *penumbra], settings.voxel_mm)
    share = _union(parts, grid)
    hot, near = _union(aggressive, grid) >= 0.5, _union(penumbra, grid) >= 0.5
    outside = [*_outside(aggressive, hot, share, grid, parts), *_outside(penumbra, near, share, grid, parts)]
    zone = zones_from_masks(share > 0.0, hot, near if penumbra else None, settings.penumbra_mm, grid.spacing_mm)
    zones = [
        Structure(name, Role.GTV, mask=_occupancy(zone == place, share, grid), colour=colour)
        for place, (name, colour) in enumerate(zip(_NAMES, _COLOURS, strict=True))
    ]
    how = "as drawn" if penumbra else f"within {settings.penumbra_mm:g} mm of it, an assumed distance"
    note = (
        f"Zones from masks: aggressive is {_listed(aggressive)}, penumbra {how}, passive the rest of "
        f"{_listed(parts)}. No map was looked at."
    )
    as_drawn = _NAMES[: 2 if penumbra else 1]
    return _result(structures, without_fragments(zones, settings.least_fragment_ml, as_drawn), (note, *outside), {})


def _result(
    structures: StructureSet,
    found: ZonesWithoutFragments,
    notes: tuple[str, ...],
    outputs: dict[str, object],
) -> StageResult:
    """Put the zones among the structures, and the tumour that all of them are."""
    kept = [one for one in found.zones if not one.is_empty]
    if not kept:
        raise ImpastoError("zones", "none of them has a volume", "check the masks or the maps")
    whole = Structure("Painted tumour", Role.GTV, mask=found.filled)
    gone = {one.name for one in found.zones if one.is_empty}
    structures = replace(structures, structures=tuple(one for one in structures if one.name not in gone))
    for one in (*kept, whole):
        structures = structures.with_structure(one)
    made = {
        **outputs,
        "structures": structures,
        "volumes": target_volumes([*kept, whole], found.words()),
        "fragments": Figures({"least_ml": found.least_ml, "merged": found.rows()}),
    }
    return StageResult(made, (*notes, *found.notes("zones.least_fragment_ml")))  # type: ignore[arg-type]


def _tumour(structures: StructureSet, settings: _Settings) -> list[Structure]:
    for pattern in settings.tumour:
        found = [one for one in matching(structures, [part.strip() for part in pattern.split("+")]) if not one.is_empty]
        if found:
            return found
    patterns = ", ".join(map(repr, settings.tumour))
    raise ImpastoError("zones", f"no structure fits {patterns}", "draw the tumour, or name it (--set zones.tumour)")


def _outside(
    zone: list[Structure], drawn: BoolArray, share: FloatArray, grid: Grid, tumour: list[Structure]
) -> list[str]:
    """Say how much of a drawn zone lies outside the tumour; refuse one that lies there altogether.

    Raises
    ------
    ImpastoError
        When nothing of the zone lies in the tumour.
    """
    if not zone:
        return []
    if not np.any(drawn & (share > 0.0)):
        remedy = "draw it inside, or name the tumour that it belongs to (--set zones.tumour)"
        raise ImpastoError(_listed(zone), f"it lies outside the tumour ({_listed(tumour)})", remedy)
    lost_ml = float(np.sum(drawn & (share == 0.0))) * grid.voxel_volume_ml
    if lost_ml < _MENTIONED_ML:
        return []
    return [f"{lost_ml:.2f} ml of {_listed(zone)} lie outside {_listed(tumour)} and are not painted."]


def _grid_of(structures: list[Structure], voxel_mm: float) -> Grid:
    """Voxels of the masks themselves where all have the same, else voxels around them."""
    masks = [one.mask for one in structures if one.mask is not None and not one.contours]
    first = masks[0].grid if len(masks) == len(structures) else None
    if first is None or not all(mask.grid.matches(first) for mask in masks):
        return grid_around(structures, voxel_mm)
    filled = np.argwhere(np.sum([mask.data for mask in masks], axis=0) > 0.0)
    return first.cropped((filled.min(axis=0) - 1).tolist(), (filled.max(axis=0) + 2).tolist())


def _union(structures: list[Structure], grid: Grid) -> FloatArray:
    """Share of each voxel in any of several structures that do not overlap, or do."""
    return np.asarray(np.minimum(np.sum([one.occupancy(grid) for one in structures], axis=0), 1.0))


def _occupancy(zone: BoolArray, share: FloatArray, grid: Grid) -> Image:
    return Image(np.where(zone, share, 0.0).astype(np.float32), grid, "occupancy", "1")


def _listed(structures: Sequence[Structure]) -> str:
    return ", ".join(one.name for one in structures)


def _files(settings: _Settings) -> dict[str, str]:
    return zone_files(settings.by_maps)


PAINTING_ZONES = Stage("painting-zones", _Settings, _run, version=2, files=_files)
