"""Fluid, grey and white matter by intensity, place and neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import Image, ImpastoError, Role, Structure, Transform
from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.atlas import brain_template, ventricle_distance_mm
from impasto.core.resample import sample_linear

__all__ = ["TissueMap", "TissueSettings", "classify_tissue"]

_Shares = NDArray[np.float32]
_CLASSES = 3
_FEWEST_VOXELS = 500


@dataclass(frozen=True)
class TissueSettings:
    """How much place and neighbours count.

    Parameters
    ----------
    prior_blur_mm : float
        Width of the Gaussian that spreads the template's shares over what an affine map leaves unmatched.
    prior_floor : float
        Least share of each class anywhere.
    neighbour_weight : float
        Nats for a voxel whose neighbours along the axes are all of a class.
    rounds : int
        Of expectation and maximisation.
    ventricle_reach_mm : float
        How far outside the template's ventricles fluid still counts as ventricle: they widen with age, and shift.

    Raises
    ------
    ImpastoError
        When a number is negative, or there is no round.
    """

    prior_blur_mm: float = 2.5
    prior_floor: float = 0.03
    neighbour_weight: float = 1.5
    rounds: int = 15
    ventricle_reach_mm: float = 5.0

    def __post_init__(self) -> None:
        numbers = (self.prior_blur_mm, self.neighbour_weight, self.ventricle_reach_mm)
        if min(numbers) < 0.0 or not 0.0 < self.prior_floor < 0.3 or self.rounds < 1:
            raise ImpastoError("tissue", "a setting is out of range", "give positive numbers and one round at least")


@dataclass(frozen=True, eq=False)
class TissueMap:
    """What normal-looking brain is made of.

    Parameters
    ----------
    csf, grey, white : Image
        Probability of each class, 0 outside the brain and in the lesion.
    ventricles : Structure
        Fluid in and next to the template's ventricles, connected to them.
    means, standard_deviations : ndarray, shape (3,)
        Intensity of fluid, grey and white matter.
    """

    csf: Image
    grey: Image
    white: Image
    ventricles: Structure
    means: FloatArray
    standard_deviations: FloatArray


def classify_tissue(
    image: Image,
    brain: BoolArray,
    transform: Transform,
    lesion: BoolArray | None = None,
    settings: TissueSettings | None = None,
) -> TissueMap:
    """Classify the brain: a Gaussian mixture with the template's shares as prior (Ashburner 2005), neighbours tied.

    Parameters
    ----------
    image : Image
        One MR volume without bias field, of any contrast that shows the three classes; T1 does best.
    brain : ndarray of bool, shape `image.grid.shape`
    transform : Transform
        Patient to template; affine, or dense.
    lesion : ndarray of bool, shape `image.grid.shape`, optional
        Left out: it would widen the classes.
    settings : TissueSettings, optional

    Returns
    -------
    TissueMap

    Raises
    ------
    ImpastoError
        When masks do not fit, or the brain has fewer than 500 voxels.
    """
    settings = settings or TissueSettings()
    for mask in (brain, lesion):
        if mask is not None and mask.shape != image.grid.shape:
            problem = f"a mask of shape {mask.shape} on an image of {image.grid.shape}"
            raise ImpastoError("tissue", problem, "give one on the image's own voxels")
    counted = brain if lesion is None else brain & ~lesion
    if np.count_nonzero(counted) < _FEWEST_VOXELS:
        problem = f"the brain has {np.count_nonzero(counted)} voxels"
        raise ImpastoError("tissue", problem, f"give a mask of at least {_FEWEST_VOXELS}")
    where = np.argwhere(counted)
    points = transform.moving_from_fixed(image.grid.world_from_index(where))
    prior = _prior(points, settings)
    shares, means, deviations = _mixture(np.asarray(image.data, dtype=np.float32), counted, prior, settings)
    maps = []
    for number, name in enumerate(("cerebrospinal fluid", "grey matter", "white matter")):
        full = np.zeros(image.grid.shape, dtype=np.float32)
        full[counted] = shares[:, number]
        maps.append(Image(full, image.grid, f"probability of {name}", "1"))
    ventricles = _ventricles(maps[0], where, points, settings)
    return TissueMap(maps[0], maps[1], maps[2], ventricles, means, deviations)


def _prior(points_mm: FloatArray, settings: TissueSettings) -> _Shares:
    """Template's share of fluid, grey and white matter at points of its frame, shape (point, 3)."""
    brain = brain_template()
    inside = brain.t1 > 0.0
    fluid = np.where(inside, np.clip(1.0 - brain.grey - brain.white, 0.0, 1.0), 1.0)
    shares = np.empty((len(points_mm), _CLASSES), dtype=np.float32)
    for number, share in enumerate((fluid, brain.grey, brain.white)):
        soft = ndimage.gaussian_filter(share.astype(np.float32), settings.prior_blur_mm, mode="nearest")
        shares[:, number] = sample_linear(soft, brain.grid, points_mm, 1.0 if number == 0 else 0.0)
    shares += settings.prior_floor
    normal: _Shares = shares / shares.sum(axis=1, keepdims=True)
    return normal


