"""Siemens mosaics: all slices of one volume laid out as tiles of one image."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.files.dicom.header import numbers
from impasto.files.dicom.private_elements import csa_image_header, private_numbers

__all__ = ["Mosaic", "mosaic_of", "tile"]


@dataclass(frozen=True, eq=False)
class Mosaic:
    """How slices lie in a mosaic, and where in the patient.

    Parameters
    ----------
    slices : int
        Tiles in use: row by row from the upper left, the last ones may be blank.
    tiles_per_side : int
    shape : tuple of int
        Columns, rows of a tile.
    first_mm, step_mm : ndarray, shape (3,)
        LPS position of the first slice's first pixel, and from slice to slice.
    """

    slices: int
    tiles_per_side: int
    shape: tuple[int, int]
    first_mm: FloatArray
    step_mm: FloatArray


def mosaic_of(path: Path, header: Dataset) -> Mosaic | None:
    """Work out a mosaic's layout; None when the image is none.

    The header's position is that of the corner which the first slice would have if it were as large as the whole
    mosaic around the same centre. Slices follow each other along the Slice Normal Vector of the CSA header, which may
    point against the normal of the image orientation; without that header they are taken to follow the latter.

    Raises
    ------
    ImpastoError
        When the number of slices is not stated, or does not fit the image.
    """
    if "MOSAIC" not in (header.get("ImageType") or ()):
        return None
    csa = csa_image_header(header)
    stated = private_numbers((header,), 0x0019, "SIEMENS MR HEADER", 0x0A, "US")
    count = int(stated[0] if stated else float(next(iter(csa.get("NumberOfImagesInMosaic", ())), 0)))
    side = ceil(sqrt(count))
    columns, rows = int(header.Columns), int(header.Rows)
    if count < 1 or columns % side or rows % side:
        problem = f"is a mosaic of {columns} x {rows} pixels that holds {count or 'an unknown number of'} slices"
        raise ImpastoError(str(path), problem, "export it as single slices or as an enhanced multi-frame image")
    shape = columns // side, rows // side
    plane, spacing = numbers(header, "ImageOrientationPatient"), numbers(header, "PixelSpacing")
    row, column = np.array(plane[:3]), np.array(plane[3:])
    corner = np.array(numbers(header, "ImagePositionPatient"))
    first = corner + row * spacing[1] * (columns - shape[0]) / 2.0 + column * spacing[0] * (rows - shape[1]) / 2.0
    normal = np.cross(row, column)
    along = [float(value) for value in csa.get("SliceNormalVector", ())]
    if len(along) == 3 and float(np.dot(along, normal)) < 0.0:
        normal = -normal
    distance = numbers(header, "SpacingBetweenSlices") or numbers(header, "SliceThickness") or (0.0,)
    return Mosaic(count, side, shape, first, normal / np.linalg.norm(normal) * distance[0])


def tile(image: NDArray[Any], tiles_per_side: int, number: int) -> NDArray[Any]:
    """Cut one slice, counted from 0, out of a mosaic's pixels."""
    rows, columns = image.shape[0] // tiles_per_side, image.shape[1] // tiles_per_side
    down, across = divmod(number, tiles_per_side)
    return image[down * rows : (down + 1) * rows, across * columns : (across + 1) * columns]
