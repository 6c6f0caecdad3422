"""Maps of one step and the anatomy that they are drawn over: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from impasto.core import Grid, Image, ImpastoError, StructureSet
from impasto.core.arrays import BoolArray
from impasto.report.colour_scales import ColourScale

__all__ = ["MapsOverAnatomy"]


@dataclass(frozen=True, eq=False)
class MapsOverAnatomy:
    """Maps on one grid, and the anatomy they are drawn over.

    Parameters
    ----------
    anatomy : Image
        T1, FLAIR or CT in the frame of the maps.
    maps : mapping of str to Image
        Name to map, in the order they are drawn, all on one grid; NaN where a voxel was rejected or not fitted.
    fitted : ndarray of bool, shape of the maps
        Voxels that were fitted: those of them that are NaN are drawn as rejected.
    doubted : mapping of str to ndarray of bool, shape of the maps
        Name of a map to voxels whose value stands, but is not to be believed: drawn as rejected.
    thresholds : mapping of str to float
        Name of a map to the value that is outlined in it, for example ``{"Cho/NAA": 2.0}``.
    scales : mapping of str to ColourScale
        Name of a map to its colours; those of amounts, chosen from the map, where absent.
    structures : StructureSet, optional
        Outlined in every picture: brain, target.
    excited : Grid, optional
        The box that the sequence excites, as a grid of one voxel.

    Raises
    ------
    ImpastoError
        When there is no map, maps lie on different grids, or a threshold, a scale or doubts name no map.
    """

    anatomy: Image
    maps: Mapping[str, Image]
    fitted: BoolArray
    doubted: Mapping[str, BoolArray] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    scales: Mapping[str, ColourScale] = field(default_factory=dict)
    structures: StructureSet | None = None
    excited: Grid | None = None

    def __post_init__(self) -> None:
        if not self.maps:
            raise ImpastoError("maps over anatomy", "there are none", "give at least one map")
        for name, image in self.maps.items():
            if not image.grid.matches(self.grid) or self.fitted.shape != image.grid.shape:
                raise ImpastoError(name, "lies on another grid than the other maps", "give maps of one acquisition")
        for name in (*self.thresholds, *self.scales, *self.doubted):
            if name not in self.maps:
                problem = "has a threshold, a colour scale or doubts, but is not among the maps"
                raise ImpastoError(name, problem, "give its map too")

    @property
    def grid(self) -> Grid:
        """Where the voxels of the maps lie."""
        return next(iter(self.maps.values())).grid

    def scale(self, name: str) -> ColourScale:
        """Colours of a map."""
        return self.scales.get(name, ColourScale())
