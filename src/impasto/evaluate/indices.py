"""Indices of target dose: homogeneity, conformity, gradient, coverage, selectivity.

Pure functions on figures, and :func:`target_indices`, which finds the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core import Dose, ImpastoError
from impasto.evaluate.dvh import DoseVolumeHistogram
from impasto.evaluate.histogram import cumulative_histogram, volume_at_value
from impasto.evaluate.sampling import dose_around, interpolated, sampling_grid_of_box

__all__ = [
    "TargetIndices",
    "coverage",
    "gradient_index",
    "homogeneity_index",
    "isodose_volume_ml",
    "paddick_conformity_index",
    "selectivity",
    "target_indices",
]


def homogeneity_index(d2_gy: float, d50_gy: float, d98_gy: float) -> float:
    """Homogeneity index (D2 - D98) / D50 of ICRU report 83 (2010); 0 is homogeneous.

    Examples
    --------
    >>> homogeneity_index(63.0, 60.0, 57.0)
    0.1
    """
    return (d2_gy - d98_gy) / d50_gy


def coverage(target_in_isodose_ml: float, target_ml: float) -> float:
    """Share of the target inside the prescription isodose."""
    return target_in_isodose_ml / target_ml


def selectivity(target_in_isodose_ml: float, isodose_ml: float) -> float:
    """Share of the prescription isodose volume that is target."""
    return target_in_isodose_ml / isodose_ml


def paddick_conformity_index(target_in_isodose_ml: float, target_ml: float, isodose_ml: float) -> float:
    """Conformity index TV_PIV^2 / (TV x PIV): coverage times selectivity (Paddick 2000).

    Examples
    --------
    >>> paddick_conformity_index(5.0, 10.0, 10.0)
    0.25
    """
    return coverage(target_in_isodose_ml, target_ml) * selectivity(target_in_isodose_ml, isodose_ml)


def gradient_index(half_isodose_ml: float, isodose_ml: float) -> float:
    """Gradient index: volume of half the prescription isodose over that of the whole (Paddick and Lippitz 2006)."""
    return half_isodose_ml / isodose_ml


@dataclass(frozen=True)
class TargetIndices:
    """Indices of one target.

    Parameters
    ----------
    structure : str
    homogeneity_index : float
        ICRU 83.
    isodose_gy : float, optional
        Prescription isodose that the others refer to; without it they are None: no single isodose is prescribed.
    coverage, selectivity, paddick_conformity_index, gradient_index : float, optional
    """

    structure: str
    homogeneity_index: float
    isodose_gy: float | None = None
    coverage: float | None = None
    selectivity: float | None = None
    paddick_conformity_index: float | None = None
    gradient_index: float | None = None


def isodose_volume_ml(dose: Dose, level_gy: float) -> float:
    """Volume of the dose grid that receives at least a dose, by trilinear interpolation.

    Raises
    ------
    ImpastoError
        When the level is not positive.
    """
    if not level_gy > 0.0:
        raise ImpastoError("isodose", f"{level_gy:g} Gy", "give a positive dose")
    reached = dose.gy >= level_gy
    if not reached.any():
        return 0.0
    where = [np.flatnonzero(reached.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    start = [max(int(w[0]) - 1, 0) for w in where]
    stop = [min(int(w[-1]) + 2, n) for w, n in zip(where, dose.gy.shape, strict=True)]
    grid = sampling_grid_of_box(dose.grid.cropped(start, stop))
    near = dose_around(dose, grid)
    samples = interpolated(near.data, near.grid, grid)
    bounds = float(near.data.min()), float(near.data.max())
    block = (samples, np.ones(grid.shape), (0, grid.shape[2]))
    histogram = cumulative_histogram([block], grid.voxel_volume_ml, bounds, level_gy / 1000.0)
    return volume_at_value(histogram.edges, histogram.volume_ml, level_gy)


def target_indices(dose: Dose, histogram: DoseVolumeHistogram, isodose_gy: float | None) -> TargetIndices:
    """Find the indices of a target.

    Parameters
    ----------
    dose : Dose
    histogram : DoseVolumeHistogram
        Of the target under this dose.
    isodose_gy : float, optional
        Prescription isodose; none when the prescribed dose varies within the target.
    """
    figures = [histogram.dose_at_volume_percent_gy(percent) for percent in (2.0, 50.0, 98.0)]
    homogeneity = homogeneity_index(*figures)
    if isodose_gy is None:
        return TargetIndices(histogram.structure, homogeneity)
    target_ml = histogram.total_volume_ml
    inside_ml = histogram.volume_at_dose_ml(isodose_gy)
    isodose_ml = isodose_volume_ml(dose, isodose_gy)
    if not isodose_ml > 0.0:
        return TargetIndices(histogram.structure, homogeneity, isodose_gy, coverage=0.0)
    return TargetIndices(
        structure=histogram.structure,
        homogeneity_index=homogeneity,
        isodose_gy=isodose_gy,
        coverage=coverage(inside_ml, target_ml),
        selectivity=selectivity(inside_ml, isodose_ml),
        paddick_conformity_index=paddick_conformity_index(inside_ml, target_ml, isodose_ml),
        gradient_index=gradient_index(isodose_volume_ml(dose, 0.5 * isodose_gy), isodose_ml),
    )
