"""Two groups whose rows are printed: their summaries, their test, and what happened to the rows on the way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.coherence.check import Check, Severity, Verdict, short
from impasto.outcome.coherence.digits import digit_slip
from impasto.outcome.coherence.printed import Printed
from impasto.outcome.coherence.summaries import PrintedSummary, check_summary, half_step, numbers
from impasto.outcome.coherence.variants import ValueTest, Variant, value_variants
from impasto.outcome.paired import hodges_lehmann, signed_rank_test

__all__ = ["CutCells", "PrintedComparison", "check_comparison", "cut_cells", "p_values_within_rounding"]

Correction = Literal["", "none", "continuity"]
_DRAWS = 100
_PAIRED: tuple[ValueTest, ...] = ("wilcoxon", "paired t", "pearson", "spearman")
_WIDTHS = range(1, 8)


@dataclass(frozen=True)
class PrintedComparison:
    """Two groups compared by a test.

    Parameters
    ----------
    name : str
    groups : tuple of two PrintedSummary
        With their rows.
    test : str
        mann-whitney, wilcoxon, t, welch, paired t or kruskal-wallis.
    p : tuple of Printed
        Every p-value that is printed for this one test.
    paired : bool
        Whether row by row both values are of one patient.
    correction : {"", "none", "continuity"}
        Of the normal approximation, where it is stated or known from the paper's other tests.

    Raises
    ------
    ImpastoError
        When there are not two groups with rows, or pairs are not complete.
    """

    name: str
    groups: tuple[PrintedSummary, PrintedSummary]
    test: ValueTest
    p: tuple[Printed, ...] = ()
    paired: bool = False
    correction: Correction = ""

    def __post_init__(self) -> None:
        if len(self.groups) != 2 or not all(group.values for group in self.groups):
            raise ImpastoError(self.name, "has not two groups with values", "give the rows of both")
        if (self.paired or self.test in _PAIRED) and len({len(group.values) for group in self.groups}) > 1:
            raise ImpastoError(self.name, "pairs are not complete", "give both values of every patient, in one order")

    @property
    def is_paired(self) -> bool:
        """Whether rows belong together."""
        return self.paired or self.test in _PAIRED

    def values(self) -> tuple[FloatArray, FloatArray]:
        """Rows of both groups, shape (patient,) each."""
        return numbers(self.groups[0].values), numbers(self.groups[1].values)

    def variants(self, first: FloatArray, second: FloatArray, with_exact: bool = True) -> list[Variant]:
        """Test these values in every way that the paper leaves open."""
        found = value_variants(self.test, first, second, with_exact)
        if not self.correction:
            return found
        told = "without" if self.correction == "none" else "with"
        return [one for one in found if "approximation" not in one.how or f"{told} continuity" in one.how]


@dataclass(frozen=True)
class CutCells:
    """What becomes of a comparison when its cells are cut to so many characters.

    Parameters
    ----------
    characters : int
    reproduced, printed : int
        Means, deviations and p-values: those that come out as printed, and all.
    told : str
        Them.
    """

    characters: int
    reproduced: int
    printed: int
    told: str


def check_comparison(item: PrintedComparison) -> list[Check]:
    """Check the summaries, the p-values, slips in the rows, and whether cut cells explain what does not follow."""
    checks = [*chain.from_iterable(check_summary(group) for group in item.groups), *_p_values(item)]
    if item.is_paired:
        checks += _row_slips(item)
    if any(check.severity for check in checks):
        checks += _cut(item)
    if item.paired and item.test not in _PAIRED:
        checks.append(_unpaired_test(item))
    return checks


def cut_cells(item: PrintedComparison, characters: int) -> CutCells:
    """Recompute a comparison from cells of which only the first characters were read: ``13.9`` as ``13.``.

    A column of fixed width that is too narrow does this on import.
    """
    first, second = (np.array([float(value.text[:characters]) for value in group.values]) for group in item.groups)
    held: list[tuple[str, bool]] = []
    for group, values in zip(item.groups, (first, second), strict=True):
        for printed, number in ((group.mean, values.mean()), (group.sd, values.std(ddof=1))):
            if printed is not None:
                held.append((short(float(number)), printed.is_rounded(float(number))))
    variants = item.variants(first, second)
    for printed in item.p:
        fitting = [one for one in variants if printed.is_rounded(one.p_value)]
        held.append((f"p {short((fitting or variants)[0].p_value)}", bool(fitting)))
    return CutCells(characters, sum(fits for _, fits in held), len(held), ", ".join(told for told, _ in held))


def p_values_within_rounding(item: PrintedComparison, seed: int = 1) -> tuple[float, float]:
    """Least and most p-value of data that are printed so, over 100 random draws within the rounding of the rows.

    The span of the draws is widened by a quarter on each side.
    """
    generator = np.random.default_rng(seed)
    found = [variant.p_value for variant in item.variants(*item.values())]
    for _ in range(_DRAWS):
        drawn = [
            numbers(group.values) + half_step(group.values) * generator.uniform(-1.0, 1.0, len(group.values))
            for group in item.groups
        ]
        found += [variant.p_value for variant in item.variants(drawn[0], drawn[1], with_exact=False)]
    low, high = min(found), max(found)
    margin = 0.25 * (high - low)
    return max(low - margin, 0.5 * low), min(high + margin, 1.0)


def _p_values(item: PrintedComparison) -> list[Check]:
    variants = item.variants(*item.values())
    unexplained = [p for p in item.p if not any(p.is_rounded(one.p_value) for one in variants)]
    span = p_values_within_rounding(item) if unexplained else (0.0, 1.0)
    checks = [_p_value(item, printed, variants, span) for printed in item.p]
    texts = [printed.text for printed in item.p]
    low, high = max((p.low for p in item.p), default=0.0), min((p.high for p in item.p), default=1.0)
    if low > high:
        why = "one test cannot have different p-values"
        checks.append(Check(item.name, "p, printed more than once", " and ".join(texts), "", Verdict.IMPOSSIBLE,
                            Severity.ERROR, why))  # fmt: skip
    return checks


def _p_value(item: PrintedComparison, printed: Printed, variants: list[Variant], span: tuple[float, float]) -> Check:
    fits = [one for one in variants if printed.is_rounded(one.p_value)]
    if fits:
        why = f"{item.test}, {fits[0].how}"
        return Check(item.name, "p", printed.text, short(fits[0].p_value), Verdict.REPRODUCES, None, why)
    told = ", ".join(f"{short(one.p_value)} ({one.how})" for one in variants)
    low, high = span
    if printed.overlaps(low, high):
        why = f"{item.test}; rows rounded otherwise give {short(low)} to {short(high)}"
        return Check(item.name, "p", printed.text, told, Verdict.WITHIN_ROUNDING, None, why)
    slips = [slip for one in variants if (slip := digit_slip(printed, one.p_value, single=False))]
    why = f"no variant of {item.test} gives it, nor do rows rounded otherwise ({short(low)} to {short(high)})"
    why += f"; {slips[0]}" if slips else ""
    return Check(item.name, "p", printed.text, told, Verdict.DOES_NOT_FOLLOW, Severity.WARNING, why)


def _row_slips(item: PrintedComparison) -> list[Check]:
    """Pairs that differ by a factor unlike all others, where moving the decimal point brings them back."""
    first, second = item.values()
    if min(first.min(), second.min()) <= 0.0 or len(first) < 5:
        return []
    ratios = np.log(first / second)
    centre = float(np.median(ratios))
    spread = max(1.4826 * float(np.median(np.abs(ratios - centre))), 0.05)
    checks = []
    for row in np.flatnonzero(np.abs(ratios - centre) > max(10.0 * spread, np.log(4.0))):
        back = [k for k in (-2, -1, 1, 2) if abs(ratios[row] + k * np.log(10.0) - centre) < 3.0 * spread]
        why = f"the other pairs differ by a factor of {np.exp(centre):.3g}"
        if back:
            why += f"; with the decimal point moved the first would be {first[row] * 10.0 ** back[0]:.5g}"
        printed = f"{item.groups[0].values[row].text} beside {item.groups[1].values[row].text}"
        checks.append(
            Check(item.name, f"row {row + 1}", printed, "", Verdict.DOES_NOT_FOLLOW, Severity.WARNING,
                  f"{why}; it enters everything that is computed from the rows")
        )  # fmt: skip
    return checks


def _cut(item: PrintedComparison) -> list[Check]:
    whole = cut_cells(item, 99)
    tried = [cut_cells(item, characters) for characters in _WIDTHS if _can_cut(item, characters)]
    best = max(tried, key=lambda one: (one.reproduced, one.characters), default=whole)
    if best.printed < 3 or best.reproduced < best.printed or best.reproduced <= whole.reproduced:
        return []
    why = f"reading only the first {best.characters} characters of each cell gives every mean, SD and p as printed"
    return [
        Check(item.name, "rows", f"{best.printed} figures", best.told, Verdict.OTHER_METHOD, Severity.WARNING,
              f"{why}: {best.reproduced} of {best.printed}, with whole cells {whole.reproduced}")
    ]  # fmt: skip


def _can_cut(item: PrintedComparison, characters: int) -> bool:
    cells = [value.text[:characters] for group in item.groups for value in group.values]
    return all(any(character.isdigit() for character in cell) for cell in cells)


def _unpaired_test(item: PrintedComparison) -> Check:
    first, second = item.values()
    differences = np.round(second - first, 9)
    shift = hodges_lehmann(differences)
    told = signed_rank_test(differences, is_exact=False).sentence()
    exact = signed_rank_test(differences).p_value
    why = (
        f"an unpaired test of paired values hides differences within patients: {told}, exact {short(exact)}; "
        f"Hodges-Lehmann {shift.estimate:.4g} [{shift.low:.4g}, {shift.high:.4g}]"
    )
    printed = f"p {', '.join(p.text for p in item.p)}"
    return Check(item.name, item.test, printed, short(exact), Verdict.UNSUITED, Severity.NOTE, why)
