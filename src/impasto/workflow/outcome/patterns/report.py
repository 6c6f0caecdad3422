"""Writing patterns of failure: one page, its table as CSV, and its figures for a manuscript."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from matplotlib.figure import Figure

from impasto import __version__
from impasto.core import Progress, silent
from impasto.files import Case
from impasto.report import Heading, PatternFindings, PatternVolumes, Setting, Step, write_report
from impasto.report.figure_files import write_figures
from impasto.report.figures.failure_shares import band_name, failure_shares_figure
from impasto.report.figures.recurrence_slices import recurrence_figure
from impasto.report.pattern_sections import shown_recurrences
from impasto.workflow.outcome.csv_cells import write_csv_rows
from impasto.workflow.outcome.patterns.finding import CaseFailures, PatternRequest

__all__ = ["pattern_findings", "write_pattern_report"]


def pattern_findings(case: Case, request: PatternRequest, found: CaseFailures) -> PatternFindings:
    """Put together what a report of a case's recurrences says."""
    notes = list(found.notes)
    if found.image is None:
        notes.append(f"{found.dose} names no image in its frame: pictures are without anatomy.")
    share = f"{100.0 * request.isodose_share:g} % of {found.prescribed_gy:g} Gy"
    settings = (
        Setting("isodose", f"{found.isodose_gy:g}", "Gy", share),
        Setting("central, in-field, marginal", f"{request.bounds.central:g}, {request.bounds.in_field:g}, "
                f"{request.bounds.marginal:g}", "1", "least share of the volume inside the isodose (Lee 1999)"),
        Setting("edges of bands", ", ".join(f"{edge:g}" for edge in request.edges_mm), "mm",
                f"from the surface of {request.lesion}" if request.lesion else "no lesion is named"),
        Setting("samples", "1", "mm", "shares are counted on them"),
    )  # fmt: skip
    inputs = (found.dose, *request.recurrences, *([request.lesion] if request.lesion else []))
    return PatternFindings(
        heading=Heading("Patterns of failure", case.subject, found.dose, f"{date.today()}", case.simulated),
        dose=found.dose,
        prescribed_gy=found.prescribed_gy,
        isodose_gy=found.isodose_gy,
        recurrences=found.recurrences,
        bands=found.bands,
        relapse=found.relapse,
        bounds=request.bounds,
        lesion=request.lesion,
        volumes=PatternVolumes(found.given, found.structures, found.image),
        notes=tuple(notes),
        settings=settings,
        provenance=(Step("patterns", inputs, share, __version__),),
    )


def write_pattern_report(found: PatternFindings, folder: Path, progress: Progress = silent) -> tuple[Path, ...]:
    """Write ``patterns.html``, ``patterns.csv`` and each figure as PDF and PNG; a failure leaves what was there.

    Parameters
    ----------
    found : PatternFindings
    folder : Path
    progress : Progress

    Returns
    -------
    tuple of Path
        What was written, the page first.
    """
    page, table = folder / "patterns.html", folder / "patterns.csv"
    write_report(found, page, progress)
    write_csv_rows(table, _rows(found))
    return (page, table, *write_figures(lambda: _figures(found), folder))


def _rows(found: PatternFindings) -> list[Sequence[object]]:
    bands = [f"{band_name(band)}, %" for row in list(found.bands.values())[:1] for band in row]
    rows: list[Sequence[object]] = [
        ["recurrence", "volume, ml", f"inside {found.isodose_gy:g} Gy, %", "pattern", *bands]
    ]
    for one in found.recurrences:
        shares = [f"{100.0 * band.share:.4g}" for band in found.bands.get(one.name, ())]
        covered = f"{100.0 * one.covered_share:.4g}"
        rows.append([one.name, f"{one.volume_ml:.5g}", covered, one.pattern.value, *shares])
    return rows


def _figures(found: PatternFindings) -> dict[str, Figure]:
    figures = {"patterns": failure_shares_figure(found)}
    for number, name in enumerate(shown_recurrences(found), start=1):
        figures[f"recurrence-{number}"] = recurrence_figure(found, name)
    return figures
