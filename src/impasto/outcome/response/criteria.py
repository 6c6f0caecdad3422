"""Criteria of response: the limits of size, when a change needs a second scan, and what else they look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from impasto.core import ImpastoError

__all__ = ["CRITERIA", "Baseline", "EarlyRule", "Measure", "ResponseCriteria", "response_criteria"]


class Measure(StrEnum):
    """What size means."""

    PRODUCT = "product"
    VOLUME = "volume"


class Baseline(StrEnum):
    """What later scans are compared with, unless the user names a date."""

    FIRST = "first scan"
    AFTER_RADIOTHERAPY = "first scan after radiotherapy"


class EarlyRule(StrEnum):
    """What an increase soon after radiotherapy means."""

    OUTSIDE_OR_PATHOLOGY = "progression only outside the high-dose region or by pathology"
    CONFIRM = "preliminary until a second scan or pathology confirms it"


@dataclass(frozen=True)
class ResponseCriteria:
    """One set of criteria; every number that decides is here.

    Parameters
    ----------
    name : str
    measure : Measure
    progression_rise : float
        Least relative increase over the smallest size since the baseline.
    response_fall : float
        Least relative decrease under the baseline.
    confirmation_days : int
        After which a second scan confirms a response, and an early progression.
    early_days : int
        How long after the end of radiotherapy `early` holds.
    early : EarlyRule
    baseline : Baseline
    counts_t2_flair : bool
        Whether non-enhancing T2/FLAIR lesions can progress, and must not for a response.
    confirmation_rise : float
        Relative increase over the preliminary scan that confirms it; 0: still over the limit.
    source : str

    Raises
    ------
    ImpastoError
        When a limit is not positive.
    """

    name: str
    measure: Measure
    progression_rise: float
    response_fall: float
    confirmation_days: int
    early_days: int
    early: EarlyRule
    baseline: Baseline
    counts_t2_flair: bool
    source: str
    confirmation_rise: float = 0.0

    def __post_init__(self) -> None:
        if not (self.progression_rise > 0.0 and 0.0 < self.response_fall < 1.0):
            problem = f"limits of +{self.progression_rise:g} and -{self.response_fall:g}"
            raise ImpastoError(self.name, problem, "give shares such as 0.25 and 0.5")
        if min(self.confirmation_days, self.early_days) < 0 or self.confirmation_rise < 0.0:
            raise ImpastoError(self.name, "a time or the rise that confirms is negative", "give 0 or more")


_RANO_2010 = ResponseCriteria(
    name="RANO 2010",
    measure=Measure.PRODUCT,
    progression_rise=0.25,
    response_fall=0.50,
    confirmation_days=28,
    early_days=84,
    early=EarlyRule.OUTSIDE_OR_PATHOLOGY,
    baseline=Baseline.FIRST,
    counts_t2_flair=True,
    source="Wen 2010",
)

_RANO_2 = replace(
    _RANO_2010,
    name="RANO 2.0",
    early=EarlyRule.CONFIRM,
    baseline=Baseline.AFTER_RADIOTHERAPY,
    counts_t2_flair=False,
    source="Wen 2023, abstract",
)

CRITERIA = MappingProxyType({"rano-2010": _RANO_2010, "rano-2": _RANO_2})
"""RANO for high-grade glioma (Wen 2010) and its update (Wen 2023).

Of the update this holds what its abstract says, for newly diagnosed IDH-wildtype glioblastoma: the scan after
radiotherapy is the baseline; progression within 12 weeks of radiotherapy needs a second scan or pathology, later it
does not; non-enhancing disease is not assessed (unless treatment is anti-angiogenic); area is measured, volume may be.
That the second scan shows the size still over the limit at least 4 weeks later is our reading. Its minor response and
its rules for non-enhancing and mixed tumours are not here.
"""

_VOLUME_RISE, _VOLUME_FALL = 0.40, 0.65
"""Growth and shrinkage of a volume that stand for +25 % and -50 % of a product: the limits of Wen 2023."""


def response_criteria(
    name: str, measure: Measure = Measure.PRODUCT, counts_t2_flair: bool | None = None
) -> ResponseCriteria:
    """Return criteria for one measure.

    Parameters
    ----------
    name : str
        Of :data:`CRITERIA`.
    measure : Measure
        For volumes the limits are +40 % and -65 %.
    counts_t2_flair : bool, optional
        In place of what the criteria say, for example True under anti-angiogenic treatment.

    Raises
    ------
    ImpastoError
        When there are no such criteria.

    Examples
    --------
    >>> response_criteria("rano-2", Measure.VOLUME).progression_rise
    0.4
    """
    if name not in CRITERIA:
        raise ImpastoError(name, "there are no such criteria", f"choose one of: {', '.join(CRITERIA)}")
    found = CRITERIA[name]
    if measure is Measure.VOLUME:
        found = replace(
            found,
            measure=measure,
            progression_rise=_VOLUME_RISE,
            response_fall=_VOLUME_FALL,
            source=f"{found.source}; limits of volumes Wen 2023",
        )
    return found if counts_t2_flair is None else replace(found, counts_t2_flair=counts_t2_flair)
