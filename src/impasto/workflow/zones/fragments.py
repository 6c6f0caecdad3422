"""Zones without parts that are too small for a level of their own, and what is said about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from impasto.core import Image, Structure
from impasto.target.zones import MergedFragment, merged_fragments

__all__ = ["ZonesWithoutFragments", "without_fragments"]

_LISTED = 5
"""Fragments whose volumes a note gives; the rows have all."""

_MENTIONED_ML = 0.02
"""Less in all is not worth a note."""


@dataclass(frozen=True, eq=False)
class ZonesWithoutFragments:
    """Zones of one grid after their fragments joined the zones beside them.

    Parameters
    ----------
    before, zones : tuple of Structure
        The same zones, the hottest first; those that lost everything are empty.
    filled : Image
        Share of each voxel that all zones fill.
    merged : tuple of MergedFragment
        The largest first.
    least_ml : float
        Volume from which on a part was left.
    """

    before: tuple[Structure, ...]
    zones: tuple[Structure, ...]
    filled: Image
    merged: tuple[MergedFragment, ...]
    least_ml: float

    def rows(self) -> list[dict[str, object]]:
        """Each fragment: the zone it was in, that which it joined, and its volume."""
        names = [zone.name for zone in self.zones]
        return [{"zone": names[m.zone], "into": names[m.into], "volume_ml": m.volume_ml} for m in self.merged]

    def words(self) -> dict[str, str]:
        """Say what joined each zone, in a few words."""
        gained: dict[str, list[str]] = {zone.name: [] for zone in self.zones}
        for (giver, taker), volumes_ml in self._volumes_ml().items():
            gained[self.zones[taker].name].append(f"{sum(volumes_ml):.2f} ml of fragments of {self.zones[giver].name}")
        return {name: f"with {', '.join(parts)}" for name, parts in gained.items() if parts}

    def notes(self, setting: str) -> tuple[str, ...]:
        """Name what joined another zone, how to keep it, and the zones that have no volume."""
        notes = []
        for (giver, taker), volumes_ml in self._volumes_ml().items():
            listed = ", ".join(f"{volume:.2g}" for volume in volumes_ml[:_LISTED])
            rest = f" and {len(volumes_ml) - _LISTED} smaller" if len(volumes_ml) > _LISTED else ""
            zone = self.before[giver]
            notes.append(
                f"{sum(volumes_ml):.2f} of {zone.volume_ml():.2f} ml of {zone.name} joined {self.zones[taker].name}: "
                f"{len(volumes_ml)} fragment{'s' * (len(volumes_ml) > 1)} of {listed} ml{rest}, each with less than "
                f"{self.least_ml:g} ml in voxels at least half filled: too small for a level of their own. To keep "
                f"such fragments: --set {setting}=0"
            )
        empty = ", ".join(zone.name for zone in self.zones if zone.is_empty)
        return (*notes, f"Without a volume and not painted: {empty}.") if empty else tuple(notes)

    def _volumes_ml(self) -> dict[tuple[int, int], list[float]]:
        """Volumes of fragments by the zones that they left and joined; without those of hardly any in all."""
        found: dict[tuple[int, int], list[float]] = {}
        for one in self.merged:
            found.setdefault((one.zone, one.into), []).append(one.volume_ml)
        return {way: found[way] for way in sorted(found) if sum(found[way]) >= _MENTIONED_ML}


def without_fragments(
    zones: Sequence[Structure], least_ml: float, drawn: Collection[str] = ()
) -> ZonesWithoutFragments:
    """Let fragments of zones join the zones beside them.

    Parameters
    ----------
    zones : sequence of Structure
        Masks of one grid that do not overlap, the hottest first.
    least_ml : float
        See :func:`~impasto.target.zones.merged_fragments`.
    drawn : collection of str
        Names of zones that are as somebody drew them: they keep all their parts.
    """
    masks = [zone.mask for zone in zones if zone.mask is not None]
    grid, shares = masks[0].grid, np.stack([mask.data for mask in masks])
    share = np.minimum(shares.sum(axis=0), 1.0).astype(np.float32)
    lasting = [number for number, zone in enumerate(zones) if zone.name in drawn]
    place, merged = merged_fragments(np.where(share > 0.0, shares.argmax(axis=0), -1), share, least_ml, grid, lasting)
    made = tuple(zones)
    if merged:
        redrawn = [Image(np.where(place == number, share, 0.0), grid, "occupancy", "1") for number in range(len(made))]
        made = tuple(replace(zone, mask=mask) for zone, mask in zip(made, redrawn, strict=True))
    return ZonesWithoutFragments(tuple(zones), made, Image(share, grid, "occupancy", "1"), merged, least_ml)
