"""Adapting a case's course by each day's images, from scans to the comparison and its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from impasto.core import Progress, silent
from impasto.files import Case
from impasto.workflow.adaptation import AdaptationChoice, adaptation_protocol
from impasto.workflow.engine import run_protocol
from impasto.workflow.reporting import write_case_report
from impasto.workflow.results import open_results
from impasto.workflow.stages.adaptation.comparison import ARMS

__all__ = ["AdaptationChoice", "AdaptedCourse", "FigureTable", "adapt_case", "adaptation_protocol"]

_NOTED = ("phase-frame", "hypoxic-volume", "phase-drift", "course-sum", "course-comparison", "known-transform")


@dataclass(frozen=True)
class FigureTable:
    """A table of figures; units are in the headings."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]


@dataclass(frozen=True)
class AdaptedCourse:
    """What an adaptation found, and what it wrote.

    Parameters
    ----------
    tables : tuple of FigureTable
    notes : tuple of str
    written : tuple of Path
    """

    tables: tuple[FigureTable, ...]
    notes: tuple[str, ...]
    written: tuple[Path, ...]

    def to_record(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {**asdict(self), "written": [str(path) for path in self.written]}


def adapt_case(
    case: Case, choice: AdaptationChoice, overrides: Mapping[str, Any] | None = None, progress: Progress = silent
) -> AdaptedCourse:
    """Run every step of an adaptation that is not current, and write its report.

    Parameters
    ----------
    case : Case
    choice : AdaptationChoice
    overrides : mapping of str to value, optional
        ``"STEP.SETTING"`` to value, see :meth:`~impasto.workflow.protocol.Protocol.with_settings`.
    progress : Progress

    Returns
    -------
    AdaptedCourse

    Raises
    ------
    ImpastoError
        When scans do not fit the days, a registration fails its limits and was not accepted, or a step cannot run.
    """
    protocol = adaptation_protocol(case, choice).with_settings(overrides or {})
    outcomes = run_protocol(case, protocol, progress=progress)
    results = open_results(case, protocol.name)
    pages = write_case_report(case, protocol=protocol.name, progress=progress)
    figures = {
        record.step: results.load(f"{record.step}.figures").values  # type: ignore[union-attr]
        for record in results.records
        if record.stage in ("hypoxic-volume", "phase-drift", "course-comparison")
    }
    notes = [
        f"{outcome.record.step}: {note}"
        for outcome in outcomes
        if outcome.record.stage in _NOTED
        for note in outcome.record.notes
    ]
    return AdaptedCourse(tuple(_tables((0, *choice.at), figures)), tuple(dict.fromkeys(notes)), tuple(pages))


def _tables(days: tuple[int, ...], figures: Mapping[str, Mapping[str, Any]]) -> list[FigureTable]:
    comparison = figures["comparison"]
    return [_days(days, figures), _coverage(comparison), _doses(comparison), _control(comparison)]


def _days(days: tuple[int, ...], figures: Mapping[str, Mapping[str, Any]]) -> FigureTable:
    rows: list[tuple[str | float, ...]] = []
    for day in days:
        hypoxia, drift = figures[f"hypoxia-{day}"], figures.get(f"drift-{day}")
        raised = [] if drift is None else [t for t in drift["triggers"] if t["is_triggered"]]
        asked = "; ".join(
            f"{t['structure']} {t['rule']} ({t['value']:.2g}{'' if t['unit'] == '1' else ' ' + t['unit']})"
            for t in raised
        )
        carried = None if drift is None else drift["hypoxia_carried_along"]
        dice = float("nan") if carried is None else carried["dice"]
        said = "" if drift is None else asked or "no"
        rows.append((f"fraction {day}", hypoxia["tumour_ml"], hypoxia["hypoxic_ml"], dice, said))
    header = ("image at", "tumour [ml]", "hypoxic [ml]", "Dice with hypoxia before", "new plan asked for")
    return FigureTable("Days of imaging", header, tuple(rows))


def _coverage(comparison: Mapping[str, Any]) -> FigureTable:
    rows = [
        (
            row["structure"],
            row["volume_ml"],
            row[ARMS[0]]["wanted_mean_eqd2_gy"],
            *(row[arm]["mean_eqd2_gy"] for arm in ARMS),
            *(row[arm]["covered_percent"] for arm in ARMS),
        )
        for row in comparison["coverage"]
    ]
    header = ("hypoxic when", "volume [ml]", "asked for, mean EQD2 [Gy]", *(f"{arm} [Gy]" for arm in ARMS))
    return FigureTable(
        "Coverage of what was hypoxic when", (*header, *(f"covered, {arm} [%]" for arm in ARMS)), tuple(rows)
    )


def _doses(comparison: Mapping[str, Any]) -> FigureTable:
    first, second = (
        {row["structure"]: row for row in comparison["doses"][arm] if "not_evaluated" not in row} for arm in ARMS
    )
    rows = [
        (name, *(arm[name][key] for key in ("d98_gy", "mean_gy", "d2_gy") for arm in (first, second)))
        for name in first
        if name in second
    ]
    heads = (f"{figure} {arm} [Gy]" for figure in ("D98", "mean", "D2") for arm in ARMS)
    return FigureTable("Dose of the whole course", ("structure", *heads), tuple(rows))


def _control(comparison: Mapping[str, Any]) -> FigureTable:
    rows = [
        (arm, f"{found['tcp']:.3f}", f"{found['population_tcp']:.3f}", f"{found['surviving']:.3g}")
        for arm, found in ((arm, comparison["control"][arm]) for arm in ARMS)
    ]
    header = ("course", "TCP", "TCP over patients", "clonogens left")
    return FigureTable("Tumour control, modelled", header, tuple(rows))
