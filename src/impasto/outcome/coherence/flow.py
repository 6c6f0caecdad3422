"""Numbers that must add up: boxes of a CONSORT diagram, reasons, arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impasto.core.errors import ImpastoError
from impasto.outcome.coherence.check import Check, Severity, Verdict

__all__ = ["PrintedFlow", "check_flow"]


@dataclass(frozen=True)
class PrintedFlow:
    """A number of patients and the parts it splits into.

    Parameters
    ----------
    name : str
    count : int
    into : mapping of str to int
        Every part; they do not overlap.

    Raises
    ------
    ImpastoError
        When there are no parts or a number is negative.
    """

    name: str
    count: int
    into: Mapping[str, int]

    def __post_init__(self) -> None:
        if not self.into or min([self.count, *self.into.values()]) < 0:
            raise ImpastoError(self.name, "has no parts, or a negative number", "name every part with its number")


def check_flow(item: PrintedFlow) -> list[Check]:
    """Check that the parts make up the whole."""
    total = sum(item.into.values())
    told = " + ".join(f"{count} {name}" for name, count in item.into.items())
    if total == item.count:
        return [Check(item.name, "sum", str(item.count), str(total), Verdict.REPRODUCES, None, told)]
    missing = item.count - total
    why = f"{told}: {abs(missing)} {'not accounted for' if missing > 0 else 'too many'}"
    return [Check(item.name, "sum", str(item.count), str(total), Verdict.DOES_NOT_FOLLOW, Severity.ERROR, why)]
