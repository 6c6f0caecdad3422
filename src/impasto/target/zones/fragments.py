"""Parts of zones that are too small for a dose of their own join the zone beside them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.grid import Grid

__all__ = ["MergedFragment", "merged_fragments"]

_NONE = np.iinfo(np.int64).max
"""No zone yet: later than every zone."""


@dataclass(frozen=True)
class MergedFragment:
    """A part of a zone that joined another.

    Parameters
    ----------
    zone, into : int
        Places of the zone it was in, and of the one that it joined.
    volume_ml : float
    """

    zone: int
    into: int
    volume_ml: float


def merged_fragments(
    zone: IntArray, share: FloatArray, least_ml: float, grid: Grid, lasting: Collection[int] = ()
) -> tuple[IntArray, tuple[MergedFragment, ...]]:
    """Let small parts of zones join the zones beside them.

    A part is what hangs together over voxels' faces. It is a fragment if those of its voxels that are filled by half or
    more come to less than the least volume. A fragment joins the hottest zone that it touches, other fragments after
    those. Fragments that touch no lasting part become the hottest zone among them, if that lasts elsewhere or nothing
    does, else the zone of the nearest lasting part. No voxel is lost.

    Parameters
    ----------
    zone : ndarray of int, shape (i, j, k)
        Place of each voxel's zone, the hottest 0; negative outside.
    share : ndarray, same shape
        Filled share of each voxel.
    least_ml : float
        0 leaves every part.
    grid : Grid
    lasting : collection of int
        Zones all of whose parts stay, as those that were drawn by hand.

    Returns
    -------
    zone : ndarray of int64
    merged : tuple of MergedFragment
        The largest first.
    """
    part, owner = _parts(zone)
    count = len(owner)
    volume_ml = np.bincount(part.ravel(), share.ravel(), count + 1)[1:] * grid.voxel_volume_ml
    core_ml = np.bincount(part.ravel(), np.where(share >= 0.5, share, 0.0).ravel(), count + 1)[1:]
    lasts = (core_ml * grid.voxel_volume_ml >= least_ml) | np.isin(owner, list(lasting))
    if lasts.all():
        return zone.astype(np.int64), ()
    pairs = _touching(part)
    becomes = _spread(np.where(lasts, owner, _NONE), pairs)
    for island in _islands(becomes, pairs):
        hottest = int(owner[island].min())
        if lasts.any() and hottest not in owner[lasts]:
            hottest = int(owner[_nearest(part, island, lasts, grid)])
        becomes[island] = hottest
    moved = sorted(np.flatnonzero(becomes != owner), key=lambda number: -volume_ml[number])
    merged = tuple(MergedFragment(int(owner[n]), int(becomes[n]), float(volume_ml[n])) for n in moved)
    return np.append(-1, becomes)[part], merged


def _parts(zone: IntArray) -> tuple[NDArray[np.int64], IntArray]:
    """Label what hangs together over faces from 1 on, and tell the zone of each."""
    part = np.zeros(zone.shape, dtype=np.int64)
    owner: list[int] = []
    for place in np.unique(zone[zone >= 0]):
        labels, count = ndimage.label(zone == place)
        part = np.where(labels > 0, labels + len(owner), part)
        owner += [int(place)] * count
    return part, np.array(owner, dtype=np.int64)


def _touching(part: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs of parts with a common face, each both ways round, numbered from 0: shape (pair, 2)."""
    found = []
    for axis in range(part.ndim):
        moved = np.moveaxis(part, axis, 0)
        beside = np.stack([moved[:-1].ravel(), moved[1:].ravel()], axis=1)
        found.append(beside[(beside[:, 0] != beside[:, 1]) & np.all(beside > 0, axis=1)])
    pairs = np.unique(np.concatenate(found), axis=0) - 1
    return np.concatenate([pairs, pairs[:, ::-1]])


def _spread(becomes: IntArray, pairs: NDArray[np.int64]) -> IntArray:
    """Hand the hottest zone beside it to every part without one, until no more have one beside them."""
    while True:
        beside = np.full(len(becomes), _NONE)
        np.minimum.at(beside, pairs[:, 0], becomes[pairs[:, 1]])
        reached = (becomes == _NONE) & (beside < _NONE)
        if not reached.any():
            return becomes
        becomes = np.where(reached, beside, becomes)


def _islands(becomes: IntArray, pairs: NDArray[np.int64]) -> list[BoolArray]:
    """Find groups of parts without a zone that touch each other."""
    count = len(becomes)
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    groups = connected_components(links, directed=False)[1]
    lost = becomes == _NONE
    return [(groups == group) & lost for group in np.unique(groups[lost])]


def _nearest(part: NDArray[np.int64], island: BoolArray, lasts: BoolArray, grid: Grid) -> int:
    """Find the lasting part nearest to an island's voxels."""
    away_mm, index = ndimage.distance_transform_edt(
        ~np.append(False, lasts)[part], sampling=grid.spacing_mm, return_indices=True
    )
    own = np.append(False, island)[part]
    first = np.argmin(np.where(own, away_mm, np.inf))
    return int(part[tuple(axis.ravel()[first] for axis in index)]) - 1
