"""What came of holding one printed number against what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from impasto.outcome.coherence.printed import Printed

__all__ = ["Check", "Severity", "Verdict", "findings", "range_check", "short"]


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """No data can give it, rounded as the paper says or, where it does not say, as is usual."""
    WARNING = "warning"
    """No usual method gives it; an unusual one that is not stated, or cutting digits off, could."""
    NOTE = "note"
    """It follows, but the method cannot show what it is used for."""


class Verdict(StrEnum):
    """Whether a printed number follows from the others."""

    REPRODUCES = "reproduces"
    WITHIN_ROUNDING = "within rounding"
    OTHER_METHOD = "another method"
    DOES_NOT_FOLLOW = "does not follow"
    IMPOSSIBLE = "impossible"
    UNSUITED = "unsuited method"


@dataclass(frozen=True)
class Check:
    """One printed number held against what it should be.

    Parameters
    ----------
    item : str
        Line of the table.
    quantity : str
        Which number of it.
    printed, recomputed : str
    verdict : Verdict
    severity : Severity, optional
        None where nothing is wrong.
    why : str
        How it was recomputed, and what would explain a difference.
    """

    item: str
    quantity: str
    printed: str
    recomputed: str
    verdict: Verdict
    severity: Severity | None = None
    why: str = ""

    def sentence(self) -> str:
        """Say a finding in one line."""
        weight = f"{self.severity}: " if self.severity else ""
        held = f"{weight}{self.item}, {self.quantity} {self.printed}: {self.verdict}; recomputed {self.recomputed}"
        return f"{held}; {self.why}" if self.why else held


def findings(checks: Sequence[Check]) -> list[Check]:
    """Keep the checks that found something, the gravest first, else in their order."""
    order = list(Severity)
    return sorted((one for one in checks if one.severity), key=lambda one: order.index(one.severity or Severity.NOTE))


def range_check(
    item: str, quantity: str, printed: Printed, numbers: tuple[float, float, float], why: str,
    severity: Severity = Severity.ERROR,
) -> Check:  # fmt: skip
    """Hold a printed number against what rounded inputs allow.

    Parameters
    ----------
    item, quantity : str
    printed : Printed
    numbers : tuple of float
        Recomputed from the inputs as printed; the least and the most that their rounding allows.
    why : str
        Method, in words.
    severity : Severity
        Of a difference that rounding cannot explain.
    """
    best, low, high = numbers
    told = short(best)
    if printed.is_rounded(best):
        return Check(item, quantity, printed.text, told, Verdict.REPRODUCES, None, why)
    span = f"{told} ({short(low)} to {short(high)})" if high > low else told
    if printed.overlaps(low, high):
        return Check(item, quantity, printed.text, span, Verdict.WITHIN_ROUNDING, None, why)
    return Check(item, quantity, printed.text, span, Verdict.DOES_NOT_FOLLOW, severity, why)


def short(number: float) -> str:
    """Write a number with four significant digits, five and no exponent where it is large."""
    return f"{number:.5g}" if 1.0 <= abs(number) < 1e5 else f"{number:.4g}"
