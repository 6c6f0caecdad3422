"""What a glioma's enhancing tissue consists of: vital tumour, tumour that enhances faintly, effect of treatment."""

from __future__ import annotations

from collections.abc import Mapping
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
    "treatment_effect",
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
_RIM_IRREGULAR_MM, _TILT = 1.5, 0.35


@dataclass(frozen=True)
class EnhancingParts:
    """How a glioma's enhancing tissue is divided; all of it vital tumour without.

    Parameters
    ----------
    treatment_effect_share : float
        Share of the enhancing volume that is radiation necrosis or pseudoprogression: barrier open, vessels few,
        choline not raised, no tumour cells.
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
) -> None:
    """Turn shares of enhancing tumour into treatment effect and faintly enhancing tumour; changes the mapping.

    Treatment effect lies on one side, its slow part on a side of its own, faintly enhancing tumour along the outer
    border on a third; the borders are irregular. The sides have no source: where treatment effect lies depends on
    dose and chance.

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
    """
    rng = np.random.default_rng([seed, 15])
    tumour = tissues[Tissue.TUMOUR]
    where = np.nonzero(tumour)
    volume = tumour[where].astype(np.float64)
    points_mm = grid.world_from_index(np.stack(where, axis=-1))
    irregular = [
        _sampled(smooth_lattice(box.shape, _CORRELATION_MM / float(box.spacing_mm[0]), rng), box, points_mm)
        for _ in range(3)
    ]
    along = [points_mm @ _direction(rng) for _ in range(3)]
    per_mm = 1.0 / max(1.2, min(2.5, float(grid.spacing_mm.mean())))
    effect = _highest(along[0] + _IRREGULAR_MM * irregular[0], volume, parts.treatment_effect_share, per_mm)
    slow = _highest(along[1] + _IRREGULAR_MM * irregular[1], volume * effect, parts.slow_share, per_mm)
    rest = volume * (1.0 - effect)
    outward = front_mm[where] + _TILT * along[2] + _RIM_IRREGULAR_MM * irregular[2]
    wanted = parts.faint_tumour_share * volume.sum() / max(float(rest.sum()), 1e-9)
    faint = _highest(outward, rest, min(wanted, 1.0), per_mm)
    for tissue, share in zip(
        DIVIDED_TUMOUR, (rest * faint, volume * effect * (1.0 - slow), volume * effect * slow), strict=True
    ):
        tissues[tissue] = np.zeros_like(tumour)
        tissues[tissue][where] = share
    tissues[Tissue.TUMOUR] = np.zeros_like(tumour)
    tissues[Tissue.TUMOUR][where] = rest * (1.0 - faint)


def treatment_effect(tissues: Mapping[Tissue, _Field], grid: Grid) -> _Field:
    """Share of each voxel that is treatment effect, shape `grid.shape`."""
    found = [tissues[tissue] for tissue in TREATMENT_EFFECT if tissue in tissues]
    return sum(found, np.zeros(grid.shape, dtype=np.float32))


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


def _direction(rng: np.random.Generator) -> FloatArray:
    vector = rng.normal(size=3)
    unit: FloatArray = vector / np.linalg.norm(vector)
    return unit


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
