"""From gross volumes to clinical and planning target volumes by a definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from impasto.core import Grid, ImpastoError, Role, Structure
from impasto.core.progress import Progress, silent
from impasto.target.booleans import difference, limited_to, union
from impasto.target.clinical.definition import GrossVolume, TargetDefinition, TargetVolume, VolumePart
from impasto.target.clinical.geodesic import geodesic_expanded
from impasto.target.margins import Margin, expanded

__all__ = ["Surroundings", "clinical_volumes", "planning_volumes"]


@dataclass(frozen=True)
class Surroundings:
    """What limits clinical target volumes.

    Parameters
    ----------
    brain : Structure, optional
        They stay inside.
    barriers : tuple of Structure
        They stay out of these.
    goes_around : bool
        Whether margins are the shortest way around barriers (:func:`geodesic_expanded`) or straight ones from which
        barriers are cut out: what lies behind a falx then still belongs to the target.
    """

    brain: Structure | None = None
    barriers: tuple[Structure, ...] = ()
    goes_around: bool = True


def clinical_volumes(
    definition: TargetDefinition,
    gross: Mapping[GrossVolume, Structure],
    surroundings: Surroundings,
    grid: Grid,
    progress: Progress = silent,
) -> tuple[Structure, ...]:
    """Build the clinical target volumes of a definition.

    Parameters
    ----------
    definition : TargetDefinition
    gross : mapping of GrossVolume to Structure
        Those that the patient has.
    surroundings : Surroundings
    grid : Grid
        Its voxels carry the results.
    progress : Progress

    Returns
    -------
    tuple of Structure
        In the definition's order. Each holds the gross volumes it is made of, wherever they lie.

    Raises
    ------
    ImpastoError
        When the patient has none of the gross volumes that a target is made of.
    """
    there = {kind: one for kind, one in gross.items() if not one.is_empty}
    made: list[Structure] = []
    for number, volume in enumerate(definition.volumes):
        progress("clinical target volumes", number / len(definition.volumes))
        made.append(_clinical(volume, there, surroundings, grid))
    return tuple(made)


def planning_volumes(
    definition: TargetDefinition, clinical: Sequence[Structure], outline: Structure | None, grid: Grid
) -> tuple[Structure, ...]:
    """Build the planning target volumes around the clinical ones, in their order, inside the patient's outline."""
    made = []
    for volume, target in zip(definition.volumes, clinical, strict=True):
        grown = expanded(target, Margin.uniform(volume.planning_margin_mm), grid, volume.planning, Role.PTV)
        made.append(grown if outline is None else limited_to(grown, outline, 0.0, grid, volume.planning))
    return tuple(made)


def _clinical(
    volume: TargetVolume, gross: Mapping[GrossVolume, Structure], surroundings: Surroundings, grid: Grid
) -> Structure:
    grown = [_grown(part, gross, surroundings, grid) for part in volume.parts if any(kind in gross for kind in part.of)]
    if not grown:
        kinds = ", ".join(kind.value for part in volume.parts for kind in part.of)
        raise ImpastoError(volume.clinical, f"the patient has none of: {kinds}", "draw one or name its structure")
    return union(grown, grid, volume.clinical, Role.CTV)


def _grown(
    part: VolumePart, gross: Mapping[GrossVolume, Structure], surroundings: Surroundings, grid: Grid
) -> Structure:
    seen = union([gross[kind] for kind in part.of if kind in gross], grid, "gross volume", Role.GTV)
    margin_mm = part.margin_mm
    if part.margin_without_t2_lesion_mm is not None and GrossVolume.T2_LESION not in gross:
        margin_mm = part.margin_without_t2_lesion_mm
    if not margin_mm > 0.0:
        return seen
    if surroundings.goes_around:
        return geodesic_expanded(seen, margin_mm, surroundings.barriers, surroundings.brain, grid, "grown", Role.CTV)
    grown = expanded(seen, Margin.uniform(margin_mm), grid, "grown", Role.CTV)
    if surroundings.brain is not None:
        grown = limited_to(grown, surroundings.brain, 0.0, grid, "grown")
    for barrier in surroundings.barriers:
        grown = difference(grown, barrier, grid, "grown", Role.CTV)
    return union([grown, seen], grid, "grown", Role.CTV)
