"""Figures of radiosurgery: efficiency index, volume at 12 Gy, integral dose, and each zone of a painted target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core import Dose, Image, ImpastoError, Prescription, Structure, StructureSet
from impasto.core.resample import resample_linear
from impasto.evaluate.dvh import DoseVolumeHistogram, dose_volume_histogram
from impasto.evaluate.histogram import CumulativeHistogram, cumulative_histogram, volume_at_value
from impasto.evaluate.indices import isodose_volume_ml
from impasto.evaluate.sampling import dose_around, interpolated, occupancy_of, sampling_grid_of_box

__all__ = [
    "BRAIN_DENSITY_G_PER_ML",
    "VolumeAtDose",
    "ZoneDose",
    "efficiency_index",
    "integral_dose_j",
    "volume_at_dose",
    "zone_doses",
]

BRAIN_DENSITY_G_PER_ML = 1.04
"""Adult brain (ICRU report 46, 1992)."""


@dataclass(frozen=True)
class VolumeAtDose:
    """Volume that receives at least a dose.

    Parameters
    ----------
    dose_gy : float
    total_ml : float
        Wherever it lies.
    outside_targets_ml : float
    """

    dose_gy: float
    total_ml: float
    outside_targets_ml: float


@dataclass(frozen=True)
class ZoneDose:
    """Dose of one zone of a target.

    Parameters
    ----------
    structure : str
    level_gy : float
        What is prescribed to it; the smallest of a map within it.
    volume_ml : float
    mean_gy, d98_gy, d50_gy, d2_gy : float
    most_gy : float, optional
        What D2 must not exceed: the level over the isodose, times the tolerance; none without an isodose.
    is_kept : bool
        Whether D98 reaches the level and D2 stays below `most_gy`.
    """

    structure: str
    level_gy: float
    volume_ml: float
    mean_gy: float
    d98_gy: float
    d50_gy: float
    d2_gy: float
    most_gy: float | None
    is_kept: bool


def efficiency_index(dose: Dose, histogram: DoseVolumeHistogram, isodose_gy: float) -> float:
    """Efficiency index eta50% of a plan (Dimitriadis and Paddick 2018, J Neurosurg 129 Suppl 1:118).

    Integral dose (mean dose times volume) of the target over that of all that receives at least half the prescription
    isodose: conformity, gradient and mean dose in one figure, 1 at best.

    Parameters
    ----------
    dose : Dose
        Must reach as far as half the isodose does.
    histogram : DoseVolumeHistogram
        Of the target under this dose.
    isodose_gy : float
        Prescription isodose.

    Raises
    ------
    ImpastoError
        When nothing receives half the isodose.
    """
    half_gy = 0.5 * isodose_gy
    if not half_gy > 0.0 or not np.any(dose.gy >= half_gy):
        raise ImpastoError("efficiency index", f"no voxel receives {half_gy:g} Gy", "check the prescription isodose")
    found = _above(dose, half_gy)
    # integral over the volume with dose >= h: h V(h) + the integral of V(D) beyond h
    beyond = found.edges >= half_gy - 1e-9
    edges, volume = found.edges[beyond], found.volume_ml[beyond]
    integral = half_gy * volume[0] + np.sum(0.5 * (volume[1:] + volume[:-1]) * np.diff(edges))
    return float(histogram.mean_gy * histogram.evaluated_volume_ml / integral)


def volume_at_dose(dose: Dose, targets: tuple[Structure, ...], dose_gy: float = 12.0) -> VolumeAtDose:
    """Find the volume that receives at least a dose, in all and outside targets.

    Parameters
    ----------
    dose : Dose
    targets : tuple of Structure
        A voxel that several share counts once: as much of it as the fullest says.
    dose_gy : float
        12 Gy foretells radionecrosis (Korytko et al. 2006; Blonigen et al. 2010).

    Raises
    ------
    ImpastoError
        When the dose is not positive.
    """
    total_ml = isodose_volume_ml(dose, dose_gy)
    if total_ml == 0.0:
        return VolumeAtDose(dose_gy, 0.0, 0.0)
    found = _above(dose, dose_gy, targets)
    return VolumeAtDose(dose_gy, total_ml, volume_at_value(found.edges, found.volume_ml, dose_gy))


def integral_dose_j(
    dose: Dose, structure: Structure, density_g_per_ml: float | Image = BRAIN_DENSITY_G_PER_ML
) -> float:
    """Energy that a structure takes up, in joule: the integral of dose over its mass.

    Parameters
    ----------
    dose : Dose
    structure : Structure
        What lies outside the dose grid is taken to receive nothing.
    density_g_per_ml : float or Image
        Mass density: one value, or a map (from CT), taken as 0 where it does not reach.

    Raises
    ------
    ImpastoError
        When a density is negative, or the structure is empty or outside the dose grid.
    """
    if not isinstance(density_g_per_ml, Image):
        if not density_g_per_ml >= 0.0:
            raise ImpastoError("density", f"{density_g_per_ml:g} g/ml", "give a density of 0 or more")
        histogram = dose_volume_histogram(dose, structure)
        return 1e-3 * density_g_per_ml * histogram.mean_gy * histogram.evaluated_volume_ml
    density = resample_linear(density_g_per_ml.data, density_g_per_ml.grid, dose.grid)
    if float(density.min()) < 0.0:
        raise ImpastoError(density_g_per_ml.quantity, "it has negative densities", "clip them to 0")
    kg = 1e-3 * dose.grid.voxel_volume_ml * density * occupancy_of(structure, dose.grid)
    return float(np.sum(kg * dose.gy, dtype=np.float64))


def zone_doses(
    dose: Dose,
    prescription: Prescription,
    structures: StructureSet,
    isodose: float | None = None,
    tolerance: float = 1.25,
) -> tuple[ZoneDose, ...]:
    """Hold each zone of a painted target against its level, in the order of the prescription's goals.

    A zone is kept when its D98 reaches its level, and its D2 does not exceed the largest dose that its level would come
    with if it alone were prescribed, ``level / isodose``, by more than a tolerance.

    Parameters
    ----------
    dose : Dose
    prescription : Prescription
        One goal for each zone.
    structures : StructureSet
    isodose : float, optional
        Share of the largest dose that the level should be; without it D2 is not judged.
    tolerance : float
        Factor on the largest dose.

    Raises
    ------
    ImpastoError
        When a zone is unknown, empty or outside the dose grid.
    """
    found = []
    for goal in prescription.goals:
        zone = structures[goal.structure]
        histogram = dose_volume_histogram(dose, zone)
        level = goal.lower_gy
        if isinstance(level, Image):
            inside = zone.voxels(level.grid)
            level = float(level.data[inside].min()) if inside.any() else float(level.data.max())
        d98, d50, d2 = (histogram.dose_at_volume_percent_gy(percent) for percent in (98.0, 50.0, 2.0))
        most = None if isodose is None else tolerance * level / isodose
        is_kept = d98 >= level and (most is None or d2 <= most)
        found.append(
            ZoneDose(
                zone.name, float(level), histogram.evaluated_volume_ml, histogram.mean_gy, d98, d50, d2, most, is_kept
            )
        )
    return tuple(found)


def _above(dose: Dose, level_gy: float, without: tuple[Structure, ...] = ()) -> CumulativeHistogram:
    """Histogram of the box around what reaches a level: whole at that level and above, not below."""
    where = np.argwhere(dose.gy >= level_gy)
    low = np.maximum(where.min(axis=0) - 1, 0)
    high = np.minimum(where.max(axis=0) + 2, dose.gy.shape)
    grid = sampling_grid_of_box(dose.grid.cropped(low.tolist(), high.tolist()))
    near = dose_around(dose, grid)
    counted = np.ones(grid.shape)
    for structure in without:
        counted = np.minimum(counted, 1.0 - occupancy_of(structure, grid))
    bounds = float(near.data.min()), float(near.data.max())
    block = (interpolated(near.data, near.grid, grid), counted, (0, grid.shape[2]))
    return cumulative_histogram([block], grid.voxel_volume_ml, bounds, level_gy / 1000.0)
