"""Stage: uptake of a hypoxia tracer becomes a hypoxic volume, oxygen pressure and a dose factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np
from pydantic import PositiveFloat

from impasto.core import Image, ImpastoError, PetAcquisition, Progress, Role, Structure, StructureSet
from impasto.files import StrictModel
from impasto.target import Check, Compared, VolumeInterval, union
from impasto.target.hypoxia import (
    HYPOXIA_RULES,
    UPTAKE_CURVES,
    HypoxiaRule,
    ReferenceTissue,
    ReferenceUptake,
    dose_factor,
    hypoxia_probability,
    hypoxic_fraction,
    hypoxic_volume,
    muscle_by_ct_number,
    named_tracer,
    oxygen_pressure,
    patlak_maps,
    reference_uptake,
    tumour_to_reference,
)
from impasto.workflow.artefacts import Artefact
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching
from impasto.workflow.stages.target_figures import target_checks, target_comparison, target_volumes

__all__ = ["HYPOXIA"]

Kind = TypeVar("Kind")

_COLOUR = (217, 70, 239)
_LEVEL, _QUANTILE = 0.9, 1.645
_LEAST_REFERENCE_ML = 1.0


class HypoxiaSettings(StrictModel):
    """What a protocol says about hypoxia.

    `rule` names the threshold, which `ratio` replaces. `muscle` and `blood` are patterns of drawn regions; without
    muscle it is told by CT number. `curve` and the two numbers of `oxygen_*` turn uptake into oxygen and oxygen into
    dose. Dynamic series are fitted from `steady_from_s` on, with the blood region as input; `influx_per_min`, where
    given, is the threshold in place of the ratio. `tracer` is what was injected, where the header is wrong.
    """

    rule: str = "FMISO, muscle"
    ratio: PositiveFloat | None = None
    tumour: str = "GTV*"
    name: str = "Hypoxia"
    muscle: str = "*muscle*"
    blood: str = "*blood*"
    muscle_hu: tuple[float, float] = (20.0, 80.0)
    muscle_voxel_mm: PositiveFloat = 4.0
    curve: str = "Toma-Dasu 2012"
    oxygen_maximum: PositiveFloat = 3.0
    oxygen_half_mmhg: PositiveFloat = 3.0
    steady_from_s: PositiveFloat = 1800.0
    plasma_over_blood: PositiveFloat = 1.0
    influx_per_min: PositiveFloat | None = None
    tracer: str = ""


def _run(inputs: Inputs, settings: HypoxiaSettings, progress: Progress) -> StageResult:
    series, structures = inputs.image("image"), inputs.structures("structures")
    rule, curve = _chosen(HYPOXIA_RULES, settings.rule, "rule"), _chosen(UPTAKE_CURVES, settings.curve, "curve")
    rule = rule if settings.ratio is None else replace(rule, ratio=settings.ratio, source="set")
    injected = _of_the_rule(inputs, rule, settings.tracer)
    uptake = series if series.times_s is None else _last_frame(series)
    tumour = _tumour(structures, settings.tumour, uptake)
    regions = _reference_regions(inputs, structures, tumour, settings)
    if rule.tissue not in regions:
        remedy = f"draw one, or name it with {rule.tissue.value}"
        raise ImpastoError("hypoxia", f"no region of {rule.tissue.value} was drawn", remedy)
    levels = {tissue: reference_uptake(uptake, region, "median") for tissue, region in regions.items()}
    ratio = tumour_to_reference(uptake, levels[rule.tissue], f"tumour-to-{rule.tissue.value} ratio")
    progress("oxygen", 0.4)
    pressure = oxygen_pressure(ratio, curve)
    outputs: dict[str, Artefact] = {
        "ratio": ratio,
        "oxygen": pressure,
        "dose-factor": dose_factor(pressure, settings.oxygen_maximum, settings.oxygen_half_mmhg, curve.plentiful_mmhg),
    }
    notes = [*injected, *_notes(rule, levels[rule.tissue], uptake, curve.source, regions[rule.tissue])]
    influx, more = _trapping(series, regions, settings)
    outputs.update(influx)
    notes += more
    measured, threshold = ratio, rule.ratio
    if settings.influx_per_min is not None:
        if "influx" not in influx:
            raise ImpastoError("hypoxia", "there is no influx map", "give a dynamic series and a region of blood")
        measured, threshold = influx["influx"], settings.influx_per_min
    if measured.standard_error is not None and (uptake.standard_error is not None or measured is not ratio):
        outputs["probability-hypoxia"] = hypoxia_probability(measured, threshold, settings.name)
    hypoxic = replace(hypoxic_volume(measured, threshold, tumour, settings.name), colour=_COLOUR)
    for one in (*regions.values(), hypoxic):
        structures = structures.with_structure(one)
    outputs |= {
        "structures": structures,
        "volumes": target_volumes([_interval(measured, threshold, levels[rule.tissue], hypoxic, tumour, settings)]),
        "checks": target_checks(_checks(hypoxic, tumour, regions[rule.tissue])),
        "comparison": target_comparison(_compared(uptake, levels, tumour, rule, settings)),
    }
    return StageResult(outputs, tuple(notes))


def _chosen(known: Mapping[str, Kind], name: str, what: str) -> Kind:
    if name not in known:
        raise ImpastoError("hypoxia", f"no {what} is called {name!r}", f"choose one of: {'; '.join(known)}")
    return known[name]


def _of_the_rule(inputs: Inputs, rule: HypoxiaRule, given: str) -> tuple[str, ...]:
    """Refuse uptake of a tracer that the rule is not for; say where nothing tells which it is."""
    if given:
        written = given
    elif isinstance(inputs.acquisitions.get("pet"), PetAcquisition):
        written = inputs.pet_acquisition("pet").radiopharmaceutical
    else:
        written = ""
    found = named_tracer(written)
    if found and found != rule.tracer:
        problem = f"the PET is of {found} ({written!r}), the rule of {rule.tracer}"
        remedy = "choose PET of a hypoxia tracer and its rule; if the header is wrong, set tracer"
        raise ImpastoError("hypoxia", problem, remedy)
    if found:
        return ()
    said = f"{written!r} names no tracer known here" if written else "Nothing names the tracer"
    return (f"{said}: taken to be {rule.tracer}, as the rule asks.",)


def _last_frame(series: Image) -> Image:
    error = None if series.standard_error is None else series.standard_error[..., -1]
    return Image(series.data[..., -1], series.grid, series.quantity, series.unit, standard_error=error)


def _tumour(structures: StructureSet, pattern: str, image: Image) -> Structure:
    found = [one for one in matching(structures, [pattern]) if not one.is_empty]
    if not found:
        raise ImpastoError("hypoxia", f"no structure fits {pattern!r}", "name the gross tumour volumes")
    return union(found, image.grid, "Tumour", Role.GTV)


def _reference_regions(
    inputs: Inputs, structures: StructureSet, tumour: Structure, settings: HypoxiaSettings
) -> dict[ReferenceTissue, Structure]:
    regions = {}
    for tissue, pattern in ((ReferenceTissue.MUSCLE, settings.muscle), (ReferenceTissue.BLOOD, settings.blood)):
        found = [one for one in matching(structures, [pattern]) if not one.is_empty]
        if found:
            regions[tissue] = found[0]
    if ReferenceTissue.MUSCLE not in regions and inputs.has("ct"):
        excluded = [one for one in structures if one.role is not Role.EXTERNAL]
        regions[ReferenceTissue.MUSCLE] = muscle_by_ct_number(
            inputs.image("ct"), tumour, excluded, settings.muscle_hu, settings.muscle_voxel_mm
        )
    return regions


def _trapping(
    series: Image, regions: Mapping[ReferenceTissue, Structure], settings: HypoxiaSettings
) -> tuple[dict[str, Image], tuple[str, ...]]:
    """Patlak maps of a dynamic series."""
    if series.times_s is None:
        return {}, ()
    if ReferenceTissue.BLOOD not in regions:
        return {}, ("The series is dynamic, but no region of blood was drawn: trapping is not fitted.",)
    inside = regions[ReferenceTissue.BLOOD].voxels(series.grid)
    blood = np.nanmean(np.asarray(series.data, dtype=np.float64)[inside], axis=0) * settings.plasma_over_blood
    gaps = np.diff(series.times_s)
    durations = np.append(gaps, gaps[-1])
    influx, distribution = patlak_maps(series, blood, durations, settings.steady_from_s)
    note = (
        f"Patlak fit from {settings.steady_from_s:g} s on; input is the mean of {regions[ReferenceTissue.BLOOD].name} "
        f"times {settings.plasma_over_blood:g}; frames count as following each other without gaps."
    )
    return {"influx": influx, "distribution": distribution}, (note,)


def _interval(
    measured: Image,
    threshold: float,
    reference: ReferenceUptake,
    hypoxic: Structure,
    tumour: Structure,
    settings: HypoxiaSettings,
) -> VolumeInterval:
    """Volume, and what the reference's error alone makes of it; none where influx decides."""
    if settings.influx_per_min is not None:
        return VolumeInterval(hypoxic.name, hypoxic.volume_ml(), f"Ki >= {threshold:g} /min")
    spread = _QUANTILE * reference.standard_error / reference.level
    ends = (hypoxic_volume(measured, threshold * (1.0 + sign * spread), tumour, "end").volume_ml() for sign in (1, -1))
    low, high = ends
    rule = f"{measured.quantity} >= {threshold:g}"
    return VolumeInterval(hypoxic.name, hypoxic.volume_ml(), rule, low, high, _LEVEL)


