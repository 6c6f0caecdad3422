"""Strength and direction of the diffusion weighting of one image, from the elements of the standard or of a scanner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from impasto.core.arrays import FloatArray
from impasto.files.dicom.header import number, numbers
from impasto.files.dicom.private_elements import csa_image_header, private_numbers

__all__ = ["Weighting", "diffusion_weighting"]

_Direction = tuple[float, float, float]

_GE_FLAG = 1_000_000_000
"""GE adds it to b-values to say that they were set one by one."""

_SHORT = (0.03, 0.97)
"""Length of GE's vectors that stand for a smaller b: shorter ones are zero, longer ones are rounded."""

_PHASE = "InPlanePhaseEncodingDirection"

_UNWEIGHTED_LENGTH = 1e-3


@dataclass(frozen=True, slots=True)
class Weighting:
    """Diffusion weighting of one image.

    Parameters
    ----------
    b_value_s_per_mm2 : float
    direction : tuple of float, optional
        Unit vector, LPS; None without weighting, or with none in particular, as in images combined over directions.
    source : str
        Which elements said it.
    """

    b_value_s_per_mm2: float
    direction: _Direction | None
    source: str


def diffusion_weighting(stated: Dataset, places: Sequence[Dataset], plane: Sequence[float]) -> Weighting | None:
    """Read how an image was weighted.

    Diffusion b-value (0018,9087) and Gradient Orientation (0018,9089) go before the private elements of Siemens
    ((0019,xx0C), (0019,xx0E), b-matrix (0019,xx27), else the CSA header), GE and Philips ((2001,xx03),
    (2005,xxB0..B2)).

    GE's vectors (0019,xxBB..BD) run along the read, phase and slice gradients, and a shell below the series' largest
    b-value (0043,xx39) is a shortened vector, b growing with its length squared (to the nearest 5 s/mm2). Read and
    phase lie along rows and columns of the image as In-plane Phase Encoding Direction (0018,1312) says; signs are
    those of GE's own validation (Shin 2025, published with dcm2niix's issue 970).

    Parameters
    ----------
    stated : Dataset
        Where the standard's elements are: the header, or the MR Diffusion macro of a frame.
    places : sequence of Dataset
        Where private elements may be.
    plane : sequence of float
        Image Orientation (Patient).

    Returns
    -------
    Weighting or None
        None where nothing states a b-value.
    """
    b_value, direction, source = _standard(stated)
    for vendor in (_siemens, _ge, _philips):
        if b_value is not None and (direction is not None or b_value == 0.0):
            break
        found = vendor(places, plane, b_value)
        if found is not None:
            b_value, direction, source = found
    if b_value is None or not np.isfinite(b_value):
        return None
    b_value = max(b_value, 0.0)
    undirected = str(stated.get("DiffusionDirectionality") or "") in ("NONE", "ISOTROPIC")
    return Weighting(b_value, None if undirected or b_value == 0.0 else direction, source)


def _standard(stated: Dataset) -> tuple[float | None, _Direction | None, str]:
    b_value = number(stated, "DiffusionBValue")
    orientation = stated.get("DiffusionGradientDirectionSequence") or [stated]
    direction = _unit(numbers(orientation[0], "DiffusionGradientOrientation"))
    matrix = stated.get("DiffusionBMatrixSequence")
    if direction is None and matrix:
        names = ("XX", "XY", "XZ", "YY", "YZ", "ZZ")
        elements = [number(matrix[0], f"DiffusionBValue{name}") for name in names]
        if None not in elements:
            trace, direction = _from_matrix([float(element or 0.0) for element in elements])
            b_value = trace if b_value is None else b_value
    return b_value, direction, "standard elements"


