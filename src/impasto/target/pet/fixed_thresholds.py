"""Thresholds that look at the lesion's hottest part alone: a value of SUV, a share of maximum or peak."""

from __future__ import annotations

from impasto.core.errors import ImpastoError
from impasto.target.pet.iso_contour import connected_above, occupancy_above
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetSegmentation
from impasto.target.pet.uptake_statistics import peak_uptake

__all__ = ["above", "above_share_of_maximum", "above_share_of_peak"]


def above(lesion: PetLesion, threshold: float, name: str = "threshold") -> PetSegmentation:
    """Delineate by a value of the uptake.

    Parameters
    ----------
    lesion : PetLesion
    threshold : float
        In the image's unit.
    name : str
        Of the method, for the message.

    Returns
    -------
    PetSegmentation

    Raises
    ------
    ImpastoError
        When the lesion's maximum is below the threshold.
    """
    if threshold > lesion.maximum:
        problem = f"its threshold of {threshold:.3g} is above the lesion's maximum of {lesion.maximum:.3g}"
        raise ImpastoError(name, problem, "choose another method, or check that the image is SUV")
    return PetSegmentation(occupancy_above(lesion, threshold), {"threshold_suv": threshold})


def above_share_of_maximum(lesion: PetLesion, share: float) -> PetSegmentation:
    """Delineate by a share (0 to 1) of the hottest voxel."""
    return above(lesion, _checked(share) * lesion.maximum, f"{100 * share:g} % of maximum")


def above_share_of_peak(lesion: PetLesion, share: float) -> PetSegmentation:
    """Delineate by a share (0 to 1) of the peak, the hottest sphere of 1 mL centred in the lesion.

    The centre may lie where the uptake reaches half of the lesion's maximum.
    """
    values = lesion.image.data
    body, box = connected_above(values, lesion.search, 0.5 * lesion.maximum, lesion.peak_index)
    within = lesion.search & False
    within[box] = body
    peak = peak_uptake(lesion.image, within)
    found = above(lesion, _checked(share) * peak, f"{100 * share:g} % of peak")
    return PetSegmentation(found.occupancy, {**found.figures, "peak_suv": peak})


def _checked(share: float) -> float:
    if not 0.0 < share < 1.0:
        raise ImpastoError("share", f"{share:g} of the uptake", "give a share between 0 and 1, such as 0.41")
    return share
