"""Writing a description of patients: one page, its tables as CSV, its figure for a manuscript."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from impasto.core import Progress, silent
from impasto.report import DescriptionFindings, write_report
from impasto.report.description_tables import share_text, text_rows
from impasto.report.figure_files import write_figures
from impasto.report.figures.adverse_events import adverse_events_figure
from impasto.workflow.outcome.csv_cells import write_csv_rows

__all__ = ["write_description"]


def write_description(found: DescriptionFindings, folder: Path, progress: Progress = silent) -> tuple[Path, ...]:
    """Write ``description.html``, its tables as CSV and its figure as PDF and PNG; a failure leaves what was there.

    Parameters
    ----------
    found : DescriptionFindings
    folder : Path
    progress : Progress

    Returns
    -------
    tuple of Path
        What was written, the page first.
    """
    page = folder / "description.html"
    write_report(found, page, progress)
    written = [page]
    if found.rows:
        written.append(folder / "characteristics.csv")
        write_csv_rows(written[-1], _characteristics(found))
    if found.events:
        written.append(folder / "adverse-events.csv")
        write_csv_rows(written[-1], _events(found))
        written += write_figures(lambda: {"adverse-events": adverse_events_figure(found)}, folder)
    return tuple(written)


def _characteristics(found: DescriptionFindings) -> list[Sequence[object]]:
    groups = [f"{name} (n = {size})" for name, size in zip(found.groups, found.sizes, strict=True)]
    groups += [f"all (n = {sum(found.sizes)})"] if len(found.groups) > 1 else []
    rows: list[Sequence[object]] = [["variable", "level", *groups, "p", "test"]]
    variable = ""
    for line in text_rows(found):
        variable = line.variable or variable
        tested = ["", ""] if line.test is None else [f"{line.test.p_value:.6g}", f"{line.test.name}, {line.test.how}"]
        cells = ["" if cell == "\u2013" else cell for cell in line.cells]
        rows.append([variable, line.level, *cells, *tested])
    return rows


def _events(found: DescriptionFindings) -> list[Sequence[object]]:
    severe = f"grade >= {found.severe_grade}"
    heads = ["adverse event", "group", "assessed", "not assessed", *(f"grade {grade}" for grade in range(6))]
    heads += ["any grade, %", "limits", f"{severe}, %", "limits", "p (Fisher's exact test)"]
    rows: list[Sequence[object]] = [heads]
    for event in found.events:
        for name, graded in event.by_group.items():
            shares = [graded.at_least[grade] for grade in (1, found.severe_grade)]
            said = [text for one in shares for text in (f"{100 * one.share:.4g}", share_text(one, 2))]
            counts = [graded.at_grade[grade].count for grade in range(6)]
            p = "" if event.test is None else f"{event.test.p_value:.6g}"
            rows.append([event.term, name, shares[0].of, graded.missing, *counts, *said, p])
    return rows
