"""Reading the headers of DICOM files, as they come: odd values, no file preamble, cut short."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pydicom
from pydicom import config
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from impasto.core.errors import ImpastoError

__all__ = [
    "DAMAGE",
    "decoding",
    "earliest_frame",
    "lenient",
    "number",
    "numbers",
    "read_header",
    "read_instance",
    "with_converted_elements",
]

DAMAGE = (
    AttributeError,
    BytesLengthException,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
    struct.error,
)
"""What pydicom raises on bytes that are not what their header promises."""

_PREAMBLE = 128
_SEQUENCE_END = b"\xfe\xff\xdd\xe0"


@contextmanager
def lenient() -> Iterator[None]:
    """Let values pass that break DICOM's rules on form, such as labels that are too long: they harm nothing here."""
    with warnings.catch_warnings(), config.disable_value_validation():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read or decoded into one error that names the file.

    Raises
    ------
    ImpastoError
        When the file cannot be read, is cut short or damaged.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:  # pydicom's own, for bytes that end too early
            raise ImpastoError(str(path), f"is cut short ({error})", "export or copy it again") from error
        remedy = "check the path and the right to read it"
        raise ImpastoError(str(path), f"cannot be read ({error.strerror})", remedy) from error
    except DAMAGE as error:
        raise ImpastoError(str(path), f"is damaged or cut short ({error})", "export or copy it again") from error


def read_header(path: Path) -> Dataset:
    """Read everything before the pixels, and make sure that the pixels are all there.

    Raises
    ------
    ImpastoError
        When the file is not DICOM, damaged or cut short.
    """
    with decoding(path), path.open("rb") as stream:
        header = _parsed(path, stream, stop_before_pixels=True)
        _require_whole(path, header, stream)
        return header


def read_instance(path: Path) -> Dataset:
    """Read a whole file, pixels still encoded.

    Raises
    ------
    ImpastoError
        When the file is not DICOM, damaged or cut short.
    """
    with decoding(path), path.open("rb") as stream:
        return _parsed(path, stream, stop_before_pixels=False)


def number(header: Dataset, keyword: str) -> float | None:
    """Return an element's first value as a number; None when it is absent or empty."""
    values = numbers(header, keyword)
    return values[0] if values else None


def numbers(header: Dataset, keyword: str) -> tuple[float, ...]:
    """Return an element's values as numbers; none when it is absent or empty."""
    value = header.get(keyword)
    if value is None or value == "":
        return ()
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        return (float(value),)
    return tuple(float(item) for item in value)


def earliest_frame(header: Dataset) -> Dataset:
    """Return the functional groups of a multi-frame file's first acquired frame; nothing for other files."""
    groups = list(header.get("PerFrameFunctionalGroupsSequence") or ())

    def acquired(group: Dataset) -> str:
        content = group.get("FrameContentSequence")
        return str(content[0].get("FrameAcquisitionDateTime") or "") if content else ""

    return min(groups, key=acquired, default=Dataset())


def with_converted_elements(header: Dataset) -> Dataset:
    """Return a header with the elements that a conversion from single-frame files has put aside.

    Legacy converted multi-frame files keep what has no other place in sequences: once for all frames, and per frame.
    Of the latter those of the earliest frame are taken.
    """
    shared = header.get("SharedFunctionalGroupsSequence") or ()
    aside = [item for group in shared for item in group.get("UnassignedSharedConvertedAttributesSequence") or ()]
    aside += list(earliest_frame(header).get("UnassignedPerFrameConvertedAttributesSequence") or ())
    if not aside:
        return header
    whole = Dataset()
    for source in (*aside, header):
        whole.update(source)
    return whole


def _parsed(path: Path, stream: BinaryIO, stop_before_pixels: bool) -> FileDataset:
    start = stream.read(_PREAMBLE + 4)
    stream.seek(0)
    # data sets sent without a file header begin with group 2 or group 8
    headless = not start.endswith(b"DICM") and start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08")
    try:
        header = pydicom.dcmread(stream, stop_before_pixels=stop_before_pixels, force=headless)
    except InvalidDicomError:
        raise ImpastoError(str(path), "is not a DICOM file", "leave it out, or export it again") from None
    says_its_kind = "SOPClassUID" in header or "MediaStorageSOPClassUID" in header.file_meta or "Modality" in header
    if not says_its_kind:
        problem = "is not a DICOM file" if headless else "does not say what kind of DICOM object it is"
        raise ImpastoError(str(path), problem, "leave it out, or export it again")
    if "TransferSyntaxUID" not in header.file_meta:
        implicit, little = header.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        header.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    return header


def _require_whole(path: Path, header: Dataset, stream: BinaryIO) -> None:
    """Raise when fewer bytes follow the header than its pixels need. `stream` stands where the pixels begin."""
    syntax = UID(header.file_meta.TransferSyntaxUID)
    if "Rows" not in header or "Columns" not in header or syntax == DeflatedExplicitVRLittleEndian:
        return
    begin = stream.tell()
    end = stream.seek(0, 2)
    cut = ImpastoError(str(path), "is cut short: its pixels are not all there", "export or copy it again")
    if syntax.is_compressed:
        stream.seek(max(begin, end - 4096))
        if _SEQUENCE_END not in stream.read():
            raise cut
        return
    samples = (
        header.Rows * header.Columns * int(header.get("SamplesPerPixel", 1)) * int(header.get("NumberOfFrames", 1))
    )
    if str(header.get("PhotometricInterpretation", "")).startswith("YBR_FULL_422"):
        samples = samples * 2 // 3
    element_header = 8 if header.original_encoding[0] else 12
    if end - begin - element_header < samples * int(header.get("BitsAllocated") or 16) // 8:
        raise cut
