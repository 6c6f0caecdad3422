"""What a case holds, as tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from impasto.core import Grid, Spectra
from impasto.core.arrays import RealArray
from impasto.files import Case, EntryKind, native
from impasto.workflow.record import read_record
from impasto.workflow.results import protocols_run

__all__ = ["CaseSummary", "summarise_case"]

Row = list[str | int | float]


@dataclass(frozen=True)
class CaseSummary:
    """Rows of the tables that describe a case; units are in the headings that show them.

    Parameters
    ----------
    subject : str
    simulated : bool
    images : list of rows
        Name, modality, quantity, unit, voxels, spacing [mm], range of values.
    structures : dict of str to list of rows
        For each set: name, role, volume [ml].
    doses : list of rows
        Name, voxels, spacing [mm], fractions, maximum [Gy].
    spectra : list of rows
        Name, voxels, spacing [mm], points, spectral width [Hz], nucleus and frequency [MHz], echo time [ms], whether
        with a water reference.
    results : list of rows
        Protocol, step, stage, when finished, outputs.
    """

    subject: str
    simulated: bool
    images: list[Row]
    structures: dict[str, list[Row]]
    doses: list[Row]
    spectra: list[Row]
    results: list[Row]

    def to_record(self) -> dict[str, Any]:
        """Return the tables as plain JSON values."""
        return asdict(self)


def summarise_case(case: Case) -> CaseSummary:
    """Read every entry of a case and describe it."""
    images: list[Row] = []
    for entry in case.of_kind(EntryKind.IMAGE):
        image = native.read_image(case.path(entry))
        frames = "" if image.times_s is None else f" x {len(image.times_s)} frames"
        voxels = _voxels(image.grid) + frames
        values = _range(image.data)
        images.append([entry.name, entry.modality, image.quantity, image.unit, voxels, _spacing(image.grid), values])
    structures: dict[str, list[Row]] = {
        entry.name: [[s.name, str(s.role), s.volume_ml()] for s in native.read_structures(case.path(entry))]
        for entry in case.of_kind(EntryKind.STRUCTURES)
    }
    doses: list[Row] = []
    for entry in case.of_kind(EntryKind.DOSE):
        dose = native.read_dose(case.path(entry))
        maximum = float(dose.gy.max())
        doses.append([entry.name, _voxels(dose.grid), _spacing(dose.grid), dose.fractions, maximum])
    spectra = [
        _spectra_row(entry.name, native.read_spectra(case.path(entry))) for entry in case.of_kind(EntryKind.SPECTRA)
    ]
    return CaseSummary(case.subject, case.simulated, images, structures, doses, spectra, _results(case))


def _spectra_row(name: str, spectra: Spectra) -> Row:
    return [
        name,
        _voxels(spectra.grid),
        _spacing(spectra.grid),
        spectra.fid.shape[3],
        round(1.0 / spectra.dwell_s),
        f"{spectra.nucleus} {spectra.frequency_mhz:.2f}",
        round(1e3 * spectra.echo_time_s, 3),
        "no" if spectra.water is None else "yes",
    ]


def _results(case: Case) -> list[Row]:
    rows: list[Row] = []
    for protocol in protocols_run(case):
        for folder in sorted(path.parent for path in case.results_folder(protocol).glob("*/record.json")):
            record = read_record(folder)
            if record is not None:
                rows.append([protocol, record.step, record.stage, record.finished, ", ".join(record.outputs)])
    return sorted(rows, key=lambda row: (row[0], row[3]))


def _range(values: RealArray) -> str:
    known = values[~np.isnan(values)]
    if known.size == 0:
        return "no value"
    missing = "" if known.size == values.size else f", {values.size - known.size} without a value"
    return f"{float(known.min()):.4g} to {float(known.max()):.4g}{missing}"


def _voxels(grid: Grid) -> str:
    return " x ".join(str(n) for n in grid.shape)


def _spacing(grid: Grid) -> str:
    return " x ".join(f"{s:.3g}" for s in grid.spacing_mm)
