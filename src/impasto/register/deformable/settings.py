"""What a deformable registration is done with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impasto.core import ImpastoError
from impasto.register.quality import KnownCorrespondence
from impasto.register.settings import RegistrationRegions

__all__ = ["AbsenceSettings", "DeformableSettings", "GuidedRegions"]

_ENGINES, _CONTRASTS = ("impasto", "greedy"), ("same", "any")


@dataclass(frozen=True)
class AbsenceSettings:
    """When a voxel counts as without counterpart in the other image.

    It must come home wrong from a search that follows all evidence, and look different where the registration takes it.

    Parameters
    ----------
    inconsistency_mm : float
        The smoothed forward-backward error must lie this far above its median over the image.
    smoothing_mm : float
        Standard deviation of the Gaussian that smooths it.
    difference : float
        Intensities must differ by this many standard deviations of what they differ by elsewhere; 0 where intensities
        cannot be compared: the error alone then decides, and takes in neighbours of what is absent.
    receive_field_mm : float
        Differences that vary as slowly as this are the scanner's and taken out.
    grown_mm : float
        So much around absent voxels is left out of the second search: what borders on them is half theirs.
    least_ml : float
        Smaller islands are chance.
    probe_mm : float
        The search that follows all evidence ends at the first level as fine as this.
    """

    inconsistency_mm: float = 3.0
    smoothing_mm: float = 4.0
    difference: float = 5.0
    receive_field_mm: float = 30.0
    grown_mm: float = 2.0
    least_ml: float = 0.2
    probe_mm: float = 4.0

    def __post_init__(self) -> None:
        if min(self.inconsistency_mm, self.smoothing_mm, self.receive_field_mm, self.probe_mm) <= 0.0:
            raise ImpastoError("absent correspondence", "a length is not positive", "give millimetres above zero")
        if min(self.difference, self.grown_mm, self.least_ml) < 0.0:
            raise ImpastoError("absent correspondence", "a threshold is negative", "give zero or more")


@dataclass(frozen=True)
class DeformableSettings:
    """Engine and search of a deformable registration.

    Parameters
    ----------
    engine : {"impasto", "greedy"}
        impasto's own needs no extra; greedy (Yushkevich 2016) needs the extra ``registration``.
    contrast : {"same", "any"}
        Whether bright in one image is bright in the other, or tissues may change their order from place to place.
    levels_mm : tuple of float
        Voxel size of each level, coarse to fine; the field is kept on the last one's grid.
    iterations : tuple of int
        Of each level.
    correlation_voxels : int
        Intensities are compared in cubes of ``2 n + 1`` voxels.
    stiffness_voxels : float
        Standard deviation of the Gaussian over which a displacement is estimated: the larger, the smoother the field.
    relaxation_voxels : float
        Standard deviation of the Gaussian that smooths the whole field after each step.
    damping : float
        Gradient energy, per squared voxel, that evidence must exceed to move anything.
    noise_share : float
        Contrast within a cube, as a share of the image's range, that counts as noise.
    clipped_share : float
        Share of the highest and of the lowest intensities that count as one.
    structure_weight, landmark_weight : float
        What guides count for: a surface against an edge in the image, a landmark against a whole Gaussian of edges.
    absence : AbsenceSettings, optional
        Look for voxels without counterpart and leave them out in a second search; none are looked for when absent.

    Raises
    ------
    ImpastoError
        When a name is unknown, or numbers are out of range or do not go together.
    """

    engine: Literal["impasto", "greedy"] = "impasto"
    contrast: Literal["same", "any"] = "same"
    levels_mm: tuple[float, ...] = (8.0, 4.0, 2.0)
    iterations: tuple[int, ...] = (6, 8, 6)
    correlation_voxels: int = 2
    stiffness_voxels: float = 3.0
    relaxation_voxels: float = 0.5
    damping: float = 0.008
    noise_share: float = 0.03
    clipped_share: float = 0.001
    structure_weight: float = 1.0
    landmark_weight: float = 1.0
    absence: AbsenceSettings | None = None

    def __post_init__(self) -> None:
        for given, names in ((self.engine, _ENGINES), (self.contrast, _CONTRASTS)):
            if given not in names:
                problem = f"unknown setting {given!r}"
                raise ImpastoError("deformable registration", problem, f"give one of {', '.join(names)}")
        if not self.levels_mm or len(self.levels_mm) != len(self.iterations):
            problem = f"{len(self.levels_mm)} levels and {len(self.iterations)} numbers of iterations"
            raise ImpastoError("deformable registration", problem, "give one each")
        if min(self.levels_mm) <= 0.0 or min(self.iterations) < 1 or self.correlation_voxels < 1:
            problem = "levels, iterations or cubes are too small"
            raise ImpastoError("deformable registration", problem, "give levels in mm, and one iteration and voxel")
        if min(self.stiffness_voxels, self.damping, self.noise_share) <= 0.0 or self.relaxation_voxels < 0.0:
            problem = "stiffness, damping or noise share are not positive"
            raise ImpastoError("deformable registration", problem, "without them the field is not determined")
        if min(self.structure_weight, self.landmark_weight) < 0.0 or not 0.0 <= self.clipped_share < 0.5:
            raise ImpastoError(
                "deformable registration", "a weight or share is out of range", "give 0 or more, 0 to 0.5"
            )
        if self.absence is not None and self.contrast == "any" and self.absence.difference > 0.0:
            problem = "intensities of different contrasts cannot be subtracted"
            raise ImpastoError("absent correspondence", problem, "give a difference of 0")


@dataclass(frozen=True, eq=False)
class GuidedRegions(RegistrationRegions):
    """Where likeness counts, and what else pulls.

    Parameters
    ----------
    guides : KnownCorrespondence, optional
        Landmarks and structures that guide the search. Others, which do not, must judge it.
    """

    guides: KnownCorrespondence | None = None

    def swapped(self) -> GuidedRegions:
        """Return the evidence for the registration the other way round."""
        return GuidedRegions(self.moving, self.fixed, None if self.guides is None else swapped_guides(self.guides))


def swapped_guides(guides: KnownCorrespondence) -> KnownCorrespondence:
    """Return what is known with the frames exchanged."""
    return KnownCorrespondence(
        guides.moving_points_mm, guides.fixed_points_mm, guides.moving_structures, guides.fixed_structures
    )
