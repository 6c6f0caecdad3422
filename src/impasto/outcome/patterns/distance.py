"""How far from the lesion a tumour came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from impasto.core import Grid, ImpastoError, Structure

__all__ = ["DistanceBand", "distance_bands"]

_SAMPLE_MM = 1.0


@dataclass(frozen=True)
class DistanceBand:
    """Share of a recurrence between two distances from a lesion's surface; the first band is the lesion itself."""

    from_mm: float
    to_mm: float
    share: float


def distance_bands(
    recurrence: Structure, lesion: Structure, edges_mm: Sequence[float] = (0.0, 20.0)
) -> tuple[DistanceBand, ...]:
    """Divide a recurrence by its distance from a lesion, for example the T2/FLAIR lesion before treatment.

    Parameters
    ----------
    recurrence, lesion : Structure
        In one frame.
    edges_mm : sequence of float
        Ascending; what lies inside the lesion is nearer than 0, what lies beyond the last one has a band of its own.

    Returns
    -------
    tuple of DistanceBand
        Their shares sum to 1; by distances of sample centres a millimetre apart.

    Raises
    ------
    ImpastoError
        When a structure is empty or the edges do not rise.
    """
    for structure in (recurrence, lesion):
        if structure.is_empty:
            raise ImpastoError(structure.name, "is empty: there is no distance", "report such patients apart")
    edges = np.asarray(edges_mm, dtype=np.float64)
    if not edges.size or np.any(np.diff(edges) <= 0.0):
        raise ImpastoError("distance bands", f"edges {list(edges_mm)} mm", "give rising distances")
    boxes = np.stack([recurrence.bounds_mm(), lesion.bounds_mm()])
    low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    shape = np.ceil((high - low) / _SAMPLE_MM).astype(int) + 4
    grid = Grid.centred([int(n) for n in shape], (_SAMPLE_MM,) * 3, 0.5 * (low + high))
    away = _signed_distance_mm(lesion, grid)
    inside = recurrence.occupancy(grid)
    band = np.digitize(away, edges, right=True)
    shares = np.bincount(band.ravel(), inside.ravel(), len(edges) + 1) / inside.sum()
    bounds = np.concatenate([[-np.inf], edges, [np.inf]])
    return tuple(
        DistanceBand(float(a), float(b), float(s)) for a, b, s in zip(bounds[:-1], bounds[1:], shares, strict=True)
    )


def _signed_distance_mm(lesion: Structure, grid: Grid) -> np.ndarray:
    inside = lesion.occupancy(grid) >= 0.5
    if not inside.any():
        raise ImpastoError(lesion.name, f"is smaller than {_SAMPLE_MM:g} mm", "check how it was drawn")
    outer = ndimage.distance_transform_edt(~inside) - 0.5
    inner = ndimage.distance_transform_edt(inside) - 0.5
    return np.asarray(np.where(inside, -inner, outer) * _SAMPLE_MM)
