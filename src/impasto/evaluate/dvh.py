"""Dose-volume histograms from fractional occupancy on a refined dose grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impasto.core import Dose, DoseKind, Grid, Image, ImpastoError, Structure
from impasto.core.arrays import FloatArray, read_only
from impasto.core.resample import sample_linear
from impasto.evaluate.extremes import surface_points_mm
from impasto.evaluate.histogram import Block, cumulative_histogram, value_at_volume, volume_at_value
from impasto.evaluate.sampling import (
    adaptive_spacing_mm,
    dose_around,
    interpolated,
    is_covered,
    occupancy_of,
    sampling_blocks,
    sampling_grid,
)

__all__ = ["DoseVolumeHistogram", "dose_volume_histogram"]


@dataclass(frozen=True, eq=False)
class DoseVolumeHistogram:
    """Cumulative dose-volume histogram of one structure.

    Percentages of volume and the mean refer to the evaluated volume, the part inside the dose grid.

    Parameters
    ----------
    structure : str
    dose_gy : ndarray, shape (edge,)
        Ascending from 0.
    volume_ml : ndarray, shape (edge,)
        Volume that receives at least the dose.
    minimum_gy, maximum_gy : float
        Extremes of the interpolated dose within the structure, its surface included.
    mean_gy : float
    total_volume_ml : float
        Volume of the structure.
    evaluated_volume_ml : float
        Volume of its part inside the dose grid.
    sample_spacing_mm : ndarray, shape (3,)
        Distance between dose samples along the dose grid's axes.
    dose_kind : DoseKind
    alpha_beta_gy : float, optional
        Of EQD2.
    """

    structure: str
    dose_gy: FloatArray
    volume_ml: FloatArray
    minimum_gy: float
    maximum_gy: float
    mean_gy: float
    total_volume_ml: float
    evaluated_volume_ml: float
    sample_spacing_mm: FloatArray
    dose_kind: DoseKind = DoseKind.PHYSICAL
    alpha_beta_gy: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dose_gy", read_only(self.dose_gy))
        object.__setattr__(self, "volume_ml", read_only(self.volume_ml))

    @property
    def volume_percent(self) -> FloatArray:
        """Share of the evaluated volume that receives at least each `dose_gy`."""
        percent: FloatArray = 100.0 * self.volume_ml / self.evaluated_volume_ml
        return percent

    def dose_at_volume_ml_gy(self, volume_ml: float) -> float:
        """Lowest dose to the hottest `volume_ml` (for example D0.03cc); the minimum when the structure is smaller.

        Raises
        ------
        ImpastoError
            When the volume is negative.
        """
        if not volume_ml >= 0.0:
            raise ImpastoError(self.structure, f"dose to {volume_ml:g} ml", "ask for a volume of 0 or more")
        dose_gy = value_at_volume(self.dose_gy, self.volume_ml, volume_ml)
        return float(np.clip(dose_gy, self.minimum_gy, self.maximum_gy))

    def dose_at_volume_percent_gy(self, percent: float) -> float:
        """Lowest dose to the hottest `percent` of the evaluated volume (for example D98).

        Raises
        ------
        ImpastoError
            When `percent` is not within 0 to 100.
        """
        if not 0.0 <= percent <= 100.0:
            raise ImpastoError(self.structure, f"dose to {percent:g} %", "ask for a share from 0 to 100 %")
        return self.dose_at_volume_ml_gy(0.01 * percent * self.evaluated_volume_ml)

    def volume_at_dose_ml(self, dose_gy: float) -> float:
        """Volume that receives at least a dose (for example V20Gy), in millilitres."""
        if dose_gy > self.maximum_gy:
            return 0.0
        if dose_gy <= self.minimum_gy:
            return self.evaluated_volume_ml
        return volume_at_value(self.dose_gy, self.volume_ml, dose_gy)

    def volume_at_dose_percent(self, dose_gy: float) -> float:
        """Share of the evaluated volume that receives at least a dose, in percent."""
        return 100.0 * self.volume_at_dose_ml(dose_gy) / self.evaluated_volume_ml


def dose_volume_histogram(
    dose: Dose, structure: Structure, *, sample_spacing_mm: float | None = None, bin_width_gy: float = 0.01
) -> DoseVolumeHistogram:
    """Compute the dose-volume histogram of a structure.

    The dose grid is refined along all three axes; each sub-voxel counts with the share of it that lies inside the
    structure and spreads this volume over the doses it holds (trilinear interpolation between dose points). Minimum
    and maximum are taken over the samples inside, the dose points inside and the surface.

    Parameters
    ----------
    dose : Dose
    structure : Structure
        The part outside the dose grid counts in `total_volume_ml` only.
    sample_spacing_mm : float, optional
        Largest distance between samples; without it, small structures are sampled more finely
        (:func:`~impasto.evaluate.sampling.adaptive_spacing_mm`).
    bin_width_gy : float
        Distance between the histogram's edges.

    Returns
    -------
    DoseVolumeHistogram

    Raises
    ------
    ImpastoError
        When the structure is empty or wholly outside the dose grid, or the dose there is not finite or negative.
    """
    if not bin_width_gy > 0.0:
        raise ImpastoError("bin width", f"{bin_width_gy:g} Gy", "give a positive dose")
    spacing_mm = adaptive_spacing_mm(structure) if sample_spacing_mm is None else sample_spacing_mm
    grid = sampling_grid(structure, dose.grid, spacing_mm)
    near = dose_around(dose, grid)
    bounds = float(near.data.min()), float(near.data.max())
    histogram = cumulative_histogram(_dose_samples(near, structure, grid), grid.voxel_volume_ml, bounds, bin_width_gy)
    evaluated_ml = float(histogram.volume_ml[0])
    if not evaluated_ml > 0.0:
        remedy = "give the dose on a grid that covers it, or check that both are in one frame of reference"
        raise ImpastoError(structure.name, "it lies wholly outside the dose grid", remedy)
    elsewhere = _dose_at_surface_and_points(near, structure, grid)
    return DoseVolumeHistogram(
        structure=structure.name,
        dose_gy=histogram.edges,
        volume_ml=histogram.volume_ml,
        minimum_gy=float(np.min(elsewhere, initial=histogram.lowest)),
        maximum_gy=float(np.max(elsewhere, initial=histogram.highest)),
        mean_gy=histogram.mean,
        # inside the grid both are the same sum; the second, exact one costs as much as the histogram
        total_volume_ml=evaluated_ml if is_covered(structure, dose.grid) else structure.volume_ml(),
        evaluated_volume_ml=evaluated_ml,
        sample_spacing_mm=grid.spacing_mm,
        dose_kind=dose.kind,
        alpha_beta_gy=dose.alpha_beta_gy,
    )


def _dose_samples(near: Image, structure: Structure, grid: Grid) -> Iterator[Block]:
    for slab, occupancy, own in sampling_blocks(structure, grid):
        yield interpolated(near.data, near.grid, slab), occupancy, own


def _dose_at_surface_and_points(near: Image, structure: Structure, sampled: Grid) -> FloatArray:
    """Dose where a trilinear field may have its extremes: on the surface, and at dose points at least half inside."""
    points_mm = surface_points_mm(structure, float(near.grid.spacing_mm.min()))
    at_surface = sample_linear(near.data, near.grid, points_mm)
    found = at_surface[np.isfinite(at_surface)]
    parts = np.round(near.grid.spacing_mm / sampled.spacing_mm).astype(int)
    if np.all(parts % 2 == 1):
        # the dose points are among the samples
        return found
    return np.concatenate([found, near.data[occupancy_of(structure, near.grid) >= 0.5]])
