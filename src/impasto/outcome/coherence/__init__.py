"""Coherence: whether printed numbers can follow from each other."""

from impasto.outcome.coherence.change import BaselineCoupling, PrintedChange, baseline_coupling, check_change
from impasto.outcome.coherence.check import Check, Severity, Verdict, findings
from impasto.outcome.coherence.comparisons import CutCells, PrintedComparison, check_comparison, cut_cells
from impasto.outcome.coherence.counts import PrintedShare, PrintedTable, check_share, check_table, parse_share
from impasto.outcome.coherence.derived import FORMULAS, PrintedDerived, check_derived, progression_coverage
from impasto.outcome.coherence.estimate import PrintedEstimate, check_estimate
from impasto.outcome.coherence.flow import PrintedFlow, check_flow
from impasto.outcome.coherence.item import Item, check_item, check_items
from impasto.outcome.coherence.printed import Printed, Rounding
from impasto.outcome.coherence.summaries import PrintedPool, PrintedSummary, check_pool, check_summary

__all__ = [
    "FORMULAS",
    "BaselineCoupling",
    "Check",
    "CutCells",
    "Item",
    "Printed",
    "PrintedChange",
    "PrintedComparison",
    "PrintedDerived",
    "PrintedEstimate",
    "PrintedFlow",
    "PrintedPool",
    "PrintedShare",
    "PrintedSummary",
    "PrintedTable",
    "Rounding",
    "Severity",
    "Verdict",
    "baseline_coupling",
    "check_change",
    "check_comparison",
    "check_derived",
    "check_estimate",
    "check_flow",
    "check_item",
    "check_items",
    "check_pool",
    "check_share",
    "check_summary",
    "check_table",
    "cut_cells",
    "findings",
    "parse_share",
    "progression_coverage",
]
