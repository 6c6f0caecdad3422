"""Tables of counts: percentages against counts, sums against totals, p-values against the counts they test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from impasto.core.errors import ImpastoError
from impasto.outcome.coherence.check import Check, Severity, Verdict, short
from impasto.outcome.coherence.digits import CUT, digit_slip
from impasto.outcome.coherence.flow import PrintedFlow, check_flow
from impasto.outcome.coherence.printed import Printed, Rounding, rounding_rules
from impasto.outcome.coherence.variants import Variant, count_variants

__all__ = ["PrintedShare", "PrintedTable", "check_share", "check_table", "parse_share"]

_CELL = re.compile(r"^(?P<count>\d+)\s*(/\s*(?P<of>\d+))?\s*([(\[]?\s*(?P<percent>[\d.]+)\s*%?\s*[)\]]?)?$")
_REVERSED = re.compile(r"^(?P<percent>[\d.]+)\s*%\s*[(\[]\s*(?P<count>\d+)\s*(/\s*(?P<of>\d+))?\s*[)\]]$")


@dataclass(frozen=True)
class PrintedShare:
    """A count, maybe with the number it is of and the percentage.

    Parameters
    ----------
    count : int
    of : int, optional
    percent : Printed, optional
    """

    count: int
    of: int | None = None
    percent: Printed | None = None


@dataclass(frozen=True)
class PrintedTable:
    """One variable of a table: categories by groups.

    Parameters
    ----------
    name : str
    groups : tuple of str
        Heads of the columns; one named ``Total`` (or ``All``) holds the sum of the others.
    rows : mapping of str to tuple of PrintedShare
        Cells of each category.
    missing : tuple of int
        Patients without a value in each group; empty when none.
    sizes : tuple of int
        Patients in each group with those missing; empty when not printed.
    p : Printed, optional
    test : str
        As the paper names it: chi-square, chi-square corrected, fisher; empty when it may be any.
    rounding : Rounding
        Of percentages.

    Raises
    ------
    ImpastoError
        When a row has not one cell for each group.
    """

    name: str
    groups: tuple[str, ...]
    rows: Mapping[str, tuple[PrintedShare, ...]]
    missing: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()
    p: Printed | None = None
    test: str = ""
    rounding: Rounding = Rounding.EITHER

    def __post_init__(self) -> None:
        lengths = {name: len(cells) for name, cells in self.rows.items()}
        lengths |= {name: len(given) for name, given in (("missing", self.missing), ("sizes", self.sizes)) if given}
        for name, cells in lengths.items():
            if cells != len(self.groups):
                problem = f"{name!r} has {cells} cells, there are {len(self.groups)} groups"
                raise ImpastoError(self.name, problem, "give one cell for each group")

    @property
    def total(self) -> int | None:
        """Column that sums the others."""
        named = [place for place, group in enumerate(self.groups) if group.lower() in ("total", "all", "overall")]
        return named[0] if named and len(self.groups) > 1 else None

    @property
    def arms(self) -> list[int]:
        """Columns that a test compares."""
        return [place for place in range(len(self.groups)) if place != self.total]


def parse_share(text: str) -> PrintedShare:
    """Read a cell such as ``36 (40.0%)``, ``36/90 (40.0)``, ``36`` or ``40% (36/90)``.

    Raises
    ------
    ImpastoError
        When it is none.

    Examples
    --------
    >>> parse_share("36 (40.0%)").count
    36
    """
    found = _REVERSED.match(text.strip()) or _CELL.match(text.strip())
    if not found:
        raise ImpastoError(f"{text!r}", "is no count with a percentage", "write 36, 36 (40.0) or 36/90 (40.0)")
    percent = Printed(found["percent"]) if found["percent"] else None
    return PrintedShare(int(found["count"]), int(found["of"]) if found["of"] else None, percent)


def check_table(item: PrintedTable) -> list[Check]:
    """Check percentages, sums and the p-value of one variable."""
    checks: list[Check] = []
    for place, group in enumerate(item.groups):
        of = sum(cells[place].count for cells in item.rows.values())
        for row, cells in item.rows.items():
            checks += check_share(f"{item.name}, {row}, {group}", cells[place], of, item.rounding)
    return [*checks, *_sums(item), *_p_value(item)]


def check_share(name: str, share: PrintedShare, of: int, rounding: Rounding = Rounding.EITHER) -> list[Check]:
    """Hold a percentage against its count.

    Parameters
    ----------
    name : str
    share : PrintedShare
    of : int
        The whole, where the cell does not state it.
    rounding : Rounding
        Allowed; by default halves may go either way.
    """
    whole = share.of if share.of is not None else of
    if share.count > whole:
        why = "there are more than there can be"
        return [Check(name, "count", str(share.count), f"of {whole}", Verdict.IMPOSSIBLE, Severity.ERROR, why)]
    if share.percent is None or not whole:
        return []
    exact = Fraction(100 * share.count, whole)
    rules = rounding_rules(share.percent, exact)
    allowed = (Rounding.HALF_UP, Rounding.HALF_EVEN) if rounding is Rounding.EITHER else (rounding,)
    printed, told = f"{share.percent.text} %", f"{float(exact):.{max(share.percent.decimals, 0) + 2}f} %"
    why = f"{share.count} of {whole}"
    if any(rule in allowed for rule in rules):
        halves = [rule.value for rule in rules if rule is not Rounding.DOWN]
        why += f", rounded {halves[0]}" if len(halves) == 1 else ""
        return [Check(name, "percentage", printed, told, Verdict.REPRODUCES, None, why)]
    slip = digit_slip(share.percent, float(exact))
    if not rules and slip:
        why += f"; {slip}"
    elif rules:
        why += f"; it was rounded {rules[0].value}" if rules[0] is not Rounding.DOWN else f"; {CUT}"
    # a paper that does not say how it rounds may have cut
    severity = Severity.WARNING if rules and rounding is Rounding.EITHER else Severity.ERROR
    return [Check(name, "percentage", printed, told, Verdict.DOES_NOT_FOLLOW, severity, why)]


def _sums(item: PrintedTable) -> list[Check]:
    checks: list[Check] = []
    for place, group in enumerate(item.groups if item.sizes else ()):
        parts = {row: cells[place].count for row, cells in item.rows.items()}
        if item.missing:
            parts["missing"] = item.missing[place]
        checks += check_flow(PrintedFlow(f"{item.name}, {group}", item.sizes[place], parts))
    if item.total is not None:
        lines = {row: [cell.count for cell in cells] for row, cells in item.rows.items()}
        lines |= {name: list(given) for name, given in (("missing", item.missing), ("size", item.sizes)) if given}
        for row, counts in lines.items():
            parts = {item.groups[arm]: counts[arm] for arm in item.arms}
            checks += check_flow(PrintedFlow(f"{item.name}, {row}", counts[item.total], parts))
    return checks


def _p_value(item: PrintedTable) -> list[Check]:
    if item.p is None:
        return []
    counts = np.array([[cells[arm].count for arm in item.arms] for cells in item.rows.values()])
    variants = count_variants(counts, with_large_exact=item.test == "fisher")
    fits = [one for one in variants if item.p.is_rounded(one.p_value)]
    if not fits:
        variants = count_variants(counts)
        fits = [one for one in variants if item.p.is_rounded(one.p_value)]
    usual = [one for one in fits if one.test != "difference of shares"]
    named = [one for one in usual if not item.test or one.test == item.test]
    told = ", ".join(f"{short(one.p_value)} ({_label(one)})" for one in variants)
    if named:
        why = f"{_label(named[0])}; {_fragility(variants, named[0])}".rstrip("; ")
        return [Check(item.name, "p", item.p.text, short(named[0].p_value), Verdict.REPRODUCES, None, why)]
    if fits:
        why = f"not by {item.test or 'a usual test of counts'}, but by {_label(fits[0])}"
        return [Check(item.name, "p", item.p.text, told, Verdict.OTHER_METHOD, Severity.NOTE, why)]
    slips = [slip for one in variants if (slip := digit_slip(item.p, one.p_value, single=False))]
    why = "no test of these counts gives it" + (f"; {slips[0]}" if slips else "")
    return [Check(item.name, "p", item.p.text, told, Verdict.DOES_NOT_FOLLOW, Severity.WARNING, why)]


def _label(variant: Variant) -> str:
    return f"{variant.test}, {variant.how}"


def _fragility(variants: list[Variant], chosen: Variant) -> str:
    """Other tests that would say the opposite at 0.05."""
    usual = [one for one in variants if one.test != "difference of shares"]
    other = [one for one in usual if (one.p_value < 0.05) != (chosen.p_value < 0.05)]
    return "not so by " + ", ".join(f"{one.test} ({short(one.p_value)})" for one in other) if other else ""
