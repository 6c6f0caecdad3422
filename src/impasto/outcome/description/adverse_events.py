"""Adverse events by grade (CTCAE), with exact limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import beta

from impasto.core.errors import ImpastoError

__all__ = ["ExactShare", "GradedEvents", "exact_share", "grade_table"]

_GRADES = range(6)


@dataclass(frozen=True)
class ExactShare:
    """A share of patients with its exact interval.

    Parameters
    ----------
    count, of : int
    low, high : float
        Limits, 0 to 1.
    confidence : float
    """

    count: int
    of: int
    low: float
    high: float
    confidence: float

    @property
    def share(self) -> float:
        """The share itself."""
        return self.count / self.of


@dataclass(frozen=True)
class GradedEvents:
    """Worst grade of one adverse event in each patient, counted.

    Parameters
    ----------
    term : str
    at_grade, at_least : mapping of int to ExactShare
        Patients whose worst grade is this one, and those with this one or a worse; grades 0 to 5.
    missing : int
        Patients who were not assessed; they are in no share.
    """

    term: str
    at_grade: Mapping[int, ExactShare]
    at_least: Mapping[int, ExactShare]
    missing: int


def exact_share(count: int, of: int, confidence: float = 0.95) -> ExactShare:
    """Limits of a share by the binomial distribution itself (Clopper and Pearson 1934), two-sided.

    Parameters
    ----------
    count, of : int
    confidence : float

    Raises
    ------
    ImpastoError
        When the count is not between 0 and the whole, or the confidence not between 0 and 1.

    Examples
    --------
    >>> round(exact_share(0, 24).high, 3)
    0.142
    """
    if of < 1 or not 0 <= count <= of:
        raise ImpastoError("share", f"{count} of {of}", "give a part and a whole that holds it")
    if not 0.0 < confidence < 1.0:
        raise ImpastoError("confidence", f"{confidence:g}", "give a share between 0 and 1, such as 0.95")
    tail = 0.5 * (1.0 - confidence)
    low = float(beta.ppf(tail, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, of - count)) if count < of else 1.0
    return ExactShare(count, of, low, high, confidence)


def grade_table(events: Mapping[str, Sequence[int | None]], confidence: float = 0.95) -> list[GradedEvents]:
    """Count the worst grade of each adverse event.

    Parameters
    ----------
    events : mapping of str to sequence
        Worst grade of every patient for each term: 0 without the event, 1 to 5, None where not assessed.
    confidence : float

    Raises
    ------
    ImpastoError
        When a grade is none, or nobody was assessed.
    """
    table = []
    for term, grades in events.items():
        known = [grade for grade in grades if grade is not None]
        if not known or not set(known) <= set(_GRADES):
            raise ImpastoError(term, "has no grades, or one that CTCAE has not", "give 0 to 5, None where not assessed")
        at = {grade: exact_share(known.count(grade), len(known), confidence) for grade in _GRADES}
        least = {
            grade: exact_share(sum(one >= grade for one in known), len(known), confidence) for grade in _GRADES[1:]
        }
        table.append(GradedEvents(term, at, least, len(grades) - len(known)))
    return table