def _siemens(
    places: Sequence[Dataset], plane: Sequence[float], stated_b: float | None
) -> tuple[float, _Direction | None, str] | None:
    block = (0x0019, "SIEMENS MR HEADER")
    said = private_numbers(places, *block, 0x0C, "IS")
    vector = private_numbers(places, *block, 0x0E, "FD")
    matrix = private_numbers(places, *block, 0x27, "FD")
    source = "Siemens private elements"
    if not (said or vector or matrix):
        tags = next((tags for tags in map(csa_image_header, places) if "B_value" in tags), {})
        named = ("B_value", "DiffusionGradientDirection", "B_matrix")
        said, vector, matrix = (tuple(float(value) for value in tags.get(name, ())) for name in named)
        source = "Siemens CSA header"
    b_value = stated_b if stated_b is not None or not said else said[0]
    if b_value is None or not (said or vector or matrix):
        return None
    # of one old version, every component below -1 marks an image without weighting
    if len(vector) == 3 and max(vector) < -1.0:
        return 0.0, None, source
    direction = _unit(vector)
    if direction is None and len(matrix) == 6 and b_value > 0.0:
        direction = _from_matrix(matrix)[1]
    return b_value, direction, source


def _ge(
    places: Sequence[Dataset], plane: Sequence[float], stated_b: float | None
) -> tuple[float, _Direction | None, str] | None:
    said = private_numbers(places, 0x0043, "GEMS_PARM_01", 0x39, "IS")
    if not said:
        return None
    b_value = said[0] % _GE_FLAG if stated_b is None else stated_b
    parts = [private_numbers(places, 0x0019, "GEMS_ACQU_01", element, "DS") for element in (0xBB, 0xBC, 0xBD)]
    if not all(parts):
        return b_value, None, "GE private elements"
    read, phase, through = (part[0] for part in parts)
    length = float(np.linalg.norm((read, phase, through)))
    if _SHORT[0] < length < _SHORT[1] and b_value > 0.0:
        b_value = max(5.0, 5.0 * round(b_value * length**2 / 5.0))
    encoded = next((place.InPlanePhaseEncodingDirection for place in places if _PHASE in place), "")
    direction = _from_logical_axes(read, phase, through, encoded == "ROW", plane) if length > _SHORT[0] else None
    assumed = "" if encoded or direction is None else ", phase encoding taken as along columns since nothing says it"
    return b_value, direction, f"GE private elements{assumed}"


def _from_logical_axes(
    read: float, phase: float, through: float, phase_along_rows: bool, plane: Sequence[float]
) -> _Direction | None:
    """Turn a vector along GE's read, phase and slice gradients into the patient's axes."""
    row, column = np.array(plane[:3]), np.array(plane[3:])
    normal = np.cross(row, column)
    if np.argmax(np.abs(normal)) == 1:  # coronal
        phase = -phase
    across, down = (phase, -read) if phase_along_rows else (read, phase)
    return _unit(across * row + down * column - through * normal)


def _philips(
    places: Sequence[Dataset], plane: Sequence[float], stated_b: float | None
) -> tuple[float, _Direction | None, str] | None:
    said = private_numbers(places, 0x2001, "Philips Imaging DD 001", 0x03, "FL")
    if not said:
        return None
    creator = "Philips MR Imaging DD 001"
    parts = [private_numbers(places, 0x2005, creator, element, "FL") for element in (0xB0, 0xB1, 0xB2)]
    direction = _unit([part[0] for part in parts]) if all(parts) else None
    return (said[0] if stated_b is None else stated_b), direction, "Philips private elements"


def _unit(vector: Sequence[float] | FloatArray) -> _Direction | None:
    length = float(np.linalg.norm(vector)) if len(vector) == 3 else 0.0
    if not np.isfinite(length) or length < _UNWEIGHTED_LENGTH:
        return None
    x, y, z = (float(component) / length for component in vector)
    return x, y, z


def _from_matrix(elements: Sequence[float]) -> tuple[float, _Direction | None]:
    """Trace and main direction of a b-matrix given as xx, xy, xz, yy, yz, zz."""
    xx, xy, xz, yy, yz, zz = elements
    values, vectors = np.linalg.eigh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    isotropic = values[2] - values[1] < 0.5 * max(values[2], 1e-9)
    return float(values.sum()), None if isotropic else _unit(vectors[:, 2])
