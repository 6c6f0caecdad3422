"""Which voxels a map does without, and every reason why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.quality import SpectralQuality

__all__ = ["QualityLimits", "RejectionReason", "rejection_reasons"]


class RejectionReason(IntFlag):
    """Why a voxel is rejected; several can hold at once. Zero: accepted."""

    LOW_SIGNAL = 1
    BROAD_LINE = 2
    CRAMER_RAO = 4
    RESIDUAL = 8
    LIPID = 16
    WATER = 32
    ARTEFACT = 64
    OUTSIDE_BOX = 128


@dataclass(frozen=True)
class QualityLimits:
    """Limits beyond which a voxel is rejected.

    Parameters
    ----------
    signal_to_noise : float
        Least. Three is the customary least for a peak to count as seen (Kreis 2004 asks for more for single numbers).
    fwhm_ppm : float
        Most. The inhomogeneity that makes most of the width grows with the field, so the limit is one in ppm: .146 is
        18 Hz at 3 T; whole-brain studies keep 13 to 18 Hz there. It is 9 Hz at 1.5 T and 43 Hz at 7 T.
    cramer_rao_percent : float
        Most, of the better known of `cramer_rao_of`. They share one noise, so where one strong line is known in percent
        the other is known in absolute terms. A bound in percent on each would reject tumour because it has lost its
        NAA, however well that is known (Kreis 2016).
    cramer_rao_of : tuple of str
        Sums of which one must keep within it; nothing is asked where none of them was fitted.
    residual, residual_share : float
        Most, over the noise and over the highest point; a voxel is rejected when it exceeds both: at high signal the
        noise is so low that harmless lineshape errors stand out.
    lipid, water : float
        Most, over the metabolites' highest point. Necrosis has true lipids three to four times as high.
    artefact_probability : float
        Most.

    Raises
    ------
    ImpastoError
        When a limit is not positive.
    """

    signal_to_noise: float = 3.0
    fwhm_ppm: float = 0.146
    cramer_rao_percent: float = 20.0
    cramer_rao_of: tuple[str, ...] = ("tNAA", "tCho")
    residual: float = 2.0
    residual_share: float = 0.1
    lipid: float = 5.0
    water: float = 5.0
    artefact_probability: float = 0.5

    def __post_init__(self) -> None:
        numbers = {name: value for name, value in vars(self).items() if isinstance(value, float | int)}
        for name, value in numbers.items():
            if not value > 0.0:
                raise ImpastoError("quality limits", f"{name} is {value:g}", "give a positive limit")


def rejection_reasons(
    quality: SpectralQuality, limits: QualityLimits | None = None, inside_box: BoolArray | None = None
) -> NDArray[np.uint8]:
    """Judge voxels; a figure that is not a number rejects.

    Parameters
    ----------
    quality : SpectralQuality
    limits : QualityLimits, optional
    inside_box : ndarray of bool, shape (voxel,), optional
        Voxels within the excited box; all when not given.

    Returns
    -------
    ndarray of uint8, shape (voxel,)
        Sums of :class:`RejectionReason`; zero for accepted voxels. ``RejectionReason(int(value))`` names them.

    Raises
    ------
    ImpastoError
        When `inside_box` is not one value per voxel.
    """
    limits = limits or QualityLimits()
    inside = np.ones(len(quality.fwhm_ppm), dtype=bool) if inside_box is None else np.asarray(inside_box, dtype=bool)
    if inside.shape != quality.fwhm_ppm.shape:
        problem = f"a box mask of shape {inside.shape} for {len(quality.fwhm_ppm)} voxels"
        raise ImpastoError("spectral quality", problem, "give one value per fitted voxel")
    bounds = [quality.cramer_rao_percent[name] for name in limits.cramer_rao_of if name in quality.cramer_rao_percent]
    known = np.minimum.reduce(bounds) <= limits.cramer_rao_percent if bounds else np.ones(len(inside), dtype=bool)
    # written as what must hold, so that NaN rejects
    holds = {
        RejectionReason.LOW_SIGNAL: quality.signal_to_noise >= limits.signal_to_noise,
        RejectionReason.BROAD_LINE: quality.fwhm_ppm <= limits.fwhm_ppm,
        RejectionReason.CRAMER_RAO: known,
        RejectionReason.RESIDUAL: (quality.residual <= limits.residual)
        | (quality.residual_share <= limits.residual_share),
        RejectionReason.LIPID: quality.lipid <= limits.lipid,
        RejectionReason.WATER: quality.water <= limits.water,
        RejectionReason.ARTEFACT: quality.artefact_probability <= limits.artefact_probability,
        RejectionReason.OUTSIDE_BOX: inside,
    }
    reasons = np.zeros(len(inside), dtype=np.uint8)
    for reason, fine in holds.items():
        reasons |= np.where(fine, 0, int(reason)).astype(np.uint8)
    return reasons
