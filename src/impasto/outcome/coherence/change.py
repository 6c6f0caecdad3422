"""Change from baseline: its size in per cent, and what its correlation with the baseline is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import pearsonr, spearmanr

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.coherence.check import Check, Severity, Verdict, short
from impasto.outcome.coherence.digits import digit_slip
from impasto.outcome.coherence.printed import Printed
from impasto.outcome.coherence.summaries import numbers

__all__ = ["BaselineCoupling", "PrintedChange", "baseline_coupling", "check_change"]

_PERMUTATIONS = 20_000


@dataclass(frozen=True)
class PrintedChange:
    """Values before and after, and what is printed of their change.

    Parameters
    ----------
    name : str
    before, after : tuple of Printed
    r, p : Printed, optional
        Correlation of the change with the value before, and its p-value.
    percent : Printed, optional
        Median change in per cent, negative for a decrease.
    percent_low, percent_high : Printed, optional
        Its quartiles, signed alike.

    Raises
    ------
    ImpastoError
        When pairs are not complete or there are fewer than four.
    """

    name: str
    before: tuple[Printed, ...]
    after: tuple[Printed, ...]
    r: Printed | None = None
    p: Printed | None = None
    percent: Printed | None = None
    percent_low: Printed | None = None
    percent_high: Printed | None = None

    def __post_init__(self) -> None:
        if len(self.before) != len(self.after) or len(self.before) < 4:
            problem = f"{len(self.before)} values before, {len(self.after)} after"
            raise ImpastoError(self.name, problem, "give both values of at least four patients")


@dataclass(frozen=True)
class BaselineCoupling:
    """How much of a correlation between baseline and change comes from the baseline being part of the change.

    Parameters
    ----------
    r : float
        Of the change with the value before.
    null_mean : float
        Of the same when the values after are shuffled, so that nothing is left but the coupling.
    null_share : float
        Of shuffles with an r as far below zero, or further.
    oldham_r, oldham_p : float
        Of the change with the mean of both values (Oldham 1962).
    permutations : int
    """

    r: float
    null_mean: float
    null_share: float
    oldham_r: float
    oldham_p: float
    permutations: int

    def sentence(self) -> str:
        """Say it in one line."""
        return (
            f"the baseline is part of the change: with the values after shuffled r is {self.null_mean:.3f} on average, "
            f"and as low in {self.null_share:.0%} of {self.permutations} shuffles; "
            f"with the mean of both (Oldham) r = {self.oldham_r:.3f}, p = {self.oldham_p:.2g}"
        )


def baseline_coupling(before: FloatArray, after: FloatArray, seed: int = 1) -> BaselineCoupling:
    """Compare the correlation of change with baseline with what coupling alone gives (Oldham 1962; Tu 2005).

    Parameters
    ----------
    before, after : ndarray, shape (patient,)
    seed : int
        Of the shuffles.
    """
    change = after - before
    r = float(pearsonr(before, change).statistic)
    generator = np.random.default_rng(seed)
    shuffled = generator.permuted(np.tile(after, (_PERMUTATIONS, 1)), axis=1) - before
    centred = shuffled - shuffled.mean(axis=1, keepdims=True)
    baseline = before - before.mean()
    null = (centred @ baseline) / (np.linalg.norm(centred, axis=1) * np.linalg.norm(baseline))
    oldham = pearsonr(0.5 * (before + after), change)
    share = float(np.mean(null <= r + 1e-12))
    return BaselineCoupling(
        r, float(null.mean()), share, float(oldham.statistic), float(oldham.pvalue), _PERMUTATIONS
    )  # fmt: skip


def check_change(item: PrintedChange) -> list[Check]:
    """Check the size of a change and its correlation with the baseline, and say what that correlation cannot show."""
    before, after = numbers(item.before), numbers(item.after)
    checks = _percentages(item, before, after)
    if item.r is not None or item.p is not None:
        checks += _correlation(item, before, after)
        coupling = baseline_coupling(before, after)
        printed = f"r {item.r.text}" if item.r else f"p {item.p.text if item.p else ''}"
        checks.append(
            Check(item.name, "change against baseline", printed, f"Oldham r {coupling.oldham_r:.3f}",
                  Verdict.UNSUITED, Severity.NOTE, coupling.sentence())
        )  # fmt: skip
    return checks


def _correlation(item: PrintedChange, before: FloatArray, after: FloatArray) -> list[Check]:
    change = after - before
    ways = {"Pearson, raw values": pearsonr(before, change), "Spearman": spearmanr(before, change)}
    if min(before.min(), after.min()) > 0.0:
        ways["Pearson, logarithms"] = pearsonr(np.log(before), np.log(after / before))
        ways["Pearson, change in per cent"] = pearsonr(before, change / before)
    checks = []
    for quantity, printed, field in (("r", item.r, "statistic"), ("p of r", item.p, "pvalue")):
        if printed is None:
            continue
        found = {way: float(getattr(result, field)) for way, result in ways.items()}
        fits = [way for way, number in found.items() if printed.is_rounded(number)]
        if fits:
            told = short(found[fits[0]])
            checks.append(Check(item.name, quantity, printed.text, told, Verdict.REPRODUCES, None, fits[0]))
            continue
        told = ", ".join(f"{short(number)} ({way})" for way, number in found.items())
        slips = [slip for number in found.values() if (slip := digit_slip(printed, number, single=False))]
        why = "no usual correlation gives it" + (f"; {slips[0]}" if slips else "")
        checks.append(
            Check(item.name, quantity, printed.text, told, Verdict.DOES_NOT_FOLLOW, Severity.WARNING, why)
        )  # fmt: skip
    return checks


def _percentages(item: PrintedChange, before: FloatArray, after: FloatArray) -> list[Check]:
    given = (("median change", item.percent, 50), ("lower quartile", item.percent_low, 25),
             ("upper quartile", item.percent_high, 75))  # fmt: skip
    if not any(printed is not None for _, printed, _ in given):
        return []
    if np.any(before == 0.0):
        raise ImpastoError(item.name, "a value before is zero", "leave out the percentages")
    change = 100.0 * (after - before) / before
    checks = []
    for quantity, printed, share in given:
        if printed is None:
            continue
        methods = {float(np.percentile(change, share, method=method)) for method in ("linear", "weibull", "hazen")}
        best = float(np.percentile(change, share))
        least, most = _within_rounding(item, share)
        fits = any(printed.is_rounded(number) for number in methods)
        verdict = Verdict.REPRODUCES if fits else Verdict.WITHIN_ROUNDING
        severity = None
        if not fits and not printed.overlaps(least, most):
            verdict, severity = Verdict.DOES_NOT_FOLLOW, Severity.ERROR
        told = f"{best:.1f} % ({least:.1f} to {most:.1f})"
        why = f"of the changes in per cent of {len(change)} patients"
        checks.append(Check(item.name, quantity, f"{printed.text} %", told, verdict, severity, why))
    return checks


def _within_rounding(item: PrintedChange, share: float) -> tuple[float, float]:
    """Percentiles grow with every after and fall with every before: extremes lie at the ends of rounding."""
    ends = []
    for before_edge, after_edge in (("high", "low"), ("low", "high")):
        before = np.array([max(getattr(value, before_edge), 1e-12) for value in item.before])
        after = np.array([getattr(value, after_edge) for value in item.after])
        ends.append(100.0 * (after / before - 1.0))
    low = min(float(np.percentile(ends[0], share, method=method)) for method in ("linear", "weibull", "hazen"))
    high = max(float(np.percentile(ends[1], share, method=method)) for method in ("linear", "weibull", "hazen"))
    return low, high
