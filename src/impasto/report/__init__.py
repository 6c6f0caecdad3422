"""Reports: figures, tables, one self-contained HTML page, and PDF."""

from impasto.report.content import Display, Heading, Images, PlanResult, ReportContent, Setting, Step
from impasto.report.html import render_html, write_report
from impasto.report.pdf import write_pdf
from impasto.report.spectroscopy_findings import (
    CoverageRow,
    Estimate,
    MetaboliteMaps,
    SpectroscopyFindings,
    Verdict,
    VoxelSpectrum,
)

__all__ = [
    "CoverageRow",
    "Display",
    "Estimate",
    "Heading",
    "Images",
    "MetaboliteMaps",
    "PlanResult",
    "ReportContent",
    "Setting",
    "SpectroscopyFindings",
    "Step",
    "Verdict",
    "VoxelSpectrum",
    "render_html",
    "write_pdf",
    "write_report",
]
