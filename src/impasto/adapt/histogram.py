"""Dose-volume histograms of doses that are not known everywhere."""

from __future__ import annotations

import numpy as np

from impasto.core import Dose, Grid, ImpastoError, Structure
from impasto.core.resample import resample_linear
from impasto.evaluate import DoseVolumeHistogram

__all__ = ["known_dose_histogram"]

_ROOM_MM = 3.0


def known_dose_histogram(
    dose: Dose, structure: Structure, spacing_mm: float = 1.5, bin_width_gy: float = 0.02
) -> DoseVolumeHistogram:
    """Histogram of the part of a structure whose dose is known; the other part counts in the total volume only.

    Parameters
    ----------
    dose : Dose
        NaN where it is not known; between voxels it is known where all neighbours are.
    structure : Structure
    spacing_mm : float
        Of the samples.
    bin_width_gy : float

    Returns
    -------
    DoseVolumeHistogram

    Raises
    ------
    ImpastoError
        When the structure is empty, or no dose is known in it.
    """
    low, high = structure.bounds_mm()
    shape = np.ceil((high - low + 2.0 * _ROOM_MM) / spacing_mm).astype(int)
    grid = Grid.centred(shape.tolist(), (spacing_mm,) * 3, 0.5 * (low + high))
    share = structure.occupancy(grid)
    values = resample_linear(dose.gy, dose.grid, grid, outside=np.nan)
    known = np.isfinite(values) & (share > 0.0)
    if not known.any():
        raise ImpastoError(structure.name, "no dose is known in it", "look at the reasons of its voxels")
    each, volume = values[known].astype(np.float64), share[known] * grid.voxel_volume_ml
    edges = np.arange(0.0, each.max() + 2.0 * bin_width_gy, bin_width_gy)
    per_bin, _ = np.histogram(each, bins=np.append(edges, np.inf), weights=volume)
    return DoseVolumeHistogram(
        structure=structure.name,
        dose_gy=edges,
        volume_ml=np.cumsum(per_bin[::-1])[::-1],
        minimum_gy=float(each.min()),
        maximum_gy=float(each.max()),
        mean_gy=float(np.sum(each * volume) / volume.sum()),
        total_volume_ml=float(share.sum()) * grid.voxel_volume_ml,
        evaluated_volume_ml=float(min(volume.sum(), share.sum() * grid.voxel_volume_ml)),
        sample_spacing_mm=grid.spacing_mm,
        dose_kind=dose.kind,
        alpha_beta_gy=dose.alpha_beta_gy,
    )
