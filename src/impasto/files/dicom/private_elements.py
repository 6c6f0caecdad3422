"""Numbers from scanners' private elements, also where an archive has lost their types."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from pydicom.dataset import Dataset

__all__ = ["csa_image_header", "private_numbers", "private_value"]

_BINARY = {"FD": "d", "FL": "f", "US": "H"}


def private_value(header: Dataset, group: int, creator: str, element: int) -> Any:
    """Return the value of a private element by the block its creator has reserved; None when it is not there."""
    # Dataset.private_block copies the group, which takes as long as all the rest of a header; nor does iterating over
    # the keys parse any element
    for tag in tuple(header.keys()):
        if tag >> 16 == group and 0x10 <= tag & 0xFFFF <= 0xFF and str(header[tag].value).strip() == creator:
            found = header.get((group, (tag & 0xFF) << 8 | element))
            return None if found is None else found.value
    return None


def private_numbers(
    places: Iterable[Dataset], group: int, creator: str, element: int, representation: str
) -> tuple[float, ...]:
    """Return a private element's numbers from the first place that states it; none where none does.

    Parameters
    ----------
    places : iterable of Dataset
    group, element : int
        The element's number within its creator's block: 0x0C of (0019,xx0C).
    creator : str
    representation : str
        VR by the scanner's conformance statement: used for values that come as bytes, as archives keep elements whose
        type was lost.
    """
    for place in places:
        value = private_value(place, group, creator, element)
        if value is None or value == "":
            continue
        if isinstance(value, (bytes, bytearray)):
            value = _from_bytes(bytes(value), representation)
        elif isinstance(value, str) or not hasattr(value, "__iter__"):
            value = [value]
        return tuple(float(item) for item in value)
    return ()


def csa_image_header(header: Dataset) -> dict[str, tuple[str, ...]]:
    """Take apart the image part of Siemens' CSA header (0029,xx10).

    A header of type 2 begins with ``SV10``. Each of its tags holds name, number of values, type and items; an item is
    preceded by four integers of which the second is its length, and padded to four bytes. In type 1 the first of the
    four, less the item count of the first tag, is the length.

    Returns
    -------
    dict of str to tuple of str
        Non-empty values by tag; empty when there is no such header or it is damaged.
    """
    raw = private_value(header, 0x0029, "SIEMENS CSA HEADER", 0x10)
    if not isinstance(raw, (bytes, bytearray)):
        return {}
    try:
        return _csa_tags(bytes(raw))
    except (struct.error, UnicodeDecodeError):
        return {}


def _csa_tags(raw: bytes) -> dict[str, tuple[str, ...]]:
    modern = raw[:4] == b"SV10"
    at = 8 if modern else 0
    (count,) = struct.unpack_from("<I", raw, at)
    at += 8
    tags: dict[str, tuple[str, ...]] = {}
    first_items = None
    for _ in range(count):
        name, _, _, _, items, _ = struct.unpack_from("<64si4siii", raw, at)
        first_items = items if first_items is None else first_items
        at += 84
        values = []
        for _ in range(items):
            lengths = struct.unpack_from("<4i", raw, at)
            length = lengths[1] if modern else lengths[0] - first_items
            at += 16
            if length < 0 or at + length > len(raw):
                raise struct.error("an item is longer than the header")
            values.append(raw[at : at + length].split(b"\0")[0].decode("latin-1").strip())
            at += (length + 3) // 4 * 4
        tags[name.split(b"\0")[0].decode("latin-1")] = tuple(value for value in values if value)
    return tags


def _from_bytes(raw: bytes, representation: str) -> list[Any]:
    code = _BINARY.get(representation)
    if code is None:
        return [word for word in raw.decode("ascii", "replace").strip("\0 ").split("\\") if word]
    return list(struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw))
