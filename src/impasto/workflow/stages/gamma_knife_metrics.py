"""Figures of a radiosurgery plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from pydantic import PositiveFloat

from impasto.core import Dose, DoseLimit, Grid, Image, LimitKind, Prescription, Structure, StructureSet
from impasto.evaluate import (
    dose_volume_histogram,
    efficiency_index,
    integral_dose_j,
    target_indices,
    volume_at_dose,
    zone_doses,
)
from impasto.files import StrictModel
from impasto.target import union
from impasto.workflow.stages.selection import matching

__all__ = ["MetricSettings", "limit_notes", "radiosurgery_metrics"]


class MetricSettings(StrictModel):
    """What is measured.

    Parameters
    ----------
    reference_gy : float, optional
        Isodose that coverage, selectivity, conformity, gradient and efficiency of all targets together refer to;
        without it the lowest level that is prescribed.
    volume_at_gy : tuple of float
        Doses whose volumes are reported.
    volumes : tuple of str
        Names or patterns of structures whose mean dose and energy are reported.
    density_g_per_ml : float
        Of those structures.
    hot_tolerance : float
        A zone's D2 may exceed its level over the isodose by this factor.
    """

    reference_gy: PositiveFloat | None = None
    volume_at_gy: tuple[PositiveFloat, ...] = (12.0,)
    volumes: tuple[str, ...] = ("*brain*", "external")
    density_g_per_ml: PositiveFloat = 1.04
    hot_tolerance: PositiveFloat = 1.25


def radiosurgery_metrics(
    dose: Dose,
    prescription: Prescription,
    structures: StructureSet,
    isodose: float | None,
    settings: MetricSettings,
) -> dict[str, Any]:
    """Measure a plan, as plain values with units in the keys."""
    names = list(dict.fromkeys(goal.structure for goal in prescription.goals))
    targets = tuple(structures[name] for name in names)
    zones = zone_doses(dose, prescription, structures, isodose, settings.hot_tolerance)
    reference = settings.reference_gy or min(zone.level_gy for zone in zones)
    whole = targets[0] if len(targets) == 1 else _together(targets, dose.grid)
    histogram = dose_volume_histogram(dose, whole)
    indices = target_indices(dose, histogram, reference)
    return {
        "maximum_gy": float(np.max(dose.gy)),
        "prescription isodose": max(_highest(goal.lower_gy) for goal in prescription.goals) / float(np.max(dose.gy)),
        "reference_gy": reference,
        "target_ml": histogram.evaluated_volume_ml,
        **{key: value for key, value in asdict(indices).items() if key not in ("structure", "isodose_gy")},
        "efficiency_index": efficiency_index(dose, histogram, reference),
        "volumes": [asdict(volume_at_dose(dose, targets, level)) for level in settings.volume_at_gy],
        "zones": [asdict(zone) for zone in zones],
        "limits": [_limit(dose, limit, structures) for limit in prescription.limits],
        "energies": [
            _energy(dose, structure, settings.density_g_per_ml)
            for structure in matching(structures, settings.volumes)
            if not structure.is_empty
        ],
    }


def limit_notes(limits: list[dict[str, Any]], step: str) -> tuple[str, ...]:
    """Name the limits that are not kept, and what may be done about it."""
    missed = ", ".join(
        f"{limit['structure']} ({limit['kind']} {limit['achieved']:.1f} of {limit['allowed']:g} {limit['unit']})"
        for limit in limits
        if not limit["is_kept"]
    )
    if not missed:
        return ()
    return (
        f"Limits not kept: {missed}. The targets' coverage comes first: give such limits more weight in the "
        f"prescription, or accept less coverage (--set {step}.coverage).",
    )


def _limit(dose: Dose, limit: DoseLimit, structures: StructureSet) -> dict[str, Any]:
    histogram = dose_volume_histogram(dose, structures[limit.structure])
    allowed, unit = limit.dose_gy, "Gy"
    if limit.kind is LimitKind.DOSE_VOLUME:
        assert limit.volume_percent is not None
        allowed, unit = limit.volume_percent, f"% at {limit.dose_gy:g} Gy"
        achieved = histogram.volume_at_dose_percent(limit.dose_gy)
    else:
        achieved = histogram.maximum_gy if limit.kind is LimitKind.MAXIMUM else histogram.mean_gy
    return {
        "structure": limit.structure,
        "kind": limit.kind.value,
        "allowed": allowed,
        "achieved": achieved,
        "unit": unit,
        "is_kept": achieved <= allowed,
    }


def _together(targets: tuple[Structure, ...], grid: Grid) -> Structure:
    """Join targets; those of one grid that do not overlap add up, where a union would lose voxels at their borders."""
    masks = [target.mask for target in targets if target.mask is not None and not target.contours]
    if len(masks) == len(targets) and all(mask.grid.matches(masks[0].grid) for mask in masks):
        filled = np.sum([mask.data for mask in masks], axis=0)
        if filled.max() <= 1.0 + 1e-5:
            return Structure.from_mask("all targets", targets[0].role, np.minimum(filled, 1.0), masks[0].grid)
    return union(targets, grid, "all targets", targets[0].role)


def _energy(dose: Dose, structure: Structure, density_g_per_ml: float) -> dict[str, Any]:
    return {
        "structure": structure.name,
        "mean_gy": dose_volume_histogram(dose, structure).mean_gy,
        "density_g_per_ml": density_g_per_ml,
        "integral_dose_j": integral_dose_j(dose, structure, density_g_per_ml),
    }


def _highest(level: float | Image) -> float:
    return float(level.data.max()) if isinstance(level, Image) else level
