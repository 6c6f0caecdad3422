"""The section on spectra: maps over anatomy, a few voxels with their fit, how much of the volume was usable."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.report.figures.metabolite_maps import metabolite_maps_figure, shown_slices_mm
from impasto.report.figures.spectrum import spectra_figures
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.spectroscopy_findings import CoverageRow, MetaboliteMaps, SpectroscopyFindings, VoxelSpectrum
from impasto.report.tables import Cell, Table, columns, number

__all__ = ["coverage_table", "spectroscopy_section"]

_ROWS_A_PAGE, _PANELS_A_PAGE = 4, 9
"""Of maps: below each other, and of a single slice."""

_HOW_MAPS = (
    "Voxels have the size they were measured with; those whose spectrum was rejected are striped. Values beyond the "
    "end of a scale take its colour."
)
_HOW_SPECTRA = (
    "From above: what the fit leaves (band: twice the noise), data, fit and baseline, and what each signal adds, all "
    "in one scale. CRLB: Cram\u00e9r-Rao lower bound of the standard error, grey above 30 %. \u201cAreas\u201d: ratio "
    "of peak areas, three times that of concentrations. \u2265: the denominator was not detected."
)


def spectroscopy_section(findings: SpectroscopyFindings | None) -> Section | None:
    """Build the section; None where there is nothing to show."""
    if findings is None or not (findings.maps or findings.spectra or findings.coverage):
        return None
    figures = [] if findings.maps is None else _map_blocks(findings.maps)
    if findings.spectra:
        figures += _spectrum_blocks(findings.spectra)
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


def _map_blocks(maps: MetaboliteMaps) -> list[FigureBlock]:
    slices = shown_slices_mm(maps)
    most = _ROWS_A_PAGE if len(slices) > 1 else _PANELS_A_PAGE
    # None stands for the anatomy alone, which comes first
    rows: list[str | None] = [None, *maps.maps]
    pages = -(-len(rows) // most)
    size = -(-len(rows) // pages)
    return [_map_block(maps, rows[start : start + size], slices) for start in range(0, len(rows), size)]


def _map_block(maps: MetaboliteMaps, rows: Sequence[str | None], slices_mm: Sequence[float]) -> FigureBlock:
    names = [name for name in rows if name is not None]
    has_anatomy = len(names) < len(rows)
    figure = metabolite_maps_figure(maps, names, slices_mm, has_anatomy)
    listed = _listed(names)
    thresholds = [f"{name} above {threshold:g}" for name, threshold in list(maps.thresholds.items())[:1]]
    outlined = f" Yellow: {thresholds[0]}." if thresholds else ""
    caption = f"{listed} over {maps.anatomy.quantity}, transverse.{outlined} {_HOW_MAPS}"
    return figure_block(figure, caption, f"Transverse slices of {maps.anatomy.quantity} with maps of {listed}.")


def _spectrum_blocks(spectra: Sequence[VoxelSpectrum]) -> list[FigureBlock]:
    blocks = []
    for number_of, (spectrum, figure) in enumerate(zip(spectra, spectra_figures(spectra), strict=True)):
        scale = "in the scale of the accepted spectra" if spectrum.verdict.is_accepted else "in a scale of its own"
        told = _HOW_SPECTRA if number_of == 0 else f"As above, {scale}."
        words = f"Chart of the spectrum of the voxel {spectrum.label}, with fit, residual and components."
        blocks.append(figure_block(figure, f"{spectrum.label}. {told}", words))
    return blocks


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
