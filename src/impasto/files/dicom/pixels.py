"""Decoding stored pixel values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import iter_pixels
from pydicom.uid import UID

from impasto.core.errors import ImpastoError
from impasto.files.dicom.header import DAMAGE

__all__ = ["stored_frames"]


def stored_frames(path: Path, dataset: Dataset, numbers: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Decode frames of a grey-scale image one by one.

    Parameters
    ----------
    path : Path
        For messages.
    dataset : Dataset
    numbers : sequence of int
        Frames wanted, from 0, in the order wanted.

    Yields
    ------
    ndarray, shape (row, column)
        Stored values, without rescale.

    Raises
    ------
    ImpastoError
        When the image is not grey-scale, or its pixels cannot be decoded here or are damaged.
    """
    _require_grey(path, dataset)
    _require_decoder(path, UID(dataset.file_meta.TransferSyntaxUID))
    try:
        many = int(dataset.get("NumberOfFrames") or 1) > 1
        for frame in iter_pixels(dataset, indices=list(numbers) if many else None):
            yield _without_unused_bits(frame, dataset)
    except (*DAMAGE, RuntimeError, OSError) as error:
        raise ImpastoError(str(path), f"its pixels cannot be decoded ({error})", "export or copy it again") from error


def _require_grey(path: Path, dataset: Dataset) -> None:
    interpretation = str(dataset.get("PhotometricInterpretation") or "not stated")
    samples = int(dataset.get("SamplesPerPixel") or 1)
    # MONOCHROME1 asks viewers to show high values dark; where a rescale gives the values a meaning it changes nothing
    calibrated = interpretation == "MONOCHROME1" and dataset.get("Modality") in ("CT", "PT")
    if samples != 1 or not (interpretation == "MONOCHROME2" or calibrated):
        problem = f"its photometric interpretation is {interpretation}, not plain grey (MONOCHROME2)"
        raise ImpastoError(str(path), problem, "leave it out, or export the original images")


def _require_decoder(path: Path, syntax: UID) -> None:
    if not syntax.is_encapsulated:
        return
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        problem = f"its pixels are compressed as {syntax.name}, for which no decoder is installed"
        raise ImpastoError(str(path), problem, "export it uncompressed, or install a decoder that pydicom finds")


def _without_unused_bits(frame: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Clear what old scanners hide above the stored bits (overlays), and extend the sign."""
    allocated, stored = int(dataset.get("BitsAllocated") or 16), int(dataset.get("BitsStored") or 16)
    unused = allocated - stored
    if unused <= 0 or frame.dtype.kind not in "iu" or frame.dtype.itemsize * 8 != allocated:
        return frame
    cleared: NDArray[Any] = np.right_shift(np.left_shift(frame, unused), unused)
    return cleared
