"""What counts as a lesion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impasto.core import ImpastoError

__all__ = ["LesionPlace", "LesionSettings"]

Fluid = Literal["by FLAIR", "cavity", "necrosis"]


@dataclass(frozen=True)
class LesionSettings:
    """Levels and distances; signals are multiples of normal brain at the same place.

    Parameters
    ----------
    flair_seed_spreads, enhancement_seed_spreads : float
        Signal above normal brain, in spreads of normal brain, from which a voxel is surely abnormal.
    least_flair_contrast, least_enhancement : float
        And at least so much, as a share of normal signal.
    sure_enhancement : float
        Enhancement that is always believed: where sequences before and after contrast differ, the spread is wide.
    flair_border_level : float
        Where the T2/FLAIR lesion's border lies: 0 is the brighter part of normal brain (a spread above its mean, grey
        matter), 1 the lesion's signal away from its edge. A blurred step's border is halfway.
    border_spreads : float
        But no higher above normal brain than so many spreads, or `least_flair_contrast` where that is more: oedema is
        uneven, and its faint parts belong to a lesion that is bright elsewhere.
    enhancement_border_level : float
        As `flair_border_level`, between no enhancement and the median of what surely enhances. Less than half: on
        most sides of a rim is tissue that lost signal, and thin rims reach their own nowhere.
    t1c_above_normal : float
        How far T1c may lie below normal brain where it still counts as enhancing, with the minus sign: -0.1 is 10 %.
    reach_mm : float
        How far from what is surely abnormal a lesion may reach.
    enhancement_beyond_flair_mm : float
        How far enhancement may reach out of the convex hull of the T2/FLAIR lesion.
    beside_lesion_share : float
        Share of the border of an enhancing part that must lie on T2/FLAIR lesion or its fluid.
    beside_lesion_share_of_main : float
        The same for the largest part, which may lie on cortex or falx with one side.
    vessel_flair : float
        Enhancement with less FLAIR signal than this is a vessel, a sinus or dura: their blood and the fluid around
        them are dark.
    vessel_radius_mm : float
        Structures thinner than twice this are taken from the T2/FLAIR lesion, and from enhancement without any.
    surface_mm : float
        Depth under the brain's surface from which enhancement is believed without a seed.
    least_volume_ml : float
        Smaller parts are left out.
    further_share : float
        Further T2/FLAIR lesions are found without a seed down to this share of the largest.
    prior_weight : float
        How much a voxel's own signal counts beside its neighbours, see
        :class:`~impasto.target.random_walker.RandomWalkerSettings`.
    fluid : {"by FLAIR", "cavity", "necrosis"}
        What fluid inside the lesion is: by FLAIR it is a cavity where it is as dark as free fluid.
    enclosed_share : float
        Share of its border that must lie on the lesion.
    normal_margin_mm : float
        Left out around all lesions from normal-appearing brain.

    Raises
    ------
    ImpastoError
        When a number is out of range.
    """

    flair_seed_spreads: float = 3.0
    enhancement_seed_spreads: float = 4.0
    least_flair_contrast: float = 0.3
    least_enhancement: float = 0.15
    sure_enhancement: float = 0.35
    flair_border_level: float = 0.5
    border_spreads: float = 2.0
    enhancement_border_level: float = 0.4
    t1c_above_normal: float = -0.1
    reach_mm: float = 25.0
    enhancement_beyond_flair_mm: float = 3.0
    beside_lesion_share: float = 0.4
    beside_lesion_share_of_main: float = 0.25
    vessel_flair: float = 0.75
    vessel_radius_mm: float = 1.5
    surface_mm: float = 5.0
    least_volume_ml: float = 0.05
    further_share: float = 0.1
    prior_weight: float = 0.4
    fluid: Fluid = "by FLAIR"
    enclosed_share: float = 0.5
    normal_margin_mm: float = 5.0

    def __post_init__(self) -> None:
        positive = (self.flair_seed_spreads, self.enhancement_seed_spreads, self.border_spreads, self.reach_mm)
        shares = (self.flair_border_level, self.enhancement_border_level, self.enclosed_share, self.beside_lesion_share)
        if min(positive) <= 0.0 or not all(0.0 < share < 1.0 for share in shares) or self.prior_weight < 0.0:
            raise ImpastoError("lesion settings", "a number is out of range", "give positive levels, shares below 1")


@dataclass(frozen=True)
class LesionPlace:
    """Where to look: everywhere when nothing is said.

    Parameters
    ----------
    seeds_mm : tuple of points
        LPS points in lesions; the parts at most `seed_reach_mm` away from one are taken.
    box_mm : pair of points, optional
        LPS corners; nothing outside is taken.
    seed_reach_mm : float
    """

    seeds_mm: tuple[tuple[float, float, float], ...] = ()
    box_mm: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    seed_reach_mm: float = 8.0
