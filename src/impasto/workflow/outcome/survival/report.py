"""Writing a survival analysis: one page, and its figures as files for a manuscript."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from impasto.core import Progress, silent
from impasto.report import SurvivalFindings, write_report
from impasto.report.figure_files import write_figures
from impasto.report.figures.cumulative_incidence import cumulative_incidence_figure
from impasto.report.figures.forest import forest_figure
from impasto.report.figures.residual_trend import residual_trend_figure
from impasto.report.figures.survival_curve import survival_figure
from impasto.report.survival_sections import curve_results, fullest_model, incidence_results

__all__ = ["write_survival_report"]


def write_survival_report(found: SurvivalFindings, folder: Path, progress: Progress = silent) -> tuple[Path, ...]:
    """Write ``survival.html`` and each figure as PDF and PNG (300 dots per inch); a failure leaves what was there.

    Parameters
    ----------
    found : SurvivalFindings
    folder : Path
    progress : Progress

    Returns
    -------
    tuple of Path
        What was written, the page first.
    """
    page = folder / "survival.html"
    write_report(found, page, progress)
    return (page, *write_figures(lambda: _figures(found), folder))


def _figures(found: SurvivalFindings) -> dict[str, Figure]:
    figures = {"survival": survival_figure(found.curves, found.endpoint, found.origin, curve_results(found))}
    if found.diagnostics:
        title = fullest_model(found)
        figures["residuals"] = residual_trend_figure(found.models[title], found.diagnostics[title])
    if found.subgroups is not None:
        figures["subgroups"] = forest_figure(found.subgroups)
    for number, one in enumerate(found.incidences, start=1):
        name = f"incidence-{number}"
        figures[name] = cumulative_incidence_figure(one.curves, found.origin, incidence_results(one))
    return figures
