"""One voxel of a dynamic or diffusion-weighted series, drawn with its fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from impasto.core import DiffusionSeries, Image, ImpastoError, Progress, silent
from impasto.files import Case, CaseEntry, EntryKind, replacing_file
from impasto.report import VoxelCurve
from impasto.report.figures.curve import curve_figure
from impasto.report.theme import figure_style
from impasto.workflow.curves.dce import dce_curve
from impasto.workflow.curves.diffusion import diffusion_curve
from impasto.workflow.curves.dsc import dsc_curve
from impasto.workflow.curves.voxel_choice import VoxelIndex, voxel_at
from impasto.workflow.maps.dynamic_series import dynamic_kind
from impasto.workflow.maps.mapped_series import MappedSeries, mapped_series

__all__ = ["draw_curve", "voxel_curve"]

_CURVES: dict[str, Callable[[MappedSeries, VoxelIndex, str, Progress], VoxelCurve]] = {
    "dsc": dsc_curve,
    "dce": dce_curve,
    "diffusion": diffusion_curve,
}
"""By the stage that maps the series."""

_FORMATS = (".png", ".svg", ".pdf")


def draw_curve(
    case: Case, at_mm: tuple[float, float, float], path: Path, name: str | None = None, progress: Progress = silent
) -> VoxelCurve:
    """Draw the curve of the voxel that holds a point, with the settings of the case's last maps where there are any.

    Parameters
    ----------
    case : Case
    at_mm : tuple of float
        LPS.
    path : Path
        Picture to write; its suffix (.png, .svg, .pdf) decides the format.
    name : str, optional
        Which series of the case, when it has several.
    progress : Progress

    Returns
    -------
    TimeCurve or DecayCurve

    Raises
    ------
    ImpastoError
        When the case has no such series, the point lies outside it, or the picture cannot be written.
    """
    if path.suffix.lower() not in _FORMATS:
        raise ImpastoError(str(path), "is not a picture's name", "end it in .png, .svg or .pdf")
    found = voxel_curve(case, at_mm, name, progress)
    with figure_style(), replacing_file(path) as beside:
        curve_figure(found).savefig(beside, format=path.suffix[1:].lower(), dpi=150)
    return found


def voxel_curve(
    case: Case, at_mm: tuple[float, float, float], name: str | None = None, progress: Progress = silent
) -> VoxelCurve:
    """Fit the voxel that holds a point and gather what its picture shows; see :func:`draw_curve`."""
    entry = _chosen(case, name)
    series = mapped_series(case, entry)
    if series.stage not in _CURVES:
        raise ImpastoError(entry.name, f"is mapped by {series.stage}, which draws no curve", "choose with --series")
    thing = series.inputs.loaders["series"]()
    assert isinstance(thing, Image | DiffusionSeries)
    grid = thing.grid if isinstance(thing, Image) else thing.image.grid
    voxel = voxel_at(grid, at_mm, f"series {entry.name!r}")
    return _CURVES[series.stage](series, voxel, entry.name, progress)


def _chosen(case: Case, name: str | None) -> CaseEntry:
    dynamic = [entry for entry in case.of_kind(EntryKind.IMAGE) if dynamic_kind(case, entry) is not None]
    known = [*dynamic, *case.of_kind(EntryKind.DIFFUSION)]
    fitting = [entry for entry in known if name in (None, entry.name)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(entry.name for entry in known)
    if not known:
        problem = "has no series of perfusion or diffusion"
        raise ImpastoError(str(case.folder), problem, "add one: impasto add")
    if not fitting:
        raise ImpastoError(str(case.folder), f"has no series {name!r}", f"choose with --series one of: {names}")
    raise ImpastoError(str(case.folder), f"has several series: {names}", "choose with --series")