def _checks(hypoxic: Structure, tumour: Structure, reference: Structure) -> list[Check]:
    volume = reference.volume_ml()
    percent = 100.0 * hypoxic_fraction(hypoxic, tumour)
    least = f">= {_LEAST_REFERENCE_ML:g}"
    return [
        Check(f"Volume of {reference.name}", round(volume, 2), "mL", least, volume >= _LEAST_REFERENCE_ML, "impasto"),
        Check("Hypoxic share of the tumour", round(percent, 1), "%", "> 0", percent > 0.0, "else there is no target"),
    ]


def _compared(
    uptake: Image,
    levels: Mapping[ReferenceTissue, ReferenceUptake],
    tumour: Structure,
    chosen: HypoxiaRule,
    settings: HypoxiaSettings,
) -> list[Compared]:
    """Volumes by every rule whose reference tissue is there."""
    rules = {name: rule for name, rule in HYPOXIA_RULES.items() if rule.tissue in levels}
    is_own = settings.ratio is not None
    if is_own:
        rules["chosen"] = chosen
    rows = []
    for name, rule in rules.items():
        ratio = tumour_to_reference(uptake, levels[rule.tissue], "ratio")
        found = hypoxic_volume(ratio, rule.ratio, tumour, name)
        values: dict[str, float | str | None] = {
            "Threshold": rule.ratio,
            "Volume [ml]": round(found.volume_ml(), 2),
            "Share of tumour [%]": round(100.0 * hypoxic_fraction(found, tumour), 1),
        }
        is_chosen = name == ("chosen" if is_own else settings.rule) and settings.influx_per_min is None
        rows.append(Compared(f"{rule.tracer}, {rule.tissue.value}" if is_own else name, values, rule.source, is_chosen))
    return rows


def _notes(
    rule: HypoxiaRule, reference: ReferenceUptake, uptake: Image, curve: str, region: Structure
) -> tuple[str, ...]:
    return (
        f"Hypoxic from {rule.ratio:g} times {rule.tissue.value} on ({rule.source}); {region.name}: median "
        f"{reference.level:.2f} +- {reference.standard_error:.2f} {uptake.unit} in {reference.voxels} voxels.",
        f"Oxygen by the curve of {curve}; necrosis is cold and reads as well oxygenated, blur makes hypoxia milder.",
        "The dose factor counts all cells of a voxel as having its mean oxygen, without reoxygenation: an upper bound.",
    )


HYPOXIA = Stage("hypoxia", HypoxiaSettings, _run)
