"""Measuring the tumour at every date: masks out of label maps and cases, each lesion of them, and what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.core import Grid, Image, ImpastoError, Progress, Structure
from impasto.core.arrays import BoolArray
from impasto.files import Case, CaseEntry, EntryKind, native, open_case
from impasto.outcome.response import Timepoint, TumourMeasure, baseline_place, measure_lesions, response_criteria
from impasto.target.lesions import LABEL_SCHEMES, LesionPart, recognised_scheme
from impasto.workflow.lesions.importing import read_label_map
from impasto.workflow.outcome.response.table import ResponseTable, ScanRow

__all__ = ["MeasuredScans", "measure_scans"]


@dataclass(frozen=True, eq=False)
class MeasuredScans:
    """Timepoints in order of date, the lesions of those that were measured, and notes."""

    timepoints: tuple[Timepoint, ...]
    measures: tuple[TumourMeasure | None, ...]
    notes: tuple[str, ...]


def measure_scans(table: ResponseTable, folder: Path, progress: Progress) -> MeasuredScans:
    """Measure every scan that has a label map or a case.

    Parameters
    ----------
    table : ResponseTable
    folder : Path
        That paths are relative to.
    progress : Progress

    Raises
    ------
    ImpastoError
        When a file is not there or not understood, or grids differ that should be one.
    """
    maps = {place: _label_map(folder, row) for place, row in enumerate(table.scan) if row.labels}
    values, notes = _tumour_values(table, list(maps.values()))
    criteria = response_criteria(table.criteria)
    start = baseline_place([r.date for r in table.scan], criteria.baseline, table.radiotherapy_end, table.baseline)
    timepoints: list[Timepoint] = []
    measures: list[TumourMeasure | None] = []
    earlier: list[tuple[BoolArray, Grid]] = []
    for place, row in enumerate(table.scan):
        progress("measuring lesions", place / len(table.scan))
        if not (row.labels or row.case):
            timepoints.append(row.timepoint(row.product_mm2, row.volume_ml, bool(row.product_mm2 or row.volume_ml)))
            measures.append(None)
            continue
        if row.labels:
            mask, grid = np.isin(maps[place].data, values), maps[place].grid
        else:
            mask, grid = _tumour_of_case(open_case(folder / row.case), table.structure, notes)
        found = _measured(table, mask, grid, earlier, measures[start] if place > start else None)
        earlier.append((mask, grid))
        measures.append(found)
        timepoints.append(row.timepoint(found.product_mm2, found.volume_ml, bool(found.lesions)))
        notes += [_new_lesion_note(row, lesion.centre_mm.tolist()) for lesion in found.new_lesions]
    progress("measuring lesions", 1.0)
    if any(measures) and not table.same_frame:
        notes.append(
            "Scans are measured one by one: a lesion counts while it is measurable. With same_frame = true (registered "
            "label maps on one grid) targets are followed when they shrink, and new lesions are looked for."
        )
    return MeasuredScans(tuple(timepoints), tuple(measures), tuple(dict.fromkeys(notes)))


def _measured(
    table: ResponseTable,
    mask: BoolArray,
    grid: Grid,
    earlier: list[tuple[BoolArray, Grid]],
    baseline: TumourMeasure | None,
) -> TumourMeasure:
    if not table.same_frame:
        return measure_lesions(mask, grid, slice_thickness_mm=table.slice_thickness_mm)
    for _, other in earlier:
        if not other.matches(grid, tolerance_mm=0.05):
            remedy = "resample the registered label maps on one grid, or leave same_frame out"
            raise ImpastoError("label maps", "same_frame is set, but their grids differ", remedy)
    followed = None if baseline is None else baseline.targets_mask
    before = [known for known, _ in earlier]
    return measure_lesions(mask, grid, slice_thickness_mm=table.slice_thickness_mm, before=before, followed=followed)


def _new_lesion_note(row: ScanRow, centre_mm: list[float]) -> str:
    where = ", ".join(f"{value:.0f}" for value in centre_mm)
    said = "as the table says." if row.new_lesion else "not counted: say new_lesion = true if a reader agrees."
    return f"{row.date}: a measurable lesion at ({where}) mm LPS, where none was before, {said}"


def _label_map(folder: Path, row: ScanRow) -> Image:
    path = folder / row.labels
    if not path.is_file():
        raise ImpastoError(str(path), "is not there", "check the path: it is relative to the table")
    return read_label_map(path)


def _tumour_values(table: ResponseTable, maps: list[Image]) -> tuple[list[int], list[str]]:
    """Values of the enhancing tumour, from all maps together: one alone may lack it."""
    if not maps:
        return [], []
    if table.label is not None:
        return [table.label], [f"Label maps: {table.label} is enhancing tumour, as the table says."]
    held = sorted({int(value) for image in maps for value in np.unique(image.data)} - {0})
    if len(held) <= 1:
        return held, [f"Label maps hold one value ({held[0]}): taken as enhancing tumour."] if held else []
    together = Image(np.array(held, dtype=np.uint8)[:, None, None], Grid.centred((len(held), 1, 1), (1, 1, 1)), "", "1")
    scheme = recognised_scheme(together)
    values = [value for value, part in LABEL_SCHEMES[scheme].items() if part is LesionPart.ENHANCING]
    return values, [f"Label maps have the labels of {scheme}: {values[0]} is enhancing tumour."]


def _tumour_of_case(case: Case, name: str, notes: list[str]) -> tuple[BoolArray, Grid]:
    """Voxels of a structure of a case; none where its entries leave out what is empty."""
    entries = case.of_kind(EntryKind.STRUCTURES)
    for entry in entries:
        structures = native.read_structures(case.path(entry))
        if name in structures:
            grid = _grid(case, entry, structures[name])
            return structures[name].voxels(grid), grid
    for entry in entries:
        if entry.name == "lesions":
            notes.append(f"{case.folder}: the lesions hold no {name}: taken as none left.")
            other = next(iter(native.read_structures(case.path(entry))))
            grid = _grid(case, entry, other)
            return np.zeros(grid.shape, dtype=bool), grid
    known = ", ".join(entry.name for entry in entries) or "none"
    raise ImpastoError(str(case.folder), f"no structure {name!r} in its structures ({known})", "run impasto lesions")


def _grid(case: Case, entry: CaseEntry, structure: Structure) -> Grid:
    """Grid of the image that it is drawn on, else of its mask."""
    images = {image.name: image for image in case.of_kind(EntryKind.IMAGE)}
    if entry.drawn_on in images:
        return native.read_image(case.path(images[entry.drawn_on])).grid
    if structure.mask is None:
        raise ImpastoError(structure.name, "is drawn on no image of the case", "import its image")
    return structure.mask.grid
