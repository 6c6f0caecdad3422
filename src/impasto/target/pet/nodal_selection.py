"""Whether a neck node is involved: what an image says of it at a stated prevalence."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from impasto.core.errors import ImpastoError

__all__ = ["NodalEvidence", "Rate", "nodal_evidence", "predictive_values"]


@dataclass(frozen=True)
class Rate:
    """A share with the ends of its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class NodalEvidence:
    """One modality in one meta-analysis, and what its answers mean at a prevalence.

    Parameters
    ----------
    modality, review, population : str
    sensitivity, specificity : Rate
    prevalence : float
        Share of the nodes or necks examined that are involved.
    positive_predictive_value, negative_predictive_value : Rate
        The low ends take the low ends of both sensitivity and specificity, the high ends the high ends: wider than a
        95 % interval.
    source : str
    """

    modality: str
    review: str
    population: str
    sensitivity: Rate
    specificity: Rate
    prevalence: float
    positive_predictive_value: Rate
    negative_predictive_value: Rate
    source: str


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """Turn sensitivity and specificity into predictive values by Bayes' rule.

    Parameters
    ----------
    sensitivity, specificity, prevalence : float
        Shares from 0 to 1; the prevalence strictly between.

    Returns
    -------
    positive : float
        Share of the positive ones that are involved.
    negative : float
        Share of the negative ones that are not; each is not a number where no such answer occurs.

    Raises
    ------
    ImpastoError
        When a share lies outside.

    Examples
    --------
    >>> positive, negative = predictive_values(0.79, 0.86, prevalence=0.3)
    >>> round(positive, 2), round(negative, 2)
    (0.71, 0.91)
    """
    if not (0.0 <= sensitivity <= 1.0 and 0.0 <= specificity <= 1.0 and 0.0 < prevalence < 1.0):
        problem = f"sensitivity {sensitivity:g}, specificity {specificity:g}, prevalence {prevalence:g}"
        raise ImpastoError("predictive values", problem, "give shares from 0 to 1, such as a prevalence of 0.3")
    hit, false_alarm = sensitivity * prevalence, (1.0 - specificity) * (1.0 - prevalence)
    miss, all_clear = (1.0 - sensitivity) * prevalence, specificity * (1.0 - prevalence)
    positive = hit / (hit + false_alarm) if hit + false_alarm > 0.0 else float("nan")
    negative = all_clear / (all_clear + miss) if all_clear + miss > 0.0 else float("nan")
    return positive, negative


def nodal_evidence(prevalence: float) -> tuple[NodalEvidence, ...]:
    """List what CT, MRI, FDG-PET and diffusion-weighted MRI say of neck nodes (Gregoire 2018, table 1).

    Parameters
    ----------
    prevalence : float
        Share that is involved, between 0 and 1; up to 0.3 in clinically negative necks (Gregoire 2018).

    Returns
    -------
    tuple of NodalEvidence
    """
    source, rows = _table()
    return tuple(_evidence(*row, prevalence, source) for row in rows)


def _evidence(
    review: str, population: str, modality: str, rates: dict[str, list[float]], prevalence: float, source: str
) -> NodalEvidence:
    sensitivity, specificity = (Rate(*(0.01 * x for x in rates[key])) for key in ("sensitivity", "specificity"))
    ends = [
        predictive_values(getattr(sensitivity, end), getattr(specificity, end), prevalence)
        for end in ("value", "low", "high")
    ]
    positive, negative = (Rate(*values) for values in zip(*ends, strict=True))
    return NodalEvidence(modality, review, population, sensitivity, specificity, prevalence, positive, negative, source)


@cache
def _table() -> tuple[str, tuple[tuple[str, str, str, dict[str, list[float]]], ...]]:
    text = (resources.files("impasto.target.pet") / "nodal_staging.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    rows = [
        (review["name"], review["population"], modality, review[modality])
        for review in content["reviews"]
        for modality in ("CT", "MRI", "FDG-PET", "DW-MRI")
        if modality in review
    ]
    return content["source"], tuple(rows)