def _mixture(
    values: RealArray, counted: BoolArray, prior: _Shares, settings: TissueSettings
) -> tuple[_Shares, FloatArray, FloatArray]:
    """Posterior share of each class in each counted voxel, and the classes' means and standard deviations."""
    inside = values[counted].astype(np.float32)
    low, high = np.quantile(inside, [0.002, 0.998])
    # vessels and what is left of bone are no class of their own: they must not pull one
    clipped = np.clip(inside, low, high)
    least = 0.01 * float(high - low) + 1e-12
    log_prior = np.log(prior)
    shares = prior
    means, deviations = np.zeros(_CLASSES), np.ones(_CLASSES)
    for _ in range(settings.rounds):
        for number in range(_CLASSES):
            weight = shares[:, number] ** 2
            means[number] = np.average(clipped, weights=weight)
            deviations[number] = max(float(np.sqrt(np.average((clipped - means[number]) ** 2, weights=weight))), least)
        away = (clipped[:, None] - means.astype(np.float32)) / deviations.astype(np.float32)
        score = log_prior - 0.5 * away**2 - np.log(deviations).astype(np.float32)
        score += np.float32(settings.neighbour_weight) * _around(shares, counted)
        score -= score.max(axis=1, keepdims=True)
        shares = np.exp(score)
        shares /= shares.sum(axis=1, keepdims=True)
    return shares, means, deviations


def _around(shares: _Shares, counted: BoolArray) -> _Shares:
    """Mean share of the six neighbours."""
    mean = np.empty_like(shares)
    for number in range(_CLASSES):
        full = np.zeros(np.add(counted.shape, 2), dtype=np.float32)
        core = full[1:-1, 1:-1, 1:-1]
        core[counted] = shares[:, number]
        total = full[:-2, 1:-1, 1:-1] + full[2:, 1:-1, 1:-1]
        total += full[1:-1, :-2, 1:-1] + full[1:-1, 2:, 1:-1]
        total += full[1:-1, 1:-1, :-2] + full[1:-1, 1:-1, 2:]
        mean[:, number] = total[counted] / np.float32(6.0)
    return mean


def _ventricles(csf: Image, where: NDArray[np.int64], points_mm: FloatArray, settings: TissueSettings) -> Structure:
    """Fluid near the template's ventricles, in parts that reach into them."""
    grid = brain_template().grid
    distance = sample_linear(ventricle_distance_mm(grid, settings.ventricle_reach_mm + 1.0), grid, points_mm, np.inf)
    near = np.zeros(csf.grid.shape, dtype=bool)
    near[tuple(where[distance < settings.ventricle_reach_mm].T)] = True
    within = np.zeros(csf.grid.shape, dtype=bool)
    within[tuple(where[distance < 0.0].T)] = True
    fluid = near & (csf.data > 0.5)
    parts, count = ndimage.label(fluid)
    # a part lies in the ventricles when half of it does: cisterns only touch them
    size = np.bincount(parts.ravel(), minlength=count + 1)
    core = np.bincount(parts[within].ravel(), minlength=count + 1)
    kept = core > 0.5 * size
    kept[0] = False
    share = np.where(kept[parts], csf.data, np.float32(0.0))
    return Structure("Ventricles", Role.OTHER, mask=Image(share, csf.grid, "occupancy", "1"), colour=(56, 189, 248))
