"""Opening the DICOM RT objects of other systems: with or without a file header, whole, and of the right kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.valuerep import TEXT_VR_DELIMS

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.files.dicom.header import decoding, lenient, read_instance

__all__ = ["opened_rt", "read_decimal", "read_decimals", "read_positions", "read_text", "referenced_uids"]

_UNDEFINED_LENGTH = 0xFFFFFFFF


@contextmanager
def opened_rt(path: Path, modality: str) -> Iterator[Dataset]:
    """Open an RT object for the length of a block; whatever in it cannot be decoded is one error about the file.

    Values that break DICOM's rules on form (a label that is too long, an unknown character set) are let through:
    many systems write them and they harm nothing.

    Parameters
    ----------
    path : Path
        A DICOM file; one that begins without preamble and file meta information is read too.
    modality : str
        What it must be: ``RTSTRUCT``, ``RTDOSE`` or ``RTPLAN``.

    Raises
    ------
    ImpastoError
        When the file is missing, not DICOM, damaged, or of another modality.
    """
    with lenient(), decoding(path):
        dataset = read_instance(path)
        found = str(dataset.get("Modality", "") or "")
        if found != modality:
            raise ImpastoError(str(path), f"its modality is {found or 'not stated'}", f"give an {modality} file")
        _require_whole(dataset, path)
        yield dataset


def read_decimals(dataset: Dataset, keyword: str) -> FloatArray:
    """Return a decimal-string element as numbers, shape (value,); empty when it is absent.

    Raises
    ------
    ValueError
        When a value is not a number.
    """
    if keyword not in dataset:
        return np.zeros(0)
    value = dataset.get_item(keyword).value
    if isinstance(value, bytes):
        text = value.decode("ascii").strip(" \0")
        return np.array(text.split("\\") if text else [], dtype=np.float64)
    return np.atleast_1d(np.asarray([] if value is None else value, dtype=np.float64))


def read_decimal(dataset: Dataset, keyword: str) -> float | None:
    """Return the first value of a decimal-string element; None when it is absent or empty.

    Raises
    ------
    ValueError
        When a value is not a number.
    """
    numbers = read_decimals(dataset, keyword)
    return float(numbers[0]) if len(numbers) else None


def read_positions(dataset: Dataset, keyword: str, subject: str) -> FloatArray:
    """Return a decimal-string element as points, shape (point, 3), LPS mm.

    Raises
    ------
    ImpastoError
        When the numbers are not finite triples.
    """
    try:
        numbers = read_decimals(dataset, keyword)
    except ValueError as error:
        raise ImpastoError(subject, f"holds something that is not a number ({error})", "export it again") from None
    if len(numbers) % 3:
        raise ImpastoError(subject, f"its {len(numbers)} numbers are not x, y, z triples", "export it again")
    if not np.isfinite(numbers).all():
        raise ImpastoError(subject, "has coordinates that are not finite numbers", "export it again")
    return numbers.reshape(-1, 3)


def read_text(dataset: Dataset, keyword: str, character_set: str | list[str] | None) -> tuple[str, bool]:
    """Decode a text element by its character set, else by UTF-8, else by Latin-1.

    Parameters
    ----------
    dataset : Dataset
    keyword : str
    character_set : str or list of str, optional
        Specific Character Set of the file; an item's own comes first.

    Returns
    -------
    text : str
        Empty when the element is absent.
    as_declared : bool
        Whether the declared character set explained every byte.
    """
    if keyword not in dataset:
        return "", True
    value = dataset.get_item(keyword).value
    if not isinstance(value, bytes):
        return str(value or "").strip(), True
    value = value.strip(b" \0")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii"), True
    declared = dataset.get("SpecificCharacterSet", character_set) or ""
    names = [declared] if isinstance(declared, str) else list(declared)
    if any(names) and all(name in pydicom.charset.python_encoding for name in names):
        encodings = pydicom.charset.convert_encodings(names)
        decoded = pydicom.charset.decode_bytes(value, encodings, TEXT_VR_DELIMS)
        if "\ufffd" not in decoded and "\x1b" not in decoded:
            return decoded, True
    try:
        return value.decode("utf-8"), False
    except UnicodeDecodeError:
        return value.decode("latin-1"), False


def referenced_uids(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """SOP instance UIDs that a sequence of references names, in order."""
    items = dataset.get(keyword) or []
    return tuple(str(item.ReferencedSOPInstanceUID) for item in items if "ReferencedSOPInstanceUID" in item)


def _require_whole(dataset: Dataset, path: Path) -> None:
    """Raise when the file ends within an element: pydicom itself passes over that in silence."""
    for tag in dataset.keys():  # noqa: SIM118 - iterating over the data set itself would decode every element
        element = dataset.get_item(tag)
        if not isinstance(element, RawDataElement) or element.length == _UNDEFINED_LENGTH:
            continue
        if len(element.value or b"") < element.length:
            name = pydicom.datadict.keyword_for_tag(element.tag) or str(element.tag)
            raise ImpastoError(str(path), f"ends within {name}", "the file is cut short: export or copy it again")
