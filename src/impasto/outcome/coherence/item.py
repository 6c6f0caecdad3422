"""Everything that can be checked, checked by its kind."""

from __future__ import annotations

from collections.abc import Iterable

from impasto.outcome.coherence.change import PrintedChange, check_change
from impasto.outcome.coherence.check import Check
from impasto.outcome.coherence.comparisons import PrintedComparison, check_comparison
from impasto.outcome.coherence.counts import PrintedTable, check_table
from impasto.outcome.coherence.derived import PrintedDerived, check_derived
from impasto.outcome.coherence.estimate import PrintedEstimate, check_estimate
from impasto.outcome.coherence.flow import PrintedFlow, check_flow
from impasto.outcome.coherence.summaries import PrintedPool, PrintedSummary, check_pool, check_summary

__all__ = ["Item", "check_item", "check_items"]

Item = (
    PrintedEstimate
    | PrintedTable
    | PrintedSummary
    | PrintedPool
    | PrintedComparison
    | PrintedChange
    | PrintedFlow
    | PrintedDerived
)


def check_item(item: Item) -> list[Check]:
    """Check one line of a paper, by what it is."""
    match item:
        case PrintedEstimate():
            return check_estimate(item)
        case PrintedTable():
            return check_table(item)
        case PrintedSummary():
            return check_summary(item)
        case PrintedPool():
            return check_pool(item)
        case PrintedComparison():
            return check_comparison(item)
        case PrintedChange():
            return check_change(item)
        case PrintedFlow():
            return check_flow(item)
        case PrintedDerived():
            return check_derived(item)


def check_items(items: Iterable[Item]) -> list[Check]:
    """Check every line, in their order."""
    return [check for item in items for check in check_item(item)]
