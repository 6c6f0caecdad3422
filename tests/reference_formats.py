"""Readers for the file formats of reference data that impasto itself does not read: NRRD and VTK contours.

Only what the reference files use. Everything comes out in LPS mm.
"""

from __future__ import annotations

import base64
import csv
import gzip
import re
import struct
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid

_TYPES = {"float": "f4", "double": "f8", "short": "i2", "unsigned short": "u2", "unsigned char": "u1", "int": "i4"}
_VTK_TYPES = {"Float32": "<f4", "Float64": "<f8", "Int32": "<i4", "Int64": "<i8"}
_RAS_TO_LPS = np.array([-1.0, -1.0, 1.0])


def read_nrrd(path: Path, *, frame: str | None = None) -> tuple[NDArray[np.float64], Grid, dict[str, str]]:
    """Read a gzipped or raw 3D NRRD: values, grid and header.

    `frame` ("LPS" or "RAS") is for files that do not name their space.
    """
    head, _, body = path.read_bytes().partition(b"\n\n")
    header = dict(re.findall(r"^([^#:\n]+):=?\s*(.*)$", head.decode(), flags=re.MULTILINE))
    sizes = [int(n) for n in header["sizes"].split()]
    raw = gzip.decompress(body) if header["encoding"] in ("gzip", "gz") else body
    order = "<" if header.get("endian", "little") == "little" else ">"
    values = np.frombuffer(raw, order + _TYPES[header["type"]]).reshape(sizes, order="F")
    vectors = [[float(x) for x in v.split(",")] for v in re.findall(r"\(([^)]*)\)", header["space directions"])]
    origin = [float(x) for x in header["space origin"].strip("()").split(",")]
    space = header.get("space", frame)
    if space is None:
        raise ValueError(f"{path}: names no space: say which")
    to_lps = np.ones(3) if space in ("LPS", "left-posterior-superior") else _RAS_TO_LPS
    affine = np.eye(4)
    affine[:3, :3] = np.array(vectors)[:3, :3].T * to_lps[:, None]
    affine[:3, 3] = np.array(origin)[:3] * to_lps
    data = values.reshape(sizes[:3]).astype(np.float64)
    return data, Grid((sizes[0], sizes[1], sizes[2]), affine), header


def read_vtk_contours(path: Path) -> dict[str, tuple[NDArray[np.float64], ...]]:
    """Read the closed planar contours of a .seg.vtm: segment name -> polygons, from RAS mm to LPS mm."""
    listed = ElementTree.parse(path).getroot().iter("DataSet")
    return dict(_read_vtp(path.parent / item.attrib["file"]) for item in listed)


def read_table(path: Path) -> list[list[str]]:
    """Read a comma-separated table, header first."""
    with path.open(newline="") as file:
        return list(csv.reader(file))


def _read_vtp(path: Path) -> tuple[str, tuple[NDArray[np.float64], ...]]:
    root = ElementTree.parse(path).getroot()
    names = {item.attrib["Name"]: item for item in root.iter("Array")}
    name = _decoded(names["Segment_Name"]).rstrip(b"\0").decode()
    points = _array(_found(root, ".//Points/DataArray")).reshape(-1, 3).astype(np.float64) * _RAS_TO_LPS
    lines = {item.attrib["Name"]: _array(item) for item in _found(root, ".//Lines")}
    polygons = [points[index] for index in np.split(lines["connectivity"], lines["offsets"][:-1])]
    # the last point repeats the first
    return name, tuple(polygon[:-1] if np.allclose(polygon[0], polygon[-1]) else polygon for polygon in polygons)


def _found(root: ElementTree.Element, query: str) -> ElementTree.Element:
    found = root.find(query)
    if found is None:
        raise ValueError(f"no {query}")
    return found


def _array(element: ElementTree.Element) -> NDArray[np.generic]:
    return np.frombuffer(_decoded(element), _VTK_TYPES[element.attrib["type"]])


def _decoded(element: ElementTree.Element) -> bytes:
    """Inflate VTK's base64 blocks: a header of 32-bit numbers (blocks, size, last size, compressed sizes), the data."""
    text = "".join((element.text or "").split())
    blocks = struct.unpack("<I", base64.b64decode(text[:8])[:4])[0]
    header_length = 4 * -(-(12 + 4 * blocks) // 3)
    sizes = struct.unpack(f"<{3 + blocks}I", base64.b64decode(text[:header_length])[: 12 + 4 * blocks])[3:]
    data, start, inflated = base64.b64decode(text[header_length:]), 0, b""
    for size in sizes:
        inflated += zlib.decompress(data[start : start + size])
        start += size
    return inflated
