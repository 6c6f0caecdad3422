"""Hierarchical clustering of touching regions by their mean (Ward 1963)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, IntArray

__all__ = ["merged_without", "touching_pairs"]


def touching_pairs(labels: NDArray[np.integer]) -> IntArray:
    """Pairs of different labels that share a face, each once, the lower first, shape (pair, 2); 0 is no label."""
    count = int(labels.max()) + 1
    keys = []
    for axis in range(3):
        here = np.moveaxis(labels, axis, 0)
        one, other = here[:-1].ravel(), here[1:].ravel()
        meets = (one != other) & (one > 0) & (other > 0)
        low, high = np.minimum(one[meets], other[meets]), np.maximum(one[meets], other[meets])
        keys.append(np.unique(low.astype(np.int64) * count + high))
    unique = np.unique(np.concatenate(keys))
    return np.stack([unique // count, unique % count], axis=1)


def merged_without(
    sizes: FloatArray, sums: FloatArray, pairs: IntArray, member: int, apart_from: int
) -> NDArray[np.bool_]:
    """Merge touching regions by least loss, two of them kept apart, and return the cluster of the first.

    Merging regions of n and m voxels with means a and b raises the sum of squares within clusters by
    ``n m / (n + m) (a - b)^2`` (Ward 1963). In each round every two clusters that are each other's cheapest neighbour
    merge, which gives Ward's tree where all touch; those of `member` and `apart_from` never do, so that all that
    hangs together with them ends with one of the two.

    Parameters
    ----------
    sizes, sums : ndarray, shape (region,)
        Voxels, and the sum of their values.
    pairs : ndarray of int, shape (pair, 2)
        Regions that touch.
    member, apart_from : int
        Regions that stay in different clusters.

    Returns
    -------
    ndarray of bool, shape (region,)
        Which regions end in one cluster with `member`.
    """
    owner = np.arange(len(sizes))
    size, total = sizes.astype(np.float64), sums.astype(np.float64)
    edges = pairs
    while True:
        low, high = sorted((owner[member], owner[apart_from]))
        allowed = (edges[:, 0] != low) | (edges[:, 1] != high)
        edges = edges[allowed]
        if not len(edges):
            return np.asarray(owner == owner[member])
        one, other = _mutual(edges, _loss(size, total, edges))
        np.add.at(size, one, size[other])
        np.add.at(total, one, total[other])
        target = np.arange(len(sizes))
        target[other] = one
        owner = target[owner]
        edges = np.sort(target[edges], axis=1)
        edges = edges[edges[:, 0] != edges[:, 1]]
        keys = np.unique(edges[:, 0] * len(sizes) + edges[:, 1])
        edges = np.stack([keys // len(sizes), keys % len(sizes)], axis=1)


def _loss(size: FloatArray, total: FloatArray, edges: IntArray) -> FloatArray:
    one, other = edges[:, 0], edges[:, 1]
    difference = total[one] / size[one] - total[other] / size[other]
    loss: FloatArray = size[one] * size[other] / (size[one] + size[other]) * difference**2
    return loss


def _mutual(edges: IntArray, loss: FloatArray) -> tuple[IntArray, IntArray]:
    """Edges that are the cheapest of both their ends; the order of edges decides between equal ones."""
    order = np.argsort(loss, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(int(edges.max()) + 1, len(order), dtype=np.int64)
    np.minimum.at(best, edges[:, 0], rank)
    np.minimum.at(best, edges[:, 1], rank)
    cheapest = (best[edges[:, 0]] == rank) & (best[edges[:, 1]] == rank)
    return edges[cheapest, 0], edges[cheapest, 1]
