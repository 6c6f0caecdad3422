"""Filling the report of an adapted course with what the steps left."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from impasto.adapt import ControlSettings, known_dose_histogram
from impasto.core import Dose, Image, ImpastoError, Prescription, StructureSet
from impasto.evaluate import DoseVolumeHistogram
from impasto.report import (
    DIVERGING,
    DOSE,
    AdaptationFindings,
    ColourScale,
    ControlRow,
    CoverageOfPhase,
    DriftRow,
    Heading,
    MapsOverAnatomy,
    PhaseFindings,
    RuleReading,
    StructureDoses,
    structure_colours,
)
from impasto.workflow.artefacts import Figures
from impasto.workflow.record_rows import provenance_rows, step_settings_rows
from impasto.workflow.results import ProtocolResults
from impasto.workflow.stages.adaptation.comparison import ARMS
from impasto.workflow.stages.adaptation.grids import grid_around
from impasto.workflow.stages.adaptation.hypoxic_volume import TUMOUR

__all__ = ["adaptation_findings"]

_NAN = float("nan")
_NOTED = ("phase-frame", "phase-prescription", "known-transform", "course-comparison")


def adaptation_findings(results: ProtocolResults) -> AdaptationFindings:
    """Gather everything a report says about an adapted course."""
    days = [int(record.step.removeprefix("plan-")) for record in results.records if record.stage == "photon-plan"]
    comparison = _figures(results, "comparison.figures")
    structures = _structures(results, "comparison.structures")
    doses = {arm: _dose(results, f"sum-{arm}.physical") for arm in ARMS}
    names = [row["structure"] for row in comparison["doses"][ARMS[0]]]
    return AdaptationFindings(
        heading=Heading(
            title=results.protocol.title,
            subject=results.case.subject,
            protocol=results.protocol.name,
            date=date.today().isoformat(),
            is_simulated=results.case.simulated,
        ),
        phases=tuple(_phase(results, day) for day in days),
        arms=ARMS,
        doses={arm: tuple(_doses_row(row) for row in comparison["doses"][arm]) for arm in ARMS},
        histograms={arm: _histograms(doses[arm], structures, names) for arm in ARMS},
        colours=structure_colours(structures, names),
        coverage=tuple(_coverage(row) for row in comparison["coverage"]),
        covered_percent=float(_record(results, "comparison").settings["covered_percent"]),
        control=tuple(_control(arm, comparison["control"][arm]) for arm in ARMS),
        control_model=_model(comparison["control_model"]),
        summed=_summed(results, doses, structures),
        sums={arm: " ".join(_record(results, f"sum-{arm}").notes) for arm in ARMS},
        notes=_notes(results),
        settings=step_settings_rows(results),
        provenance=provenance_rows(results),
    )


def _phase(results: ProtocolResults, day: int) -> PhaseFindings:
    hypoxia = _figures(results, f"hypoxia-{day}.figures")
    steps = {record.step for record in results.records}
    drift = _figures(results, f"drift-{day}.figures") if f"drift-{day}" in steps else None
    verdict = _record(results, f"frame-{day}").notes[0] if drift else ""
    carried = None if drift is None else drift["hypoxia_carried_along"]
    return PhaseFindings(
        given=day,
        fractions=int(_record(results, f"delivered-{day}").settings["fractions"]),
        tumour_ml=hypoxia["tumour_ml"],
        hypoxic_ml=hypoxia["hypoxic_ml"],
        threshold=hypoxia["threshold"],
        unit=hypoxia["unit"],
        maps=_day_maps(results, day, hypoxia["threshold"]),
        registration=verdict,
        drifts=() if drift is None else tuple(_drift(row) for row in drift["structures"]),
        hypoxia_dice=None if carried is None else carried["dice"],
        rules=() if drift is None else tuple(RuleReading(**row) for row in drift["triggers"]),
    )


def _day_maps(results: ProtocolResults, day: int, threshold: float) -> MapsOverAnatomy:
    structures = _structures(results, f"hypoxia-{day}.structures")
    tumour = structures[TUMOUR].mask
    assert tumour is not None
    grid = tumour.grid
    uptake = _image(results, f"uptake-{day}.image").resampled_linear(grid, outside=np.nan)
    whole = results.load(f"prescription-{day}.whole")
    assert isinstance(whole, Prescription)
    inside = tumour.data >= 0.5
    wanted = np.where(inside, whole.goals[0].lower_on(grid), np.nan).astype(np.float32)
    shown = {"uptake": uptake, "dose asked for": Image(wanted, grid, "prescribed dose", "Gy")}
    scales = {"dose asked for": ColourScale(DOSE, limits=(float(np.nanmin(wanted)) - 10.0, float(np.nanmax(wanted))))}
    outlined = [structures[TUMOUR], *(s for s in structures if s.name == "Hypoxia" and not s.is_empty)]
    return MapsOverAnatomy(
        anatomy=_image(results, f"ct-{day}"),
        maps=shown,
        fitted=np.isfinite(uptake.data) & inside,
        thresholds={"uptake": threshold},
        scales=scales,
        structures=StructureSet(tuple(outlined)),
    )


def _summed(results: ProtocolResults, doses: dict[str, Dose], structures: StructureSet) -> MapsOverAnatomy:
    first, second = (doses[arm].image for arm in ARMS)
    shown = [s for s in structures if s.name == TUMOUR or s.name.startswith("Hypoxia at")]
    grid = grid_around([structures[TUMOUR]], 2.0, 30.0)
    maps = {arm: doses[arm].image.resampled_linear(grid, outside=np.nan) for arm in ARMS}
    difference = (first.with_data(first.data - second.data)).resampled_linear(grid, outside=np.nan)
    maps["difference"] = Image(difference.data, grid, "dose difference", "Gy")
    known = np.isfinite(difference.data)
    highest = max(float(np.nanmax(maps[arm].data)) for arm in ARMS)
    dose = ColourScale(DOSE, limits=(0.5 * highest, highest))
    scales = {ARMS[0]: dose, ARMS[1]: dose, "difference": ColourScale(DIVERGING, is_signed=True)}
    planned = _image(results, "ct-0")
    return MapsOverAnatomy(planned, maps, known, scales=scales, structures=StructureSet(tuple(shown)))


def _histograms(dose: Dose, structures: StructureSet, names: list[str]) -> dict[str, DoseVolumeHistogram]:
    found = {}
    for name in names:
        try:
            found[name] = known_dose_histogram(dose, structures[name])
        except ImpastoError:
            # the table says why
            continue
    return found


def _doses_row(row: dict[str, Any]) -> StructureDoses:
    if "not_evaluated" in row:
        return StructureDoses(row["structure"], _NAN, _NAN, _NAN, 100.0)
    return StructureDoses(row["structure"], row["d98_gy"], row["mean_gy"], row["d2_gy"], row["without_dose_percent"])


def _coverage(row: dict[str, Any]) -> CoverageOfPhase:
    return CoverageOfPhase(
        row["structure"],
        row["volume_ml"],
        row[ARMS[0]]["wanted_mean_eqd2_gy"],
        {arm: row[arm]["covered_percent"] for arm in ARMS},
        {arm: row[arm]["mean_eqd2_gy"] for arm in ARMS},
    )


def _drift(row: dict[str, Any]) -> DriftRow:
    return DriftRow(row["structure"], row["volume_before_ml"], row["volume_ml"], row["dice"], row["shift_mm"])


def _control(arm: str, found: dict[str, float]) -> ControlRow:
    return ControlRow(arm, found["tcp"], found["population_tcp"], found["surviving"])


def _model(values: dict[str, Any]) -> str:
    settings = ControlSettings(**{name: value for name, value in values.items() if name != "oxygen"})
    return (
        f"Poisson control (Webb and Nahum 1993): alpha {settings.alpha_per_gy:g} per Gy, spread "
        f"{settings.alpha_spread_per_gy:g} over patients, alpha/beta {settings.alpha_beta_gy:g} Gy, "
        f"{settings.clonogens_per_ml:.0e} clonogens per ml; oxygen counts by Alper and Howard-Flanders 1956 with m = "
        f"{settings.oxygen_enhancement:g}, K = {settings.half_mmhg:g} mmHg; {values['oxygen']} A model, not a "
        "measurement: compare the courses, do not believe the values."
    )


def _notes(results: ProtocolResults) -> tuple[str, ...]:
    """Gather what a reader must know first; volumes, rules and sums are said in the tables."""
    notes = []
    for record in results.records:
        if record.stage in _NOTED:
            notes += [f"{record.step}: {note}" for note in record.notes]
        if record.step == "plan-0":
            notes += [note for note in record.notes if not note.startswith("Optimiser:")]
    return tuple(dict.fromkeys(notes))


def _record(results: ProtocolResults, step: str) -> Any:
    return next(record for record in results.records if record.step == step)


def _figures(results: ProtocolResults, reference: str) -> dict[str, Any]:
    found = results.load(reference)
    assert isinstance(found, Figures)
    return found.values


def _structures(results: ProtocolResults, reference: str) -> StructureSet:
    found = results.load(reference)
    assert isinstance(found, StructureSet)
    return found


def _image(results: ProtocolResults, reference: str) -> Image:
    found = results.load(reference)
    assert isinstance(found, Image)
    return found


def _dose(results: ProtocolResults, reference: str) -> Dose:
    found = results.load(reference)
    assert isinstance(found, Dose)
    return found
