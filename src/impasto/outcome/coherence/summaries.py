"""Mean, standard deviation, median and range: against the rows they summarise, against each other, against parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.coherence.check import Check, Severity, Verdict, range_check, short
from impasto.outcome.coherence.digits import CUT, digit_slip
from impasto.outcome.coherence.printed import Printed

__all__ = ["PrintedPool", "PrintedSummary", "check_pool", "check_summary", "half_step", "numbers"]


@dataclass(frozen=True)
class PrintedSummary:
    """What is printed of one variable in one group.

    Parameters
    ----------
    name : str
    n : int, optional
    mean, sd, median, minimum, maximum : Printed, optional
    values : tuple of Printed
        Rows, where they are printed.
    whole_numbers : bool
        Whether the variable counts whole things (years, points), so that mean and deviation have gaps.

    Raises
    ------
    ImpastoError
        When there is neither a number of patients nor rows.
    """

    name: str
    n: int | None = None
    mean: Printed | None = None
    sd: Printed | None = None
    median: Printed | None = None
    minimum: Printed | None = None
    maximum: Printed | None = None
    values: tuple[Printed, ...] = ()
    whole_numbers: bool = False

    def __post_init__(self) -> None:
        if self.n is None and not self.values:
            raise ImpastoError(self.name, "the number of patients is not given", "add n, or the values")

    @property
    def size(self) -> int:
        """Patients."""
        return self.n if self.n is not None else len(self.values)


@dataclass(frozen=True)
class PrintedPool:
    """A summary of all patients and the groups that make them up.

    Parameters
    ----------
    name : str
    whole : PrintedSummary
    parts : tuple of PrintedSummary
    """

    name: str
    whole: PrintedSummary
    parts: tuple[PrintedSummary, ...]


def numbers(values: Sequence[Printed]) -> FloatArray:
    """Take printed values as numbers, shape (patient,)."""
    return np.array([value.value for value in values])


def half_step(values: Sequence[Printed]) -> float:
    """Most that a printed value of a column may be off: half its last digit, where the most digits are printed."""
    return 0.5 * 10.0 ** -max(value.decimals for value in values)


def check_summary(item: PrintedSummary) -> list[Check]:
    """Check one summary against its rows, and its numbers against each other."""
    return [*(_against_rows(item) if item.values else []), *_against_each_other(item)]


def check_pool(item: PrintedPool) -> list[Check]:
    """Check the summary of all against those of the groups."""
    checks: list[Check] = []
    parts, whole = item.parts, item.whole
    total = sum(part.size for part in parts)
    if total != whole.size:
        why = " + ".join(str(part.size) for part in parts)
        checks.append(Check(item.name, "n", str(whole.size), str(total), Verdict.DOES_NOT_FOLLOW, Severity.ERROR, why))
    means = [part.mean for part in parts if part.mean is not None]
    weights = np.array([part.size for part in parts]) / total
    if whole.mean is not None and len(means) == len(parts):
        bounds = [float(weights @ np.array([getattr(one, edge) for one in means])) for edge in ("value", "low", "high")]
        checks.append(_with_slip(item.name, "mean", whole.mean, (bounds[0], bounds[1], bounds[2]), "weighted by n"))
        deviations = [part.sd for part in parts if part.sd is not None]
        if whole.sd is not None and len(deviations) == len(parts):
            checks.append(_pooled_deviation(item, whole.sd, means, deviations))
    for quantity, pick in (("minimum", min), ("maximum", max)):
        given = [number for part in parts if (number := getattr(part, quantity)) is not None]
        printed = getattr(whole, quantity)
        if printed is not None and len(given) == len(parts):
            edges = [float(pick(getattr(one, edge) for one in given)) for edge in ("value", "low", "high")]
            checks.append(_with_slip(item.name, quantity, printed, edges, "of the groups"))
    return checks


def _against_rows(item: PrintedSummary) -> list[Check]:
    values, half = numbers(item.values), half_step(item.values)
    rows = f"{len(values)} rows"
    checks = []
    if item.n is not None:
        fits = item.n == len(values)
        verdict = Verdict.REPRODUCES if fits else Verdict.DOES_NOT_FOLLOW
        severity = None if fits else Severity.ERROR
        checks.append(Check(item.name, "n", str(item.n), str(len(values)), verdict, severity, "rows counted"))
    for quantity, best in (
        ("mean", values.mean()), ("median", np.median(values)), ("minimum", values.min()), ("maximum", values.max())
    ):  # fmt: skip
        printed = getattr(item, quantity)
        if printed is not None:
            checks.append(_with_slip(item.name, quantity, printed, (float(best), best - half, best + half), rows))
    if item.sd is not None and len(values) > 1:
        checks.append(_deviation_of_rows(item, item.sd))
    return checks


def _deviation_of_rows(item: PrintedSummary, sd: Printed) -> Check:
    values, rows = numbers(item.values), f"{len(item.values)} rows"
    best, population = float(values.std(ddof=1)), float(values.std())
    if sd.is_rounded(population) and not sd.is_rounded(best):
        why = f"{rows}; divided by n, not n - 1"
        return Check(item.name, "SD", sd.text, short(population), Verdict.OTHER_METHOD, None, why)
    # rounding adds at most half a step to each row, and a deviation changes by no more than that vector's length
    off = half_step(item.values) * math.sqrt(len(values) / (len(values) - 1))
    found = _with_slip(item.name, "SD", sd, (best, max(best - off, 0.0), best + off), rows)
    if found.severity and sd.overlaps(population - off, population + off):
        why = f"{found.why}; divided by n and with the rows rounded otherwise it could"
        return replace(found, severity=Severity.WARNING, why=why)
    return found


def _against_each_other(item: PrintedSummary) -> list[Check]:
    checks: list[Check] = []
    least, most = item.minimum, item.maximum
    for quantity in ("mean", "median"):
        printed = getattr(item, quantity)
        if printed is None:
            continue
        below = least is not None and printed.high < least.low
        if below or (most is not None and printed.low > most.high):
            span = f"{least.text if least else ''} to {most.text if most else ''}"
            why = "outside the range"
            checks.append(Check(item.name, quantity, printed.text, span, Verdict.IMPOSSIBLE, Severity.ERROR, why))
    if item.sd is not None and item.size > 1:
        checks += _deviation_limits(item, item.sd)
    if item.whole_numbers and item.mean is not None and item.size < 10**item.mean.decimals:
        checks += _granularity(item, item.mean)
    return checks


def _deviation_limits(item: PrintedSummary, sd: Printed) -> list[Check]:
    n = item.size
    checks: list[Check] = []
    if item.minimum is not None and item.maximum is not None:
        widest = item.maximum.high - item.minimum.low
        narrowest = max(item.maximum.low - item.minimum.high, 0.0)
        centre, why = 0.5 * widest, "for this range (Popoviciu 1935)"
        largest = centre**2
        if item.mean is not None:
            why = "for this mean and range (Bhatia and Davis 2000)"
            places = np.clip([item.mean.low, item.mean.high, item.minimum.low + centre], item.mean.low, item.mean.high)
            largest = float(np.max((item.maximum.high - places) * (places - item.minimum.low)))
        high = math.sqrt(max(largest, 0.0) * n / (n - 1))
        low = narrowest / math.sqrt(2.0 * (n - 1))
        if not sd.overlaps(low, high):
            span = f"{short(low)} to {short(high)}"
            why = f"possible {why} with n = {n}"
            checks.append(Check(item.name, "SD", sd.text, span, Verdict.IMPOSSIBLE, Severity.ERROR, why))
    if item.mean is not None and item.median is not None:
        apart = max(item.mean.low - item.median.high, item.median.low - item.mean.high, 0.0)
        bound = sd.high * math.sqrt((n - 1) / n)
        if apart > bound:
            why = "mean and median are never further apart than the deviation (Hotelling and Solomons 1932)"
            checks.append(
                Check(item.name, "mean and median", f"{item.mean.text}, {item.median.text}", f"SD {sd.text}",
                      Verdict.IMPOSSIBLE, Severity.ERROR, why)
            )  # fmt: skip
    return checks


def _granularity(item: PrintedSummary, mean: Printed) -> list[Check]:
    """Whole numbers have means in steps of 1/n (Brown and Heathers 2017); squares of them have whole sums as well."""
    n = item.size
    sums = range(math.ceil(mean.low * n - 1e-9), math.floor(mean.high * n + 1e-9) + 1)
    near = round(mean.value * n) / n
    if not sums:
        why = f"no {n} whole numbers have this mean (GRIM); it was maybe {near:.{mean.decimals}f}"
        return [Check(item.name, "mean", mean.text, short(near), Verdict.IMPOSSIBLE, Severity.ERROR, why)]
    if item.sd is None or n < 2:
        return []
    for total in sums:
        low, high = ((n - 1) * max(edge, 0.0) ** 2 + total**2 / n for edge in (item.sd.low, item.sd.high))
        squares = range(math.ceil(low - 1e-6), math.floor(high + 1e-6) + 1)
        if any((square - total) % 2 == 0 for square in squares):
            return []
    why = f"no {n} whole numbers have this mean and deviation (GRIMMER)"
    return [Check(item.name, "SD", item.sd.text, "none", Verdict.IMPOSSIBLE, Severity.ERROR, why)]


def _pooled_deviation(item: PrintedPool, sd: Printed, means: list[Printed], deviations: list[Printed]) -> Check:
    sizes = np.array([part.size for part in item.parts], dtype=float)
    freedom = sizes.sum() - 1.0
    centres, spreads = numbers(means), numbers(deviations)
    middle = float(sizes @ centres / sizes.sum())
    best = math.sqrt(float((sizes - 1.0) @ spreads**2 + sizes @ (centres - middle) ** 2) / freedom)
    # a deviation is a length: it changes by no more than the vector that is added
    off = math.sqrt(float(sizes @ np.array([float(one.step) / 2 for one in means]) ** 2) / freedom)
    off += math.sqrt(float((sizes - 1.0) @ np.array([float(one.step) / 2 for one in deviations]) ** 2) / freedom)
    return _with_slip(item.name, "SD", sd, (best, best - off, best + off), "within and between the groups")


def _with_slip(item: str, quantity: str, printed: Printed, bounds: Sequence[float], why: str) -> Check:
    check = range_check(item, quantity, printed, (bounds[0], bounds[1], bounds[2]), why)
    slip = digit_slip(printed, bounds[0]) if check.severity else ""
    if slip == CUT:
        check = replace(check, severity=Severity.WARNING)
    return replace(check, why=f"{why}; {slip}") if slip else check
