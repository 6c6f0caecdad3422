"""Radioactive decay between injection and the moment a PET series is corrected to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from impasto.core.errors import ImpastoError
from impasto.core.pet_acquisition import PetAcquisition

__all__ = ["DecayReference", "average_activity_time_s", "decay_factor", "decay_reference"]


@dataclass(frozen=True)
class DecayReference:
    """The moment to which a series' activities refer.

    Parameters
    ----------
    elapsed_s : float
        Seconds from injection to that moment; 0 when the scanner already corrected to the injection.
    rule : str
        How the moment was found.
    """

    elapsed_s: float
    rule: str


def decay_factor(elapsed_s: float, half_life_s: float) -> float:
    """Share of the activity that is left: 2^(-t / T1/2).

    Examples
    --------
    >>> decay_factor(220.0, 110.0)
    0.25
    """
    return float(2.0 ** (-elapsed_s / half_life_s))


def average_activity_time_s(duration_s: float, half_life_s: float) -> float:
    """Time within a frame at which the activity equals the frame's mean: ln(x / (1 - e^-x)) / lambda, x = lambda T.

    This is what DICOM calls Frame Reference Time, counted from the frame's start.

    Examples
    --------
    >>> round(average_activity_time_s(1200.0, 6586.2), 1)  # a little before the middle
    593.7
    """
    constant = math.log(2.0) / half_life_s
    decayed = constant * duration_s
    return math.log(decayed / -math.expm1(-decayed)) / constant


def decay_reference(acquisition: PetAcquisition) -> DecayReference:
    """Find the moment to which a decay-corrected series refers.

    ADMIN: the injection. START: the series time, if no acquisition began before it (a later time is that of
    post-processing); else the GE private scan time; else the first acquisition's start less its frame reference
    time plus the time of average activity within the frame.

    Raises
    ------
    ImpastoError
        When the series is not corrected, or a time that is needed is missing or lies before the injection.
    """
    if acquisition.decay_correction == "ADMIN":
        return DecayReference(0.0, "Decay Correction is ADMIN: activities refer to the injection")
    if acquisition.decay_correction != "START":
        raise ImpastoError(
            "Decay Correction (0054,1102)",
            f"is {acquisition.decay_correction or 'missing'}",
            "reconstruct with decay correction START or ADMIN",
        )
    if acquisition.injection is None:
        raise ImpastoError(
            "Radiopharmaceutical Start DateTime (0018,1078)",
            "is missing, so the time since injection is unknown",
            "restore the header (de-identification may have removed it)",
        )
    moment, rule = _start_of_series(acquisition)
    elapsed = (moment - acquisition.injection).total_seconds()
    if not 0.0 <= elapsed <= 86_400.0:
        raise ImpastoError(
            "Radiopharmaceutical Start DateTime (0018,1078)",
            f"lies {elapsed / 3600:.1f} h before the time that the series refers to ({rule})",
            "correct the injection time or the scan time",
        )
    return DecayReference(elapsed, rule)


def _start_of_series(acquisition: PetAcquisition) -> tuple[datetime, str]:
    series, first = acquisition.series, acquisition.acquisition
    if series is not None and first is None:
        return series, "series time (there is no acquisition time to compare it with)"
    if series is not None and first is not None and series <= first:
        return series, "series time (not later than the first acquisition)"
    if acquisition.ge_scan is not None:
        return acquisition.ge_scan, "GE private scan time (0009,100D): the series time is later than the acquisition"
    needed = (first, acquisition.frame_reference_time_s, acquisition.frame_duration_s, acquisition.half_life_s)
    if first is None or None in needed:
        raise ImpastoError(
            "Series Time (0008,0031)",
            "is later than the acquisition, and frame times to derive the start are missing",
            "restore Acquisition Time, Frame Reference Time and Actual Frame Duration",
        )
    assert acquisition.frame_reference_time_s is not None
    assert acquisition.frame_duration_s is not None
    assert acquisition.half_life_s is not None
    offset = average_activity_time_s(acquisition.frame_duration_s, acquisition.half_life_s)
    start = first + timedelta(seconds=offset - acquisition.frame_reference_time_s)
    return start, "first acquisition - frame reference time + time of average activity (series time is later)"
