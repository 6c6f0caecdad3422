"""What a rigid or affine registration is done with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impasto.core import Grid, ImpastoError
from impasto.core.arrays import BoolArray

__all__ = ["LinearSettings", "RegistrationRegions"]

_MODELS, _ENGINES, _RESTARTS = ("rigid", "affine"), ("simpleitk", "greedy"), ("when failed", "always", "never")


@dataclass(frozen=True)
class LinearSettings:
    """Model, engine and search of a rigid or affine registration.

    Parameters
    ----------
    model : {"rigid", "affine"}
        An affine map is fitted after the rigid one, from the second level on.
    engine : {"simpleitk", "greedy"}
        What does the search; greedy needs the extra ``registration``, and takes only masks and the start from here.
    levels_mm : tuple of float
        Voxel size of each level, coarse to fine; an axis that is coarser in the image stays as it is.
    samples : tuple of int
        How many places the mutual information of each level is estimated from.
    bins : int
        Of the joint histogram, along each intensity.
    clipped_share : float
        Share of the highest and of the lowest intensities that count as one, so that few voxels do not take the bins.
    iterations : int
        At most so many steps a level.
    restarts : {"when failed", "always", "never"}
        When to try starts turned about the centre of the image.
    seed : int
        Draws the places: the same seed, the same result on the same number of threads.

    Raises
    ------
    ImpastoError
        When a name is unknown, numbers are not positive, or levels and samples do not go together.
    """

    model: Literal["rigid", "affine"] = "rigid"
    engine: Literal["simpleitk", "greedy"] = "simpleitk"
    levels_mm: tuple[float, ...] = (8.0, 4.0, 2.0)
    samples: tuple[int, ...] = (100_000, 60_000, 100_000)
    bins: int = 32
    clipped_share: float = 0.001
    iterations: int = 30
    restarts: Literal["when failed", "always", "never"] = "when failed"
    seed: int = 1

    def __post_init__(self) -> None:
        known = ((self.model, _MODELS), (self.engine, _ENGINES), (self.restarts, _RESTARTS))
        for given, names in known:
            if given not in names:
                raise ImpastoError("registration", f"unknown setting {given!r}", f"give one of {', '.join(names)}")
        if not self.levels_mm or len(self.levels_mm) != len(self.samples):
            problem = f"{len(self.levels_mm)} levels and {len(self.samples)} numbers of samples"
            raise ImpastoError("registration", problem, "give one each")
        if min(self.levels_mm) <= 0.0 or min(self.samples) < 1000 or self.iterations < 1 or self.bins < 8:
            problem = "levels, samples, bins or iterations are too small"
            raise ImpastoError("registration", problem, "give levels in mm, 1000 samples and 8 bins at least")
        if not 0.0 <= self.clipped_share < 0.5:
            raise ImpastoError("registration", f"clips a share of {self.clipped_share:g}", "give 0 to 0.5")


@dataclass(frozen=True, eq=False)
class RegistrationRegions:
    """Where likeness counts.

    Parameters
    ----------
    fixed, moving : ndarray of bool, shape of the image's grid, optional
        Everywhere when absent. Leave a margin around what is registered: its edge carries much of the likeness.
    """

    fixed: BoolArray | None = None
    moving: BoolArray | None = None

    def checked(self, fixed: Grid, moving: Grid) -> RegistrationRegions:
        """Return itself when both regions fit their images.

        Raises
        ------
        ImpastoError
            When a region has another shape than its image, or is empty.
        """
        for name, region, grid in (("fixed", self.fixed, fixed), ("moving", self.moving, moving)):
            if region is None:
                continue
            if region.shape != grid.shape:
                problem = f"a region of shape {region.shape} on an image of {grid.shape}"
                raise ImpastoError(f"{name} image", problem, "give one on the image's own voxels")
            if not region.any():
                raise ImpastoError(f"{name} image", "its region is empty", "leave it out, or draw it")
        return self

    def swapped(self) -> RegistrationRegions:
        """Return the regions for the registration the other way round."""
        return RegistrationRegions(self.moving, self.fixed)
