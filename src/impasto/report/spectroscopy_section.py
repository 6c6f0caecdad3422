"""The section on spectra: maps over anatomy, a few voxels with their fit, how much of the volume was usable."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.report.figures.spectrum import spectra_figures
from impasto.report.map_blocks import map_blocks
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.spectroscopy_findings import CoverageRow, SpectroscopyFindings, VoxelSpectrum
from impasto.report.tables import Cell, Table, columns, number

__all__ = ["coverage_table", "spectroscopy_section", "spectrum_blocks"]

_STRIPES = "Striped: the spectrum was rejected."
_HOW_SPECTRA = (
    "From above: what the fit leaves (band: twice the noise), data, fit and baseline, and what each signal adds, all "
    "in one scale. CRLB: Cram\u00e9r-Rao lower bound of the standard error, grey above 30 %. \u201cAreas\u201d: ratio "
    "of peak areas, three times that of concentrations. \u2265: the denominator was not detected."
)


def spectroscopy_section(findings: SpectroscopyFindings | None) -> Section | None:
    """Build the section; None where there is nothing to show."""
    if findings is None or not (findings.maps or findings.spectra or findings.coverage):
        return None
    figures = [] if findings.maps is None else map_blocks(findings.maps, _STRIPES)
    figures += spectrum_blocks(findings.spectra)
    tables = (coverage_table(findings.coverage),) if findings.coverage else ()
    return Section("spectroscopy", "Spectroscopy", findings.acquisition, figures=tuple(figures), tables=tables)


def coverage_table(rows: Sequence[CoverageRow]) -> Table:
    """Say how many voxels were fitted, accepted, and rejected for which reason."""
    whole = rows[0].voxels if rows else 0
    cells = tuple(
        (Cell(row.fate), number(row.voxels, 0), number(100.0 * row.voxels / whole if whole else None, 1))
        for row in rows
    )
    head = columns(["Voxels"], ["Number", ""], ["Share", "%"])
    return Table("Coverage", head, cells, f"Shares are of the voxels in the first row ({rows[0].fate.lower()}).")


def spectrum_blocks(spectra: Sequence[VoxelSpectrum]) -> list[FigureBlock]:
    """Draw spectra, all accepted ones in one scale."""
    if not spectra:
        return []
    blocks = []
    for number_of, (spectrum, figure) in enumerate(zip(spectra, spectra_figures(spectra), strict=True)):
        scale = "in the scale of the accepted spectra" if spectrum.verdict.is_accepted else "in a scale of its own"
        told = _HOW_SPECTRA if number_of == 0 else f"As above, {scale}."
        words = f"Chart of the spectrum of the voxel {spectrum.label}, with fit, residual and components."
        blocks.append(figure_block(figure, f"{spectrum.label}. {told}", words))
    return blocks
