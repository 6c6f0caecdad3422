"""The figures that every registration comes with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from impasto.core import Grid, Image, ImpastoError, StructureSet, Transform
from impasto.core.arrays import FloatArray
from impasto.register.agreement import StructureAgreement, structure_agreements
from impasto.register.inconsistency import forward_backward_error
from impasto.register.jacobian import jacobian_determinant
from impasto.register.level import LevelImage, level_image
from impasto.register.settings import RegistrationRegions
from impasto.register.similarity import level_mutual_information
from impasto.register.verdict import RegistrationLimits, RegistrationVerdict

__all__ = ["KnownCorrespondence", "RegistrationQuality", "assess_registration"]

_SIMILARITY_LEVEL_MM, _PROBE_MM = 4.0, 8.0
_CLIPPED_SHARE = 0.001
_BACKGROUND_SHARE = 0.1
_LEAST_GAIN = -0.01
"""Mutual information in nats may fall by this much: a perfect start cannot gain."""


@dataclass(frozen=True, eq=False)
class KnownCorrespondence:
    """What is known to belong together in both frames; it judges a registration and does not guide it.

    Parameters
    ----------
    fixed_points_mm, moving_points_mm : ndarray, shape (landmark, 3)
        Pairs of landmarks, LPS.
    fixed_structures, moving_structures : StructureSet
        Compared where both have a structure of the same name.

    Raises
    ------
    ImpastoError
        When there are not as many landmarks in both frames.
    """

    fixed_points_mm: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    moving_points_mm: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    fixed_structures: StructureSet = field(default_factory=StructureSet)
    moving_structures: StructureSet = field(default_factory=StructureSet)

    def __post_init__(self) -> None:
        shapes = np.shape(self.fixed_points_mm), np.shape(self.moving_points_mm)
        if shapes[0] != shapes[1] or len(shapes[0]) != 2 or shapes[0][1] != 3:
            raise ImpastoError(
                "landmarks", f"shapes {shapes[0]} and {shapes[1]}", "give pairs of points, (landmark, 3)"
            )


@dataclass(frozen=True)
class RegistrationQuality:
    """Figures of one registration.

    Parameters
    ----------
    jacobian_min, jacobian_max : float
        Of the Jacobian determinant.
    folded_share : float
        Share of voxels where it is zero or less.
    forward_backward_mean_mm, forward_backward_p99_mm, forward_backward_max_mm : float
        Over the fixed image's region, else where its intensities rise above the background.
    landmark_errors_mm : tuple of float
        Target registration error of each known landmark.
    structures : tuple of StructureAgreement
        Of each structure known in both frames.
    mutual_information_before, mutual_information_after : float
        In nats, at the start and at the result.
    overlap_share : float
        Share of the same places that the moving image reaches.
    largest_voxel_mm : float
        The longer of both images' longest voxel edges.
    verdict : RegistrationVerdict
    """

    jacobian_min: float
    jacobian_max: float
    folded_share: float
    forward_backward_mean_mm: float
    forward_backward_p99_mm: float
    forward_backward_max_mm: float
    landmark_errors_mm: tuple[float, ...]
    structures: tuple[StructureAgreement, ...]
    mutual_information_before: float
    mutual_information_after: float
    overlap_share: float
    largest_voxel_mm: float
    verdict: RegistrationVerdict

    @property
    def landmark_mean_mm(self) -> float | None:
        """Mean target registration error; None without landmarks."""
        return float(np.mean(self.landmark_errors_mm)) if self.landmark_errors_mm else None

    @property
    def landmark_max_mm(self) -> float | None:
        """Largest target registration error; None without landmarks."""
        return max(self.landmark_errors_mm) if self.landmark_errors_mm else None


@dataclass(frozen=True, eq=False)
class _Figures:
    """What a verdict is passed on, before it is."""

    is_linear: bool
    folded_share: float
    forward_backward_mm: FloatArray
    landmark_errors_mm: FloatArray
    structures: tuple[StructureAgreement, ...]
    information_gain: float
    overlap_share: float
    largest_voxel_mm: float


def assess_registration(
    images: tuple[Image, Image],
    forward: Transform,
    backward: Transform,
    start: Transform | None = None,
    regions: RegistrationRegions | None = None,
    known: KnownCorrespondence | None = None,
    limits: RegistrationLimits | None = None,
) -> RegistrationQuality:
    """Compute the figures of a registration and hold them against limits.

    Parameters
    ----------
    images : tuple of Image
        The fixed and the moving one.
    forward, backward : Transform
        Fixed to moving, and moving to fixed from a registration of its own.
    start : Transform, optional
        Where the search began; the identity when absent.
    regions : RegistrationRegions, optional
    known : KnownCorrespondence, optional
    limits : RegistrationLimits, optional

    Raises
    ------
    ImpastoError
        When regions do not fit their images.
    """
    fixed, moving = images
    regions = (regions or RegistrationRegions()).checked(fixed.grid, moving.grid)
    known, limits = known or KnownCorrespondence(), limits or RegistrationLimits()
    levels = [
        level_image(image, region, _SIMILARITY_LEVEL_MM, _CLIPPED_SHARE)
        for image, region in ((fixed, regions.fixed), (moving, regions.moving))
    ]
    probes = _probes_mm(level_image(fixed, regions.fixed, _PROBE_MM, _CLIPPED_SHARE))
    before = level_mutual_information(levels[0], levels[1], start or Transform.identity())
    after = level_mutual_information(levels[0], levels[1], forward)
    determinant = jacobian_determinant(forward)
    figures = _Figures(
        is_linear=forward.is_affine,
        folded_share=float(np.mean(determinant <= 0.0)),
        forward_backward_mm=forward_backward_error(forward, backward, probes),
        landmark_errors_mm=np.linalg.norm(
            forward.moving_from_fixed(known.fixed_points_mm) - known.moving_points_mm, axis=1
        ),
        structures=structure_agreements(known.fixed_structures, known.moving_structures, forward),
        information_gain=after - before,
        overlap_share=_share_inside(moving.grid, forward.moving_from_fixed(probes)),
        largest_voxel_mm=float(max(fixed.grid.spacing_mm.max(), moving.grid.spacing_mm.max())),
    )
    return RegistrationQuality(
        jacobian_min=float(determinant.min()),
        jacobian_max=float(determinant.max()),
        folded_share=figures.folded_share,
        forward_backward_mean_mm=float(figures.forward_backward_mm.mean()),
        forward_backward_p99_mm=float(np.quantile(figures.forward_backward_mm, 0.99)),
        forward_backward_max_mm=float(figures.forward_backward_mm.max()),
        landmark_errors_mm=tuple(figures.landmark_errors_mm.tolist()),
        structures=figures.structures,
        mutual_information_before=before,
        mutual_information_after=after,
        overlap_share=figures.overlap_share,
        largest_voxel_mm=figures.largest_voxel_mm,
        verdict=_verdict(figures, limits),
    )


def _verdict(figures: _Figures, limits: RegistrationLimits) -> RegistrationVerdict:
    failures = []
    if figures.overlap_share == 0.0:
        failures.append("the moving image reaches none of the fixed one's places")
    if figures.folded_share > 0.0:
        failures.append(f"{100.0 * figures.folded_share:.2g} % of the voxels are folded")
    if figures.information_gain < _LEAST_GAIN:
        failures.append(f"mutual information fell by {-figures.information_gain:.3f}")
    evidence = "landmarks" if len(figures.landmark_errors_mm) else "forward-backward error"
    failures += _far_off(figures, evidence, limits) + _apart(figures.structures, limits)
    return RegistrationVerdict(tuple(failures), evidence, limits)


def _far_off(figures: _Figures, evidence: str, limits: RegistrationLimits) -> list[str]:
    """Failures of the errors in mm: of landmarks, else of coming home."""
    has_landmarks = evidence == "landmarks"
    errors = figures.landmark_errors_mm if has_landmarks else figures.forward_backward_mm
    mean = float(errors.mean())
    if figures.is_linear:
        limit = limits.linear_share_of_voxel * figures.largest_voxel_mm
        error, name = (mean, "mean") if has_landmarks else (float(errors.max()), "largest")
        return [f"{name} {error:.2f} mm by {evidence}, not below {limit:.2f} mm"] if error >= limit else []
    largest = float(errors.max() if has_landmarks else np.quantile(errors, 0.99))
    failures = []
    if mean > limits.deformable_mean_mm:
        failures.append(f"mean {mean:.2f} mm by {evidence}, above {limits.deformable_mean_mm:g} mm")
    if largest > limits.deformable_max_mm:
        failures.append(f"largest {largest:.2f} mm by {evidence}, above {limits.deformable_max_mm:g} mm")
    return failures


def _apart(structures: tuple[StructureAgreement, ...], limits: RegistrationLimits) -> list[str]:
    """Failures of structures drawn in both frames."""
    failures = []
    for structure in structures:
        if structure.dice < limits.least_dice:
            failures.append(f"{structure.name}: Dice {structure.dice:.2f}, below {limits.least_dice:g}")
        if structure.mean_surface_distance_mm > limits.surface_distance_mm:
            away = f"{structure.mean_surface_distance_mm:.1f} mm"
            failures.append(f"{structure.name}: surfaces {away} apart, above {limits.surface_distance_mm:g} mm")
    return failures


def _probes_mm(fixed: LevelImage) -> FloatArray:
    """Places where errors are measured: the region, else what is brighter than the background."""
    if fixed.region is not None and fixed.region.any():
        where = fixed.region
    else:
        low, high = float(fixed.values.min()), float(fixed.values.max())
        where = fixed.values > low + _BACKGROUND_SHARE * (high - low)
    return fixed.grid.world_from_index(np.argwhere(where))


def _share_inside(grid: Grid, points_mm: FloatArray) -> float:
    index = grid.index_from_world(points_mm)
    return float(np.mean(np.all((index >= -0.5) & (index <= np.array(grid.shape) - 0.5), axis=1)))
