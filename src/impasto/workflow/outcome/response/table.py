"""A patient's scans after treatment, from a TOML file or a CSV table: dates, sizes or label maps, clinical facts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from impasto.core import ImpastoError
from impasto.files import StrictModel, validated
from impasto.outcome.response import Measure, Pathology, Timepoint, Trend
from impasto.workflow.outcome.csv_cells import read_csv_cells
from impasto.workflow.outcome.file_content import file_content

__all__ = ["ResponseTable", "ScanRow", "read_response_table"]


class ScanRow(StrictModel):
    """One date; the tumour is given by a label map, a case, or its sizes."""

    date: date
    labels: str = ""
    """Label map NIfTI."""
    case: str = ""
    """Folder of a case."""
    product_mm2: float | None = None
    volume_ml: float | None = None
    shows_enhancement: bool | None = None
    new_lesion: bool = False
    non_measurable: Trend = Trend.STABLE
    t2_flair: Trend = Trend.STABLE
    clinical: Trend = Trend.STABLE
    steroid_mg: float | None = None
    outside_field: bool = False
    pathology: Pathology = Pathology.NONE

    def timepoint(self, product_mm2: float | None, volume_ml: float | None, shows_enhancement: bool) -> Timepoint:
        """Join sizes with what the row says besides; what it says of enhancement wins."""
        shown = self.shows_enhancement if self.shows_enhancement is not None else shows_enhancement
        return Timepoint(
            self.date, product_mm2, volume_ml, shown, self.new_lesion, self.non_measurable, self.t2_flair,
            self.clinical, self.steroid_mg, self.outside_field, self.pathology,
        )  # fmt: skip


class ResponseTable(StrictModel):
    """Scans of one patient, and how they are judged."""

    patient: str = ""
    simulated: bool = False
    radiotherapy_end: date | None = None
    baseline: date | None = None
    criteria: str = "rano-2010"
    counts_t2_flair: bool | None = None
    structure: str = "CEL"
    """Name of the enhancing tumour in cases."""
    label: int | None = None
    """Its value in label maps; without it, BraTS' or the only one."""
    slice_thickness_mm: float | None = Field(default=None, gt=0.0)
    same_frame: bool = False
    """Whether all label maps lie in one frame and on one grid, registered."""
    has_measurable_disease: bool | None = None
    notes: tuple[str, ...] = ()
    """How a CSV file was read, where that is not plain CSV."""
    measures: tuple[Measure, ...] = (Measure.PRODUCT, Measure.VOLUME)
    scan: tuple[ScanRow, ...]


def read_response_table(path: Path, options: Mapping[str, Any]) -> ResponseTable:
    """Read scans; options replace what a TOML file says.

    Parameters
    ----------
    path : Path
        TOML with the keys of :class:`ResponseTable` and a table ``[[scan]]`` a date, or CSV with a column for each key
        of a scan; empty cells are not known. Paths are relative to it.
    options : mapping
        Keys of :class:`ResponseTable`.

    Raises
    ------
    ImpastoError
        When it does not read, or a key or value is not understood.
    """
    content = _read_csv(path) if path.suffix.lower() == ".csv" else _read_toml(path)
    table = validated({**content, **options}, ResponseTable, str(path))
    if not table.scan:
        raise ImpastoError(str(path), "there is no scan", "give one [[scan]] a date")
    for row in table.scan:
        given = [bool(row.labels), bool(row.case), row.product_mm2 is not None or row.volume_ml is not None]
        if sum(given) != 1:
            problem = f"the scan of {row.date} has {'no' if not any(given) else 'more than one'} source of its size"
            raise ImpastoError(str(path), problem, "give labels, case, or product_mm2 and volume_ml")
    scans = tuple(sorted(table.scan, key=lambda row: row.date))
    return table.model_copy(update={"scan": scans, "patient": table.patient or path.stem})


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file_content(path).decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImpastoError(
            str(path), f"it does not read as TOML ({error})", "give a TOML file or a CSV table"
        ) from None


def _read_csv(path: Path) -> dict[str, Any]:
    read = read_csv_cells(path)
    cells = [dict(zip(read.header, row, strict=True)) for row in read.rows]
    return {"notes": read.notes, "scan": [{key: value for key, value in row.items() if value} for row in cells]}
