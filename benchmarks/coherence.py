"""Coherence: what is known to be wrong in published tables, silence on true tables, one changed digit found."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import tomli_w

from benchmarks.coherent_tables import Document, coherent_table, corrupted
from benchmarks.harness import Verdict, measured, print_table
from impasto.outcome.coherence import Check, check_items, findings
from impasto.workflow.outcome.coherence_table import read_paper, read_printed_tables

KNOWN: dict[str, Sequence[tuple[str, str]]] = {
    "gamma-knife-painting": (
        ("Integral dose (J), plan 2", "mean"), ("Integral dose (J), plan 1", "SD"), ("Integral dose (J)", "rows"),
        ("V12 (cc), plan 1", "mean"), ("V12 (cc)", "p"), ("V12 (cc)", "rows"), ("V12 (cc)", "row 7"),
        ("Mean dose (Gy)", "mann-whitney"), ("K-trans before and after", "p, printed more than once"),
        ("IAUC before and after", "p"), ("K-trans", "median change"), ("IAUC", "median change"),
        ("K-trans", "change against baseline"),
    ),
    "spectro-glio": (
        ("IDH", "p"), ("Progression-free survival", "estimate and interval"), ("Progression-free survival", "p"),
    ),
    "reirradiation": (
        ("Cumulative EQD2 limit, stated for alpha/beta 10", "cumulative EQD2"), ("Male", "width of the interval"),
        ("Glioblastoma", "width of the interval"), ("IDH mutation", "width of the interval"),
        ("Temozolomide", "width of the interval"), ("Interval to reirradiation", "p"),
    ),
}  # fmt: skip


def run(quick: bool) -> list[Verdict]:
    return [_published(), _silence(10), _corruption(20 if quick else 200)]


def checked(document: Document) -> list[Check]:
    """Write a table as a reviewer would, read it back and keep what is found."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.toml"
        path.write_text(tomli_w.dumps(document), encoding="utf-8")
        return findings(check_items(read_printed_tables(path).items))


def _published() -> Verdict:
    rows, missed = [], 0
    for paper, known in KNOWN.items():
        found = {(check.item, check.quantity) for check in findings(check_items(read_paper(paper).items))}
        missed += len(set(known) - found)
        rows.append([paper, len(known), len(set(known) & found), len(found)])
    print_table(["paper", "known", "found", "findings"], rows)
    total = sum(len(known) for known in KNOWN.values())
    return Verdict(f"{total - missed} of {total} known inconsistencies found", "all", missed == 0)


def _silence(tables: int) -> Verdict:
    alarms = [check for seed in range(tables) for check in checked(coherent_table(seed))]
    for alarm in alarms:
        print(alarm.sentence())
    return Verdict(f"{len(alarms)} false alarms on {tables} coherent tables", "0", not alarms)


def _corruption(tables: int) -> Verdict:
    tried: Counter[str] = Counter()
    found: Counter[str] = Counter()

    def work() -> None:
        for seed in range(tables):
            document, place = corrupted(coherent_table(seed % 10), 1000 + seed)
            tried[place] += 1
            found[place] += bool(checked(document))

    cost = measured(work)[1]
    print_table(["number in", "changed", "found"], [[place, count, found[place]] for place, count in tried.items()])
    print(f"{1000 * cost.cpu_s / tables:.0f} ms a table")
    share = sum(found.values()) / tables
    return Verdict(f"{100 * share:.1f} % of {tables} changed digits found", ">= 90 %", share >= 0.9)
