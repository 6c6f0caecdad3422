"""The response at one date."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from impasto.outcome.response.timepoint import Timepoint

__all__ = ["Assessment", "Response"]


class Response(StrEnum):
    """Categories of response."""

    BEFORE_BASELINE = "before baseline"
    BASELINE = "baseline"
    COMPLETE = "complete response"
    PARTIAL = "partial response"
    STABLE = "stable disease"
    PRELIMINARY = "preliminary progression"
    PROGRESSION = "progressive disease"

    @property
    def short(self) -> str:
        """The usual abbreviation."""
        return _SHORT[self]


_SHORT = {
    Response.BEFORE_BASELINE: "\u2013",
    Response.BASELINE: "baseline",
    Response.COMPLETE: "CR",
    Response.PARTIAL: "PR",
    Response.STABLE: "SD",
    Response.PRELIMINARY: "prelim. PD",
    Response.PROGRESSION: "PD",
}


@dataclass(frozen=True)
class Assessment:
    """The response at one date.

    Parameters
    ----------
    timepoint : Timepoint
    response : Response
    size : float
        In mm2 or ml.
    from_baseline, from_nadir : float, optional
        Relative change against the baseline, and against the smallest size from the baseline up to the scan before.
        None before the baseline, and where that size is 0.
    reasons : tuple of str
        Why it is this response, in words.
    signs : tuple of str
        What this scan alone shows of progression, whatever it amounts to.
    """

    timepoint: Timepoint
    response: Response
    size: float
    from_baseline: float | None
    from_nadir: float | None
    reasons: tuple[str, ...]
    signs: tuple[str, ...] = ()
