"""How much of what should be seen is seen: fitted, accepted, rejected and why, and left for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.rejection import RejectionReason

__all__ = ["CoverageReport", "coverage_report"]


@dataclass(frozen=True)
class CoverageReport:
    """Counts of voxels within a region: the PRESS box, or the brain.

    Parameters
    ----------
    region : int
    fitted, accepted, rejected : int
        Accepted and rejected make up the fitted ones.
    rejected_by_reason : mapping of str to int
        A voxel counts once for each of its reasons.
    to_review : int
        Voxels that a reader would have to look at: nothing else speaks against them, but the filter is not sure.
    """

    region: int
    fitted: int
    accepted: int
    rejected: int
    rejected_by_reason: Mapping[str, int]
    to_review: int

    @property
    def fitted_share(self) -> float:
        """Share of the region that was fitted."""
        return self.fitted / self.region

    @property
    def accepted_share(self) -> float:
        """Share of the region that maps show."""
        return self.accepted / self.region


def coverage_report(
    region: BoolArray,
    fitted: BoolArray,
    reasons: NDArray[np.uint8],
    artefact_probability: RealArray,
    uncertain: tuple[float, float] = (0.25, 0.75),
) -> CoverageReport:
    """Count what of a region was fitted, accepted and rejected.

    Parameters
    ----------
    region : ndarray of bool, any shape
        What should be covered: the PRESS box, the brain, or their overlap.
    fitted : ndarray of bool, same shape
        Voxels that were fitted.
    reasons : ndarray of uint8, shape (fitted voxel,)
        In the order of ``numpy.argwhere(fitted)``; see :func:`~impasto.maps.spectroscopy.rejection.rejection_reasons`.
    artefact_probability : ndarray, shape (fitted voxel,)
    uncertain : (float, float)
        Probabilities between which the filter does not decide for a reader.

    Returns
    -------
    CoverageReport

    Raises
    ------
    ImpastoError
        When the counts of voxels disagree or the region is empty.
    """
    count = int(np.count_nonzero(fitted))
    if np.shape(region) != np.shape(fitted) or not count == len(reasons) == len(artefact_probability):
        problem = f"{count} fitted voxels, {len(reasons)} judgements, {len(artefact_probability)} probabilities"
        raise ImpastoError("coverage", problem, "give region, mask and judgements of one fit")
    if not np.any(region):
        raise ImpastoError("coverage", "the region is empty", "give the box or the brain")
    within = np.asarray(region, dtype=bool)[np.asarray(fitted, dtype=bool)]
    judged, probability = np.asarray(reasons)[within], np.asarray(artefact_probability)[within]
    by_reason = {reason.name or "": int(np.count_nonzero(judged & int(reason))) for reason in RejectionReason}
    unsure = (probability > uncertain[0]) & (probability < uncertain[1])
    open_to_review = unsure & ((judged & ~np.uint8(RejectionReason.ARTEFACT)) == 0)
    accepted = int(np.count_nonzero(judged == 0))
    return CoverageReport(
        int(np.count_nonzero(region)),
        len(judged),
        accepted,
        len(judged) - accepted,
        MappingProxyType(by_reason),
        int(np.count_nonzero(open_to_review)),
    )
