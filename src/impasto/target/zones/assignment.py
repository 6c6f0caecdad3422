"""From criteria that are met to zones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import ImpastoError
from impasto.core.arrays import BoolArray, FloatArray
from impasto.target.zones.rule import ZoneRule

__all__ = ["OUTSIDE", "assigned_zones", "groups_met"]

OUTSIDE = -1
"""Label of voxels that belong to no zone."""


def groups_met(rule: ZoneRule, is_met: Mapping[str, BoolArray]) -> NDArray[np.int8]:
    """Count the groups that are met in each voxel.

    Parameters
    ----------
    rule : ZoneRule
    is_met : mapping of str to ndarray of bool
        By the criterion's name, all of one shape.

    Returns
    -------
    ndarray of int8
    """
    total = None
    for group in rule.groups:
        parts = [is_met[criterion.name] for criterion in group.criteria]
        met = np.logical_and.reduce(parts) if group.all_needed else np.logical_or.reduce(parts)
        total = met.astype(np.int8) if total is None else total + met
    counts: NDArray[np.int8] = np.zeros(0, dtype=np.int8) if total is None else total.astype(np.int8)
    return counts


def assigned_zones(
    rule: ZoneRule, count: NDArray[np.int8], region: BoolArray, spacing_mm: FloatArray
) -> NDArray[np.int8]:
    """Give each voxel of the region to the first zone whose condition it meets.

    Distances run between centres of voxels.

    Parameters
    ----------
    rule : ZoneRule
    count : ndarray of int8, shape (i, j, k)
        Groups met.
    region : ndarray of bool, shape (i, j, k)
        Where zones may be: the enhancing tumour.
    spacing_mm : ndarray, shape (3,)

    Returns
    -------
    ndarray of int8, shape (i, j, k)
        Place of the zone in the rule; :data:`OUTSIDE` where there is none.

    Examples
    --------
    >>> from impasto.target.zones import Criterion, CriterionGroup, Zone
    >>> group = CriterionGroup("choline", (Criterion("Cho/NAA", "cho-naa", 2.0),))
    >>> zones = (Zone("core", 1), Zone("rim", 1, within_mm=1.0, near="core"), Zone("rest", 0))
    >>> rule = ZoneRule("example", "", (group,), zones)
    >>> count = np.array([1, 0, 0, 0], dtype=np.int8).reshape(4, 1, 1)
    >>> assigned_zones(rule, count, np.ones((4, 1, 1), dtype=bool), np.ones(3)).ravel().tolist()
    [0, 1, 2, 2]
    """
    if count.shape != region.shape:
        raise ImpastoError(
            rule.name, f"criteria of {count.shape} voxels, a region of {region.shape}", "give both alike"
        )
    labels = np.full(region.shape, OUTSIDE, dtype=np.int8)
    names = [zone.name for zone in rule.zones]
    for place, zone in enumerate(rule.zones):
        belongs = count >= zone.at_least
        if zone.near is not None and zone.within_mm is not None:
            core = labels == names.index(zone.near)
            if core.any():
                belongs = belongs | (ndimage.distance_transform_edt(~core, spacing_mm) <= zone.within_mm + 1e-6)
        labels[region & belongs & (labels == OUTSIDE)] = place
    return labels
