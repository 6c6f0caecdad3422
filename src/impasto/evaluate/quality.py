"""Quality-volume histograms: delivered over prescribed dose, voxel by voxel.

Q = D_delivered / D_prescribed at every point of a target, as dose painting by numbers is judged (Vanderstraeten 2006).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from impasto.core import Dose, DoseKind, Grid, Image, ImpastoError, Prescription, Structure, StructureSet
from impasto.core.arrays import FloatArray, read_only
from impasto.evaluate.histogram import Block, cumulative_histogram, volume_at_value
from impasto.evaluate.sampling import adaptive_spacing_mm, dose_around, interpolated, sampling_blocks, sampling_grid

__all__ = ["QualityVolumeHistogram", "dose_ratio_histogram", "quality_volume_histogram"]

_LARGEST_QUALITY = 100.0
"""Ratios above are counted as this: they arise where next to nothing is prescribed."""


@dataclass(frozen=True, eq=False)
class QualityVolumeHistogram:
    """Cumulative histogram of delivered over prescribed dose in one structure.

    Parameters
    ----------
    structure : str
    quality : ndarray, shape (edge,)
        Q, ascending from 0.
    volume_percent : ndarray, shape (edge,)
        Share of the evaluated volume whose Q is at least the edge.
    mean : float
        Volume-weighted mean of Q.
    quality_factor : float
        QF: volume-weighted mean of abs(Q - 1); 0 when every point gets its prescribed dose (Vanderstraeten 2006).
    evaluated_volume_ml : float
        Volume inside the dose grid that has a prescribed dose above 0.
    """

    structure: str
    quality: FloatArray
    volume_percent: FloatArray
    mean: float
    quality_factor: float
    evaluated_volume_ml: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "quality", read_only(self.quality))
        object.__setattr__(self, "volume_percent", read_only(self.volume_percent))

    def volume_percent_at(self, quality: float) -> float:
        """Share of the volume whose Q is at least a value, in percent."""
        return volume_at_value(self.quality, self.volume_percent, quality)

    def volume_percent_within(self, tolerance: float = 0.05) -> float:
        """Share of the volume whose Q lies from 1 - `tolerance` to 1 + `tolerance`, in percent."""
        return self.volume_percent_at(1.0 - tolerance) - self.volume_percent_at(1.0 + tolerance)


def quality_volume_histogram(
    dose: Dose,
    prescription: Prescription,
    structures: StructureSet,
    structure_name: str,
    *,
    sample_spacing_mm: float | None = None,
    bin_width: float = 0.001,
) -> QualityVolumeHistogram:
    """Compare delivered with prescribed dose throughout a structure.

    A point's prescribed dose is the lower level of the first goal whose target fills at least half of the sub-voxel
    around it; what is left of the structure has the level of its own goal, and none when it has no goal.

    Parameters
    ----------
    dose : Dose
        Physical dose: prescriptions are.
    prescription : Prescription
    structures : StructureSet
        Holds every target of the prescription.
    structure_name : str
    sample_spacing_mm : float, optional
        As in :func:`~impasto.evaluate.dvh.dose_volume_histogram`.
    bin_width : float
        Distance between the edges of Q.

    Returns
    -------
    QualityVolumeHistogram

    Raises
    ------
    ImpastoError
        When the dose is not physical, or nothing of the structure lies inside the dose grid and has a prescription.
    """
    structure = structures[structure_name]
    if dose.kind is not DoseKind.PHYSICAL:
        raise ImpastoError(dose.label or "dose", "it is EQD2, prescriptions are physical dose", "give physical dose")
    own = next((goal for goal in prescription.goals if goal.structure == structure_name), None)
    before = prescription.goals if own is None else prescription.goals[: prescription.goals.index(own)]
    targets = [(goal, structures[goal.structure]) for goal in before]

    def prescribed_gy(grid: Grid) -> FloatArray:
        level = np.full(grid.shape, np.nan) if own is None else own.lower_on(grid)
        for goal, target in reversed(targets):
            level = np.where(target.voxels(grid), goal.lower_on(grid), level)
        return level

    return dose_ratio_histogram(
        dose, structure, prescribed_gy, sample_spacing_mm=sample_spacing_mm, bin_width=bin_width
    )


def dose_ratio_histogram(
    dose: Dose,
    structure: Structure,
    level_gy: Callable[[Grid], FloatArray],
    *,
    sample_spacing_mm: float | None = None,
    bin_width: float = 0.001,
) -> QualityVolumeHistogram:
    """Histogram of the dose over any dose level that varies in space.

    Parameters
    ----------
    dose : Dose
    structure : Structure
    level_gy : callable
        Gives the level at the voxels of a grid; where it is 0 or not a number, the ratio is not defined.
    sample_spacing_mm, bin_width : float
        As in :func:`quality_volume_histogram`.

    Raises
    ------
    ImpastoError
        When nothing of the structure lies inside the dose grid and has a level above 0.
    """
    spacing_mm = adaptive_spacing_mm(structure) if sample_spacing_mm is None else sample_spacing_mm
    grid = sampling_grid(structure, dose.grid, spacing_mm)
    near = dose_around(dose, grid)
    samples = _ratio_samples(near, structure, grid, level_gy)
    histogram = cumulative_histogram(samples, grid.voxel_volume_ml, (0.0, _LARGEST_QUALITY), bin_width, reference=1.0)
    evaluated_ml = float(histogram.volume_ml[0])
    if not evaluated_ml > 0.0:
        raise ImpastoError(structure.name, "no dose is prescribed in it", "name it in a goal of the prescription")
    # the last edge that matters: nothing lies above the next
    stop = int(np.searchsorted(-histogram.volume_ml, 0.0)) + 1
    return QualityVolumeHistogram(
        structure=structure.name,
        quality=histogram.edges[:stop],
        volume_percent=100.0 * histogram.volume_ml[:stop] / evaluated_ml,
        mean=histogram.mean,
        quality_factor=histogram.mean_deviation,
        evaluated_volume_ml=evaluated_ml,
    )


def _ratio_samples(
    near: Image, structure: Structure, grid: Grid, level_gy: Callable[[Grid], FloatArray]
) -> Iterator[Block]:
    for slab, occupancy, own in sampling_blocks(structure, grid):
        level = level_gy(slab)
        dose_gy = interpolated(near.data, near.grid, slab)
        ratio = np.full(slab.shape, np.nan)
        np.divide(dose_gy, level, out=ratio, where=level > 0.0)
        yield np.minimum(ratio, _LARGEST_QUALITY), occupancy, own
