"""Stage: a lesion in PET becomes a target, and every method says how large it is."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat

from impasto.core import Image, ImpastoError, Progress, Role, Structure, StructureSet
from impasto.files import StrictModel
from impasto.target import Compared
from impasto.target.pet import (
    DEFAULT_COEFFICIENTS,
    DEFAULT_METHOD,
    METHODS,
    AdaptiveCoefficients,
    ClickSettings,
    PetLesion,
    PetScanner,
    PetSegmentation,
    delineated,
    lesion_at,
    lesion_in_box,
    lesion_near,
    nodal_evidence,
    uptake_statistics,
)
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import only_one
from impasto.workflow.stages.target_figures import target_comparison, target_volumes

__all__ = ["PET_TARGET"]

_Point = tuple[float, float, float]


class _Settings(StrictModel):
    """Where the lesion is: a click, else a box (two opposite corners), else the neighbourhood of what was drawn."""

    click_mm: _Point | None = None
    box_mm: tuple[_Point, _Point] | None = None
    near: str | None = None
    near_margin_mm: NonNegativeFloat = 15.0
    click: ClickSettings = ClickSettings()
    fwhm_mm: PositiveFloat = 6.0
    coefficients: AdaptiveCoefficients = DEFAULT_COEFFICIENTS
    method: str = DEFAULT_METHOD
    compared: tuple[str, ...] = tuple(METHODS)
    name: str = "GTV PET"
    colour: tuple[int, int, int] = (217, 70, 239)
    node_prevalence: float | None = Field(default=None, gt=0.0, lt=1.0)


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    image = inputs.image("image")
    structures = inputs.structures("structures") if inputs.has("structures") else StructureSet()
    anatomy = inputs.image("anatomy") if inputs.has("anatomy") else None
    scanner = PetScanner(settings.fwhm_mm, settings.coefficients)
    drawn = _drawn(structures, settings)
    lesion = _lesion(image, drawn, anatomy, scanner, settings)
    progress(settings.method, 0.1)
    chosen = delineated(lesion, scanner, settings.method)
    target = replace(chosen.structure(lesion, settings.name, Role.GTV), colour=settings.colour)
    rows, refusals = _compared(lesion, scanner, drawn, settings, progress)
    outputs: dict[str, Artefact] = {
        "structures": structures.with_structure(target),
        "volumes": target_volumes([target], {settings.name: METHODS[settings.method].title}),
        "comparison": target_comparison(rows),
        "uptake": _uptake(lesion, chosen),
    }
    if settings.node_prevalence is not None:
        outputs["nodal-selection"] = _nodal_selection(settings.node_prevalence)
    return StageResult(outputs, (*_notes(lesion, chosen, settings), *refusals))


def _drawn(structures: StructureSet, settings: _Settings) -> Structure | None:
    """Structure to look near, or to compare with where a click or box says already which lesion is meant."""
    if settings.near is None:
        return None
    if settings.click_mm is None and settings.box_mm is None:
        return only_one(structures, settings.near, "PET target: near")
    try:
        return only_one(structures, settings.near, "PET target: near")
    except ImpastoError:
        return None


def _lesion(
    image: Image, drawn: Structure | None, anatomy: Image | None, scanner: PetScanner, settings: _Settings
) -> PetLesion:
    shell = settings.click.background
    if settings.click_mm is not None:
        return lesion_at(image, settings.click_mm, scanner, settings.click, anatomy)
    if settings.box_mm is not None:
        return lesion_in_box(image, *settings.box_mm, scanner, shell, anatomy)
    if drawn is not None:
        return lesion_near(image, drawn, scanner, settings.near_margin_mm, shell, anatomy)
    raise ImpastoError("PET target", "nothing says where the lesion is", "set click_mm, box_mm or near")


def _compared(
    lesion: PetLesion, scanner: PetScanner, drawn: Structure | None, settings: _Settings, progress: Progress
) -> tuple[list[Compared], list[str]]:
    """Ask every method; one that finds nothing or lacks its CT has no values and says why."""
    rows, refusals = [], []
    reference = drawn.occupancy(lesion.image.grid) if drawn is not None else None
    for done, name in enumerate(settings.compared):
        progress(name, 0.2 + 0.8 * done / len(settings.compared))
        found: PetSegmentation | None = None
        try:
            found = delineated(lesion, scanner, name)
        except ImpastoError as refusal:
            refusals.append(f"{refusal}.")
        title = METHODS[name].title if name in METHODS else name
        source = METHODS[name].source if name in METHODS else ""
        values = _values(lesion, found, reference, drawn)
        rows.append(Compared(title, values, source, name == settings.method))
    return rows, refusals


def _values(
    lesion: PetLesion, found: PetSegmentation | None, reference: np.ndarray | None, drawn: Structure | None
) -> dict[str, float | str | None]:
    # of uptake in g/ml the product with a volume is a mass; by other normalisations it is none
    glycolysis = "TLG [g]" if lesion.image.unit == "g/mL" else "TLG [SUV ml]"
    columns = ["Volume [ml]", "Threshold [SUV]", "SUVmax", "SUVpeak", "SUVmean", glycolysis]
    values: dict[str, float | str | None] = dict.fromkeys(columns)
    if found is not None:
        measured = uptake_statistics(lesion.image, found.occupancy)
        numbers = [measured.metabolic_tumour_volume_ml, found.figures.get("threshold_suv"), measured.maximum]
        numbers += [measured.peak, measured.mean, measured.total_lesion_glycolysis_ml]
        values = dict(zip(columns, numbers, strict=True))
    if drawn is not None and reference is not None:
        overlap = None if found is None else float(np.minimum(found.occupancy, reference).sum())
        both = None if found is None else float(found.occupancy.sum() + drawn.volume_ml() / _voxel_ml(lesion))
        values[f"Dice against {drawn.name}"] = None if overlap is None or both is None else 2.0 * overlap / both
    return values


def _voxel_ml(lesion: PetLesion) -> float:
    return lesion.image.grid.voxel_volume_ml


def _uptake(lesion: PetLesion, chosen: PetSegmentation) -> Figures:
    measured = uptake_statistics(lesion.image, chosen.occupancy)
    return Figures(
        {
            "unit": lesion.image.unit,
            **asdict(measured),
            "background_mean": lesion.background.mean,
            "background_standard_deviation": lesion.background.standard_deviation,
            "method": dict(chosen.figures),
        }
    )


def _nodal_selection(prevalence: float) -> Figures:
    return Figures({"prevalence": prevalence, "rows": [asdict(row) for row in nodal_evidence(prevalence)]})


def _notes(lesion: PetLesion, chosen: PetSegmentation, settings: _Settings) -> tuple[str, ...]:
    method, background = METHODS[settings.method], lesion.background
    volume_ml = chosen.volume_ml(lesion)
    notes = [
        f"{settings.name}: {volume_ml:.1f} ml by {method.title} ({method.source}); maximum {lesion.maximum:.1f}, "
        f"background {background.mean:.2f} +- {background.standard_deviation:.2f} {lesion.image.unit}.",
        f"The point spread is taken as {settings.fwhm_mm:g} mm. Adaptive thresholds: {settings.coefficients.source}.",
        *chosen.notes,
    ]
    if _reaches_border(lesion, chosen):
        notes.append(f"{settings.name} reaches the border of the region searched: look whether it goes on beyond.")
    return tuple(notes)


def _reaches_border(lesion: PetLesion, chosen: PetSegmentation) -> bool:
    """Say whether a voxel of the lesion has a neighbour beyond the region."""
    beyond = np.pad(~lesion.search, 1, constant_values=True)
    filled = np.pad(chosen.occupancy >= 0.5, 1)
    return any(bool(np.any(filled & np.roll(beyond, way, axis))) for axis in range(3) for way in (-1, 1))


PET_TARGET = Stage("pet-target", _Settings, _run, version=2)
