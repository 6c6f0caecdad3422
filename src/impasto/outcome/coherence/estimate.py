"""An estimate, its confidence interval and its p-value: three printed numbers of which two give the third."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from scipy.stats import norm

from impasto.core.errors import ImpastoError
from impasto.outcome.coherence.check import Check, Severity, Verdict, range_check, short
from impasto.outcome.coherence.printed import Printed

__all__ = ["Covariate", "PrintedEstimate", "check_estimate", "p_value_range", "standard_error_range"]

Scale = Literal["ratio", "difference", "proportion"]
Covariate = Literal["", "binary", "continuous"]
_Range = tuple[float, float]


@dataclass(frozen=True)
class PrintedEstimate:
    """One line of a table of effects.

    Parameters
    ----------
    name : str
    value, low, high : Printed
        Estimate and its confidence limits.
    p : Printed, optional
    confidence : float
        Of the interval, in per cent.
    scale : {"ratio", "difference", "proportion"}
        Ratios (hazard, odds, risk) are symmetric on the logarithmic scale, differences as they are; intervals of
        proportions need not be symmetric and are held to their order only.
    events : int, optional
        Of the whole model; the number of patients where that is all that is printed.
    covariate : {"", "binary", "continuous"}
        The standard error has a bound for a binary one of a hazard ratio.

    Raises
    ------
    ImpastoError
        When a ratio or a limit of one is not positive, or the confidence is no percentage.
    """

    name: str
    value: Printed
    low: Printed
    high: Printed
    p: Printed | None = None
    confidence: float = 95.0
    scale: Scale = "ratio"
    events: int | None = None
    covariate: Covariate = ""

    def __post_init__(self) -> None:
        numbers = (self.value, self.low, self.high)
        if self.scale == "ratio" and min(number.value for number in numbers) <= 0.0:
            raise ImpastoError(self.name, "a ratio is not positive", 'write scale = "difference" where it is none')
        if not 50.0 <= self.confidence < 100.0:
            raise ImpastoError(self.name, f"confidence {self.confidence:g}", "give per cent, such as 95")


def check_estimate(item: PrintedEstimate) -> list[Check]:
    """Check order, symmetry, standard error and p-value of one estimate.

    Every printed number is the interval of numbers that round to it; a finding means that no choice within them fits.
    p-values are held against Wald's; those of a log-rank or likelihood-ratio test lie near them, not on them.
    """
    printed = f"{item.value.text} [{item.low.text}, {item.high.text}]"
    if not item.low.low <= item.value.high or not item.value.low <= item.high.high:
        why = "the estimate lies outside its own interval"
        return [Check(item.name, "interval", printed, "", Verdict.IMPOSSIBLE, Severity.ERROR, why)]
    if item.scale == "proportion":
        why = "the estimate lies inside its interval"
        return [Check(item.name, "interval", printed, "", Verdict.REPRODUCES, None, why)]
    checks = [_symmetry(item, printed)]
    if item.p is not None:
        checks.append(_p_value(item, item.p))
    if item.events and item.covariate == "binary" and item.scale == "ratio":
        checks.append(_least_error(item, item.events, printed))
    return checks


def standard_error_range(item: PrintedEstimate) -> tuple[float, float, float]:
    """Take the standard error from the width of the interval: as printed, least, most; of a ratio's logarithm."""
    z = 2.0 * float(norm.isf(0.5 - item.confidence / 200.0))
    low, high = _scaled(item, item.low), _scaled(item, item.high)
    best = (_one(item, item.high.value) - _one(item, item.low.value)) / z
    return best, max(high[0] - low[1], 0.0) / z, (high[1] - low[0]) / z


def p_value_range(item: PrintedEstimate) -> tuple[float, float, float]:
    """Wald's two-sided p-value: as printed, least, most that rounding allows."""
    best, least, most = standard_error_range(item)
    away = _scaled(item, item.value)
    nearest = 0.0 if away[0] <= 0.0 <= away[1] else min(abs(edge) for edge in away)
    farthest = max(abs(edge) for edge in away)
    return _p(abs(_one(item, item.value.value)), best), _p(farthest, least), _p(nearest, most)


def _symmetry(item: PrintedEstimate, printed: str) -> Check:
    """Look for the estimate in the middle, where a Wald interval has it."""
    low, high = _scaled(item, item.low), _scaled(item, item.high)
    back = math.exp if item.scale == "ratio" else float
    centre = (back(0.5 * (low[0] + high[0])), back(0.5 * (low[1] + high[1])))
    best = back(0.5 * (_one(item, item.low.value) + _one(item, item.high.value)))
    why = "middle of the interval" + (" on the logarithmic scale" if item.scale == "ratio" else "")
    found = range_check(item.name, "estimate", item.value, (best, *centre), why, Severity.WARNING)
    if found.severity:
        why += f": an estimate of about {short(best)} would fit, or a limit is misprinted"
    return replace(found, quantity="estimate and interval", printed=printed, why=why)


def _p_value(item: PrintedEstimate, p: Printed) -> Check:
    best, low, high = p_value_range(item)
    why = f"Wald, two-sided, from the estimate and the width of the {item.confidence:g} % interval"
    check = range_check(item.name, "p", p, (best, low, high), why, Severity.WARNING)
    alpha = 1.0 - item.confidence / 100.0
    none = 1.0 if item.scale == "ratio" else 0.0
    excludes = item.low.low > none or item.high.high < none
    includes = item.low.high < none < item.high.low
    if check.severity and ((excludes and p.low > alpha) or (includes and p.high < alpha)):
        why += f"; interval and p-value disagree whether the effect differs from {none:g}"
        return Check(item.name, "p", p.text, check.recomputed, check.verdict, Severity.ERROR, why)
    return check


def _least_error(item: PrintedEstimate, events: int, printed: str) -> Check:
    """Each event adds at most 1/4 to the information on a binary covariate, whatever else the model holds."""
    best, _, most = standard_error_range(item)
    bound = 2.0 / math.sqrt(events)
    told = f"standard error {short(best)}, bound {short(bound)}"
    why = f"with {events} events or fewer a binary covariate has a standard error of at least 2/sqrt({events})"
    if most < bound:
        return Check(
            item.name, "width of the interval", printed, told, Verdict.IMPOSSIBLE, Severity.ERROR,
            f"{why}: the interval is too narrow",
        )  # fmt: skip
    verdict = Verdict.REPRODUCES if best >= bound else Verdict.WITHIN_ROUNDING
    return Check(item.name, "width of the interval", printed, told, verdict, None, why)


def _scaled(item: PrintedEstimate, number: Printed) -> _Range:
    # a ratio printed as 0.00 may be anything just above
    return _one(item, max(number.low, 1e-12) if item.scale == "ratio" else number.low), _one(item, number.high)


def _one(item: PrintedEstimate, number: float) -> float:
    return math.log(number) if item.scale == "ratio" else number


def _p(away: float, error: float) -> float:
    return float(2.0 * norm.sf(away / error)) if error > 0.0 else (0.0 if away > 0.0 else 1.0)
