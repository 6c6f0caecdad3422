"""What a glioma's enhancing tissue consists of: vital tumour, tumour that enhances faintly, effect of treatment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure, StructureSet
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.warp import smooth_lattice

__all__ = [
    "DIVIDED_TUMOUR",
    "ENHANCING",
    "TREATMENT_EFFECT",
    "EnhancingParts",
    "divide_enhancing_tissue",
    "truth_structures",
]

_Field = NDArray[np.float32]

TREATMENT_EFFECT = (Tissue.LEAKY_TREATMENT_EFFECT, Tissue.SLOW_TREATMENT_EFFECT)
DIVIDED_TUMOUR = (Tissue.FAINT_TUMOUR, *TREATMENT_EFFECT)
"""What enhancing tumour is divided into besides itself."""
ENHANCING = (Tissue.TUMOUR, *DIVIDED_TUMOUR)

# (least, most) of uniform distributions; assumed: mixtures of any proportion are found at second operations
_TREATMENT_EFFECT_SHARE, _SLOW_SHARE, _FAINT_TUMOUR_SHARE = (0.35, 0.6), (0.5, 0.75), (0.1, 0.25)
_IRREGULAR_MM, _CORRELATION_MM = 4.0, 6.0
_RIM_TILT = 0.35
_INFILTRATED_MM, _KILLED_IN_BRAIN = 40.0, 0.9


@dataclass(frozen=True)
class EnhancingParts:
    """How a glioma's enhancing tissue is divided; all of it vital tumour without.

    Parameters
    ----------
    treatment_effect_share : float
        Share of the enhancing volume that is radiation necrosis or pseudoprogression: barrier open, vessels few,
        choline not raised, no tumour cells, and few in the brain beside it.
    slow_share : float
        Share of the treatment effect where agent enters so slowly that uptake in the first minute is not raised.
    faint_tumour_share : float
        Share of the enhancing volume that is tumour of many cells whose vessels are neither more nor much leakier
        than normal ones.

    Raises
    ------
    ImpastoError
        When a share is not within 0 to 1, or they leave less than nothing for vital tumour.
    """

    treatment_effect_share: float = 0.0
    slow_share: float = 0.6
    faint_tumour_share: float = 0.0

    def __post_init__(self) -> None:
        shares = (self.treatment_effect_share, self.slow_share, self.faint_tumour_share)
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ImpastoError("enhancing tissue", f"shares of {shares} are not within 0 to 1", "give shares within")
        if self.treatment_effect_share + self.faint_tumour_share > 1.0:
            raise ImpastoError("enhancing tissue", "its parts are more than all of it", "give a sum of at most 1")

    @classmethod
    def drawn(cls, seed: int, treatment_effect_share: float | None = None) -> EnhancingParts:
        """Draw the shares of a patient.

        Treatment effect takes .35 to .6 of the enhancing volume and half to three quarters of it are slow; faintly
        enhancing tumour takes .1 to .25 of the volume, less where no more than that is left. All assumed.

        Parameters
        ----------
        seed : int
            The patient's.
        treatment_effect_share : float, optional
            Given instead of drawn; at 0 the tumour is not divided at all.

        Returns
        -------
        EnhancingParts
        """
        rng = np.random.default_rng([seed, 14])
        effect, slow, faint = (
            float(rng.uniform(*limits)) for limits in (_TREATMENT_EFFECT_SHARE, _SLOW_SHARE, _FAINT_TUMOUR_SHARE)
        )
        if treatment_effect_share is not None:
            effect = treatment_effect_share
            faint = min(faint, max(0.0, 1.0 - effect)) if effect > 0.0 else 0.0
        return cls(effect, slow, faint)

    @property
    def is_divided(self) -> bool:
        """Whether anything but vital tumour enhances."""
        return self.treatment_effect_share > 0.0 or self.faint_tumour_share > 0.0


def divide_enhancing_tissue(
    tissues: dict[Tissue, _Field], front_mm: _Field, parts: EnhancingParts, box: Grid, grid: Grid, seed: int
) -> _Field:
    """Turn shares of enhancing tumour into treatment effect and faintly enhancing tumour; changes the mapping.

    Treatment effect lies on one side, its slow part on a side of its own, faintly enhancing tumour along the outer
    border on a third; the borders are irregular. The sides have no source: where treatment effect lies depends on
    dose and chance. What killed tumour there also killed cells in the brain beside it: nine tenths, assumed.

    Parameters
    ----------
    tissues : dict of Tissue to ndarray of float32, shape `grid.shape`
    front_mm : ndarray of float32, shape `grid.shape`
        Travel of the front beyond the border of enhancement; negative inside.
    parts : EnhancingParts
    box : Grid
        Voxels on which irregularities are drawn, so that they do not depend on the patient's grid.
    grid : Grid
    seed : int
        Decides the sides and irregularities, by random numbers of its own.

    Returns
    -------
    ndarray of float32, shape `grid.shape`
        Share of tumour cells that survived, in tumour and brain.
    """
    rng = np.random.default_rng([seed, 15])
    step = _CORRELATION_MM / float(box.spacing_mm[0])
    irregular = [smooth_lattice(box.shape, step, rng) for _ in range(3)]
    sides = [_side(box, field, rng.normal(size=3)) for field in irregular]
    per_mm = 1.0 / max(1.2, min(2.5, float(grid.spacing_mm.mean())))
    tumour = tissues[Tissue.TUMOUR]
    near = np.nonzero((tumour > 0.0) | (front_mm < _INFILTRATED_MM))
    volume = tumour[near].astype(np.float64)
    points_mm = grid.world_from_index(np.stack(near, axis=-1))
    across, along, outward = (_sampled(side, box, points_mm) for side in sides)
    effect = _highest(across, volume, parts.treatment_effect_share, per_mm)
    slow = _highest(along, volume * effect, parts.slow_share, per_mm)
    rest = volume * (1.0 - effect)
    wanted = parts.faint_tumour_share * volume.sum() / max(float(rest.sum()), 1e-9)
    faint = _highest(front_mm[near] + _RIM_TILT * outward, rest, min(wanted, 1.0), per_mm)
    divided = (rest * (1.0 - faint), rest * faint, volume * effect * (1.0 - slow), volume * effect * slow)
    for tissue, share in zip(ENHANCING, divided, strict=True):
        tissues[tissue] = np.zeros_like(tumour)
        tissues[tissue][near] = share
    surviving = np.ones_like(tumour)
    surviving[near] = 1.0 - np.maximum(volume * effect, _KILLED_IN_BRAIN * effect)
    return surviving


def truth_structures(anatomy: Anatomy) -> StructureSet:
    """Parts of a glioma that no clinic can draw: what truly enhances, is dead, or is an effect of treatment.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    StructureSet
        "Enhancing tissue", "Necrosis", "Treatment effect" and "Faintly enhancing tumour" on the anatomy's grid; empty
        where they do not occur.
    """
    parts = {
        "Enhancing tissue": (ENHANCING, (214, 39, 40)),
        "Necrosis": ((Tissue.NECROSIS,), (71, 85, 105)),
        "Treatment effect": (TREATMENT_EFFECT, (59, 130, 246)),
        "Faintly enhancing tumour": ((Tissue.FAINT_TUMOUR,), (245, 158, 11)),
    }
    drawn = []
    for name, (tissues, colour) in parts.items():
        share = sum((anatomy.share(tissue) for tissue in tissues), np.zeros(anatomy.grid.shape, dtype=np.float32))
        mask = Image(np.clip(share, 0.0, 1.0), anatomy.grid, "occupancy", "1")
        drawn.append(Structure(name, Role.OTHER, mask=mask, colour=colour))
    return StructureSet(tuple(drawn))


def _side(box: Grid, irregular: _Field, direction: FloatArray) -> _Field:
    """Way along a direction in mm, made irregular, on the voxels of the box."""
    way = (box.voxel_centres_mm() - box.origin_mm) @ (direction / np.linalg.norm(direction))
    side: _Field = way.astype(np.float32) + np.float32(_IRREGULAR_MM) * irregular
    return side


def _sampled(field: _Field, box: Grid, points_mm: FloatArray) -> FloatArray:
    index = np.moveaxis(box.index_from_world(points_mm), -1, 0)
    values: FloatArray = ndimage.map_coordinates(field, index, order=1, mode="nearest").astype(np.float64)
    return values


def _highest(score_mm: FloatArray, volume: FloatArray, share: float, per_mm: float) -> FloatArray:
    """Soft mask of the highest scores that takes a share of the volume, by bisection of the level between."""
    if share <= 0.0 or not volume.any():
        return np.zeros_like(score_mm)
    if share >= 1.0:
        return np.ones_like(score_mm)
    low, high = float(score_mm.min()) - 1.0 / per_mm, float(score_mm.max()) + 1.0 / per_mm
    for _ in range(40):
        level = 0.5 * (low + high)
        mask = np.clip(0.5 + (score_mm - level) * per_mm, 0.0, 1.0)
        if mask @ volume > share * volume.sum():
            low = level
        else:
            high = level
    return mask
