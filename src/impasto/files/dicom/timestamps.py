"""DICOM's dates and times of day as moments.

Moments are local to the scanner: an offset from universal time is taken off only where the values compared need it,
which within one series they never do.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

__all__ = ["moment", "moment_from_date_and_time", "moment_from_text", "time_of_day"]

_DATE = re.compile(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})")
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?")


def time_of_day(text: str) -> timedelta | None:
    """Read a DICOM time (TM), as time since midnight; None when it is empty or malformed.

    Examples
    --------
    >>> str(time_of_day("112011.5"))
    '11:20:11.500000'
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second, fraction = found.groups()
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
        return None
    microseconds = int((fraction or "0").ljust(6, "0"))
    return timedelta(hours=int(hour), minutes=int(minute or 0), seconds=int(second or 0), microseconds=microseconds)


def moment_from_date_and_time(date: str, time: str) -> datetime | None:
    """Combine a DICOM date (DA) and time (TM); None when either is empty or malformed."""
    found, since_midnight = _DATE.fullmatch(date.strip()), time_of_day(time)
    if found is None or since_midnight is None:
        return None
    try:
        year, month, day = (int(part) for part in found.groups())
        return datetime(year, month, day) + since_midnight
    except ValueError:
        return None


def moment_from_text(text: str) -> datetime | None:
    """Read a DICOM date-time (DT) of at least a day and an hour; the offset from universal time is left off.

    Examples
    --------
    >>> moment_from_text("20240229103000.25+0100").isoformat()
    '2024-02-29T10:30:00.250000'
    """
    local = re.sub(r"[+-]\d{4}$", "", text.strip())
    return moment_from_date_and_time(local[:8], local[8:])


def moment(header: Dataset, event: str) -> datetime | None:
    """Read when something happened: ``<event>DateTime`` where given, else ``<event>Date`` with ``<event>Time``.

    Parameters
    ----------
    header : Dataset
    event : str
        ``"Acquisition"``, ``"Series"``, ``"Content"``, ...
    """
    whole = moment_from_text(str(header.get(f"{event}DateTime") or ""))
    if whole is not None:
        return whole
    return moment_from_date_and_time(str(header.get(f"{event}Date") or ""), str(header.get(f"{event}Time") or ""))
