"""Figures of a radiosurgery plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from pydantic import PositiveFloat

from impasto.core import Dose, Image, Prescription, Structure, StructureSet
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

__all__ = ["MetricSettings", "radiosurgery_metrics"]


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
    whole = targets[0] if len(targets) == 1 else union(targets, dose.grid, "all targets", targets[0].role)
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
        "energies": [
            _energy(dose, structure, settings.density_g_per_ml)
            for structure in matching(structures, settings.volumes)
            if not structure.is_empty
        ],
    }


def _energy(dose: Dose, structure: Structure, density_g_per_ml: float) -> dict[str, Any]:
    return {
        "structure": structure.name,
        "mean_gy": dose_volume_histogram(dose, structure).mean_gy,
        "density_g_per_ml": density_g_per_ml,
        "integral_dose_j": integral_dose_j(dose, structure, density_g_per_ml),
    }


def _highest(level: float | Image) -> float:
    return float(level.data.max()) if isinstance(level, Image) else level
