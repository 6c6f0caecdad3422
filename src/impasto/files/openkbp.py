"""Patients of the OpenKBP head-and-neck data set (Babier 2021): sparse CSV files on a 128 x 128 x 128 grid.

The data set stores arrays as [posterior, left, inferior]; here they are turned to [left, posterior, superior].
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.dose import Dose
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure, StructureSet

__all__ = ["OpenKbpPatient", "is_openkbp", "read_openkbp"]

_SHAPE = (128, 128, 128)
_FRACTIONS = 35
_CT_NUMBER_OF_ZERO = -1000.0
"""CT values are stored without a sign; with this offset muscle lies at 35 to 60 HU in the published patients."""

_DOSE_MASK = "possible_dose_mask"
_COLOURS = {
    "PTV70": (214, 39, 40),
    "PTV63": (234, 138, 0),
    "PTV56": (202, 178, 20),
    "Brainstem": (37, 99, 235),
    "SpinalCord": (5, 150, 105),
    "RightParotid": (124, 58, 237),
    "LeftParotid": (192, 80, 210),
    "Mandible": (148, 163, 184),
    "Esophagus": (146, 94, 60),
    "Larynx": (14, 165, 233),
    _DOSE_MASK: (120, 120, 120),
}


@dataclass(frozen=True, eq=False)
class OpenKbpPatient:
    """One patient: planning CT, structures, and the clinical-style dose where supplied."""

    ct: Image
    structures: StructureSet
    dose: Dose | None
    notes: tuple[str, ...]


def is_openkbp(folder: Path) -> bool:
    """Whether a folder holds an OpenKBP patient."""
    return all((folder / name).is_file() for name in ("ct.csv", "voxel_dimensions.csv", f"{_DOSE_MASK}.csv"))


def read_openkbp(folder: Path) -> OpenKbpPatient:
    """Read one patient's folder.

    Parameters
    ----------
    folder : Path
        Holds ``ct.csv``, ``voxel_dimensions.csv``, ``possible_dose_mask.csv``, one CSV per structure and maybe
        ``dose.csv``.

    Returns
    -------
    OpenKbpPatient
        The grid is centred on the origin: the data set has no patient coordinates.

    Raises
    ------
    ImpastoError
        When a file is missing or is not the sparse form.
    """
    if not is_openkbp(folder):
        raise ImpastoError(
            str(folder), "is not an OpenKBP patient", "give a folder with ct.csv and voxel_dimensions.csv"
        )
    rows_mm, columns_mm, slices_mm = np.loadtxt(folder / "voxel_dimensions.csv")
    grid = Grid.centred(_SHAPE, (columns_mm, rows_mm, slices_mm))
    stored_ct = _dense(folder / "ct.csv")
    ct = Image((stored_ct + _CT_NUMBER_OF_ZERO).astype(np.int16), grid, "CT number", "[hnsf'U]")
    others = {"ct", "dose", "voxel_dimensions"}
    names = sorted((p.stem for p in folder.glob("*.csv") if p.stem not in others), key=_drawing_order)
    structures = StructureSet(tuple(_structure(folder, name, grid) for name in names))
    dose = None
    if (folder / "dose.csv").is_file():
        dose_image = Image(_dense(folder / "dose.csv").astype(np.float32), grid, "dose", "Gy")
        dose = Dose(dose_image, _FRACTIONS, label="supplied dose")
    notes = (
        f"CT numbers are the stored values {_CT_NUMBER_OF_ZERO:+g} HU",
        "the data set has no patient coordinates: the grid is centred on the origin",
        f"the supplied dose is taken as {_FRACTIONS} fractions",
    )
    return OpenKbpPatient(ct, structures, dose, notes)


def _structure(folder: Path, name: str, grid: Grid) -> Structure:
    role = Role.PTV if name.startswith("PTV") else Role.EXTERNAL if name == _DOSE_MASK else Role.ORGAN
    mask = Image((_dense(folder / f"{name}.csv") > 0).astype(np.uint8), grid, "occupancy", "1")
    return Structure(name, role, mask=mask, colour=_COLOURS.get(name, (255, 200, 0)))


def _dense(path: Path) -> FloatArray:
    """Fill a sparse CSV of (flat index, value) into the grid, turned to [left, posterior, superior]."""
    try:
        table = np.genfromtxt(path, delimiter=",", skip_header=1, ndmin=2)
        index = table[:, 0].astype(np.int64)
        flat = np.zeros(int(np.prod(_SHAPE)))
        # masks list voxels without a value
        flat[index] = 1.0 if np.isnan(table[:, 1]).all() else table[:, 1]
    except (OSError, IndexError, ValueError) as error:
        raise ImpastoError(str(path), f"is not a sparse OpenKBP table ({error})", "download it again") from None
    turned: FloatArray = flat.reshape(_SHAPE).transpose(1, 0, 2)[:, :, ::-1]
    return turned


def _drawing_order(name: str) -> tuple[bool, int]:
    known = list(_COLOURS)
    return (name == _DOSE_MASK, known.index(name) if name in known else len(known))
