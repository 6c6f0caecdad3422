"""What speaks for progression, and what stands against a response, at one scan."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core import ImpastoError
from impasto.outcome.response.criteria import Measure, ResponseCriteria
from impasto.outcome.response.timepoint import Pathology, Timepoint, Trend

__all__ = ["Sizes", "complete_obstacles", "partial_obstacles", "progression_signs", "size_of"]


@dataclass(frozen=True)
class Sizes:
    """Size at a scan, at the baseline, and the smallest from the baseline up to the scan before."""

    now: float
    baseline: float
    nadir: float
    nadir_place: int

    @property
    def from_baseline(self) -> float | None:
        """Relative change; None against nothing."""
        return self.now / self.baseline - 1.0 if self.baseline > 0.0 else None

    @property
    def from_nadir(self) -> float | None:
        """Relative change; None against nothing."""
        return self.now / self.nadir - 1.0 if self.nadir > 0.0 else None


def size_of(scan: Timepoint, measure: Measure) -> float:
    """Size of a tumour by a measure.

    Raises
    ------
    ImpastoError
        When it was not measured.
    """
    size = scan.product_mm2 if measure is Measure.PRODUCT else scan.volume_ml
    if size is None:
        raise ImpastoError(str(scan.date), f"has no {measure}", "give it, or a label map to measure")
    return size


def progression_signs(
    scan: Timepoint, sizes: Sizes, lowest: Timepoint, criteria: ResponseCriteria
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List what shows progression, and increases that do not count.

    Parameters
    ----------
    scan : Timepoint
    sizes : Sizes
    lowest : Timepoint
        Scan of the smallest size: corticosteroids are compared with it.
    criteria : ResponseCriteria

    Returns
    -------
    signs, remarks : tuple of str
        An increase of enhancement or T2/FLAIR under fewer corticosteroids is a remark: less of them alone can cause
        it (Wen 2010: on stable or increasing doses).
    """
    fewer = _takes_more(lowest, scan)
    grown = []
    limit = (1.0 + criteria.progression_rise) * sizes.nadir
    if sizes.nadir == 0.0 and sizes.now > 0.0:
        grown.append("measurable after none" if criteria.measure is Measure.PRODUCT else "enhancement after none")
    elif sizes.nadir > 0.0 and sizes.now >= limit * (1.0 - 1e-9):
        grown.append(f"{100.0 * (sizes.now / sizes.nadir - 1.0):.0f} % above the smallest")
    if criteria.counts_t2_flair and scan.t2_flair is Trend.WORSE:
        grown.append("T2/FLAIR lesions grew")
    signs = [] if fewer else list(grown)
    remarks = [f"{reason}, but under fewer corticosteroids" for reason in grown] if fewer else []
    if scan.new_lesion:
        signs.append("new lesion")
    if scan.non_measurable is Trend.WORSE:
        signs.append("non-measurable disease grew")
    if scan.clinical is Trend.WORSE:
        signs.append("clinical deterioration")
    if scan.pathology is Pathology.TUMOUR and not signs:
        remarks.append("pathology shows tumour, no limit is crossed")
    return tuple(signs), tuple(remarks)


def complete_obstacles(scan: Timepoint, criteria: ResponseCriteria) -> tuple[str, ...]:
    """List what stands against a complete response besides the enhancing lesions."""
    steroids = ("corticosteroids are taken",) if scan.steroid_mg else ()
    return (*steroids, *_worse(scan, criteria))


def partial_obstacles(scan: Timepoint, first: Timepoint, criteria: ResponseCriteria) -> tuple[str, ...]:
    """List what stands against a partial response besides the size."""
    steroids = ("more corticosteroids than at the baseline",) if _takes_more(scan, first) else ()
    return (*steroids, *_worse(scan, criteria))


def _worse(scan: Timepoint, criteria: ResponseCriteria) -> tuple[str, ...]:
    t2_flair = scan.t2_flair is Trend.WORSE and criteria.counts_t2_flair
    return ("T2/FLAIR lesions grew",) if t2_flair else ()


def _takes_more(scan: Timepoint, other: Timepoint) -> bool:
    """Compare corticosteroids; unknown ones are unchanged."""
    if scan.steroid_mg is None or other.steroid_mg is None:
        return False
    return scan.steroid_mg > other.steroid_mg
