"""Is a registration good enough? Limits of AAPM task group 132 (Brock 2017)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RegistrationLimits", "RegistrationVerdict"]


@dataclass(frozen=True)
class RegistrationLimits:
    """What a registration must keep.

    Parameters
    ----------
    linear_share_of_voxel : float
        Of the larger of both images' longest voxel edges: mean landmark error, and largest forward-backward error, of a
        rigid or affine registration.
    deformable_mean_mm, deformable_max_mm : float
        Landmark error of a deformable registration, else its forward-backward error (its 99th percentile as the
        largest: single voxels at the edge of the field of view are not the registration).
    least_dice : float
        Of structures drawn in both frames.
    surface_distance_mm : float
        Largest mean distance of their surfaces.
    """

    linear_share_of_voxel: float = 0.5
    deformable_mean_mm: float = 2.0
    deformable_max_mm: float = 5.0
    least_dice: float = 0.8
    surface_distance_mm: float = 3.0


@dataclass(frozen=True)
class RegistrationVerdict:
    """Whether a registration keeps its limits.

    Parameters
    ----------
    failures : tuple of str
        What breaks a limit, each as a clause with its figure; none when all are kept.
    evidence : str
        What it rests on: ``"landmarks"`` or ``"forward-backward error"``, the weaker one.
    limits : RegistrationLimits
    """

    failures: tuple[str, ...]
    evidence: str
    limits: RegistrationLimits

    @property
    def is_passed(self) -> bool:
        """Whether all limits are kept."""
        return not self.failures
