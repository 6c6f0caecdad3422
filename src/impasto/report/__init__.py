"""Reports: figures, tables, one self-contained HTML page, and PDF."""

from impasto.report.content import Display, Heading, Images, PlanResult, ReportContent, Setting, Step
from impasto.report.html import render_html, write_report
from impasto.report.pdf import write_pdf

__all__ = [
    "Display",
    "Heading",
    "Images",
    "PlanResult",
    "ReportContent",
    "Setting",
    "Step",
    "render_html",
    "write_pdf",
    "write_report",
]
