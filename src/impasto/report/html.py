"""One self-contained HTML page: style, type and figures inside, nothing fetched."""

from __future__ import annotations

import re
from functools import lru_cache, singledispatch
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined

from impasto import __version__
from impasto.core import Progress, silent
from impasto.files import replacing_file
from impasto.report.adaptation_findings import AdaptationFindings
from impasto.report.adaptation_sections import adaptation_sections, adaptation_summary
from impasto.report.content import ReportContent
from impasto.report.description_findings import DescriptionFindings
from impasto.report.description_sections import description_sections
from impasto.report.fonts import font_face_css
from impasto.report.key_figures import key_figures, prescription_text
from impasto.report.map_findings import MapReportContent
from impasto.report.map_sections import map_sections, overview_block
from impasto.report.paired_findings import PairedFindings
from impasto.report.paired_sections import paired_sections, paired_summary
from impasto.report.pattern_findings import PatternFindings
from impasto.report.pattern_sections import pattern_sections, pattern_summary
from impasto.report.registration_findings import RegistrationReportContent
from impasto.report.registration_sections import registration_sections, verdict_table
from impasto.report.response_findings import ResponseFindings
from impasto.report.response_sections import response_sections, response_summary
from impasto.report.scene import Scene
from impasto.report.sections import report_sections, summary_block
from impasto.report.survival_findings import SurvivalFindings
from impasto.report.survival_sections import survival_sections, survival_summary
from impasto.report.target_content import TargetReportContent
from impasto.report.target_sections import target_sections, targets_summary
from impasto.report.theme import figure_style
from impasto.report.trial_findings import TrialFindings
from impasto.report.trial_sections import trial_sections, trial_summary

__all__ = [
    "RESEARCH_USE",
    "SIMULATED",
    "render_html",
    "write_report",
]

RESEARCH_USE = "Research use only. Not for clinical decisions."
SIMULATED = "Digital patient: simulated."

Content: TypeAlias = (
    ReportContent
    | MapReportContent
    | RegistrationReportContent
    | AdaptationFindings
    | TargetReportContent
    | SurvivalFindings
    | ResponseFindings
    | TrialFindings
    | DescriptionFindings
    | PairedFindings
    | PatternFindings
)
"""Whatever a page can be about: plans, maps, registrations, an adapted course, targets, survival, response, ..."""

_Parts: TypeAlias = dict[str, Any]

_NUMBER_AND_UNIT = re.compile(r"(\d) (?=(?:%|Gy|HU|mm|ml)(?!\w))")


def render_html(content: Content, progress: Progress = silent) -> str:
    """Render a report as one HTML page that needs nothing from outside.

    Parameters
    ----------
    content : Content
    progress : Progress
        Told of the pictures and of the page.

    Returns
    -------
    str
        HTML 5, a few megabytes at most.
    """
    progress("report", 0.0)
    template = _TEMPLATES.get(type(content), "maps.html.j2")
    with figure_style():
        drawn = _parts(content)
    progress("report", 0.9)
    page = _page(template, {"heading": content.heading, "notes": content.notes, **drawn})
    progress("report", 1.0)
    return page


_TEMPLATES: dict[type[Any], str] = {
    ReportContent: "report.html.j2",
    RegistrationReportContent: "registration.html.j2",
}


@singledispatch
def _parts(content: Content) -> _Parts:
    """Draw what the page's template asks for: the sections, and the first figure."""
    raise TypeError(type(content).__name__)


@_parts.register
def _(content: ReportContent) -> _Parts:
    scene = Scene.of(content)
    return {
        "prescription": prescription_text(content),
        "summary_figure": summary_block(content, scene),
        "key_figures": key_figures(content),
        "sections": report_sections(content, scene),
    }


@_parts.register
def _(content: MapReportContent) -> _Parts:
    return {"summary_figure": overview_block(content), "sections": map_sections(content)}


@_parts.register
def _(content: RegistrationReportContent) -> _Parts:
    return {"verdicts": verdict_table(content.findings), "sections": registration_sections(content)}


@_parts.register
def _(content: AdaptationFindings) -> _Parts:
    return {"summary_figure": adaptation_summary(content), "sections": adaptation_sections(content)}


@_parts.register
def _(content: TargetReportContent) -> _Parts:
    return {"summary_figure": targets_summary(content), "sections": target_sections(content)}


@_parts.register
def _(content: SurvivalFindings) -> _Parts:
    return {"summary_figure": survival_summary(content), "sections": survival_sections(content)}


@_parts.register
def _(content: ResponseFindings) -> _Parts:
    return {"summary_figure": response_summary(content), "sections": response_sections(content)}


@_parts.register
def _(content: TrialFindings) -> _Parts:
    return {"summary_figure": trial_summary(content), "sections": trial_sections(content)}


@_parts.register
def _(content: DescriptionFindings) -> _Parts:
    return {"summary_figure": None, "sections": description_sections(content)}


@_parts.register
def _(content: PairedFindings) -> _Parts:
    return {"summary_figure": paired_summary(content), "sections": paired_sections(content)}


@_parts.register
def _(content: PatternFindings) -> _Parts:
    return {"summary_figure": pattern_summary(content), "sections": pattern_sections(content)}


def write_report(content: Content, path: Path, progress: Progress = silent) -> None:
    """Write a report as one HTML file; a failure leaves what was there.

    Raises
    ------
    ImpastoError
        When the file cannot be written.
    """
    page = render_html(content, progress)
    with replacing_file(path) as beside:
        beside.write_text(page, encoding="utf-8")


def _page(name: str, parts: dict[str, Any]) -> str:
    """Fill a template twice: the letters of the first time are those that the second embeds."""
    always = {
        "research_use": RESEARCH_USE,
        "simulated": SIMULATED,
        "version": __version__,
        "css": files("impasto.report").joinpath("templates", "report.css").read_text(encoding="utf-8"),
    }
    template = _environment().get_template(name)
    letters = template.render(**parts, **always, fonts="")
    return template.render(**parts, **always, fonts=font_face_css("".join(set(letters))))


def _unbroken(text: str) -> str:
    """Keep numbers and their units on one line."""
    return _NUMBER_AND_UNIT.sub("\\1\u00a0", text)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("impasto.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    return environment
