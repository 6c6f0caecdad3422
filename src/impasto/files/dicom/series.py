"""Reading an image series into an image, its identity and its PET facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.mr_acquisition import MrAcquisition
from impasto.core.pet_acquisition import PetAcquisition
from impasto.core.progress import Progress, silent
from impasto.files.dicom.frame import Frame
from impasto.files.dicom.grouping import SeriesFiles
from impasto.files.dicom.header import lenient, read_instance, with_converted_elements
from impasto.files.dicom.mr_header import mr_acquisition
from impasto.files.dicom.pet_header import pet_acquisition, pet_units
from impasto.files.dicom.pixels import stored_frames
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.scan import scan
from impasto.files.dicom.stacking import Stack, stacked

__all__ = ["ImageSeries", "read_series", "read_series_folder"]

_FRAMES_AT_ONCE = 16
"""Frames gathered before they are written across the k axis, which is the slow way through the array."""

_PET_QUANTITIES = {
    ("BQML", ""): ("activity concentration", "Bq/mL"),
    ("CNTS", ""): ("counts", "{counts}"),
    ("GML", ""): ("SUV body weight", "g/mL"),
    ("GML", "BW"): ("SUV body weight", "g/mL"),
    ("GML", "LBM"): ("SUV lean body mass", "g/mL"),
    ("GML", "LBMJANMA"): ("SUV lean body mass", "g/mL"),
    ("GML", "LBMJAMES128"): ("SUV lean body mass", "g/mL"),
    ("GML", "IBW"): ("SUV ideal body weight", "g/mL"),
    ("CM2ML", ""): ("SUV body surface area", "cm2/mL"),
    ("CM2ML", "BSA"): ("SUV body surface area", "cm2/mL"),
}
"""Quantity and UCUM unit by DICOM Units (0054,1001) and SUV Type (0054,1006)."""


@dataclass(frozen=True, eq=False)
class ImageSeries:
    """An image with what its headers say of whose and what it is.

    Parameters
    ----------
    image : Image
        float32 values on the series' own axes: i along rows, j along columns, k along their normal, so that the axes
        are right-handed.
    reference : SeriesReference
        Identity; SOP instance UIDs in k order.
    acquisition : PetAcquisition or MrAcquisition, optional
        Of PET and MR only.
    notes : tuple of str
        What a user should know of how it was read: which header ordered a time series, what was passed over.
    """

    image: Image
    reference: SeriesReference
    acquisition: PetAcquisition | MrAcquisition | None = None
    notes: tuple[str, ...] = ()


def read_series(series: SeriesFiles, progress: Progress = silent) -> ImageSeries:
    """Read one stack that a scan found.

    Slices are ordered by where they lie, not by name or number. Rescale slope and intercept are applied slice by
    slice. Several images of every slice become a time axis.

    Parameters
    ----------
    series : SeriesFiles
        See :func:`~impasto.files.dicom.scan.scan`.
    progress : Progress

    Raises
    ------
    ImpastoError
        When slices are missing, doubled, uneven or sheared, pixel spacings differ, pixels cannot be decoded, or the
        values' meaning is not given: CT or PET without rescale, PET without known units.
    """
    stack = stacked(series.frames, series.label)
    ordered = [frame for frames in stack.frames for frame in frames]
    _require_rescale(ordered, series)
    headers: list[Dataset] = []
    with lenient():
        values = _values(ordered, headers, progress, f"reading {series.label}")
        headers = [with_converted_elements(header) for header in headers]
        quantity, unit = _quantity(headers[0], series)
        is_pet = series.reference.modality == "PT"
        acquisition = pet_acquisition(headers, ordered) if is_pet else mr_acquisition(headers[0])
        notes = _notes(headers[0], stack, series)
    times = None if stack.times is None else stack.times.seconds
    shape = stack.grid.shape if times is None else (*stack.grid.shape, len(times))
    image = Image(values.reshape(shape), stack.grid, quantity, unit, times)
    return ImageSeries(image, _with_instances(series.reference, stack), acquisition, notes)


def read_series_folder(folder: Path, progress: Progress = silent) -> ImageSeries:
    """Read the one series that a folder, zip file or file holds.

    Raises
    ------
    ImpastoError
        When it holds none or several, or as :func:`read_series` does.
    """
    with scan(folder, progress) as found:
        if not found.series:
            reason = f": {found.skipped[0].path.name} {found.skipped[0].reason}" if found.skipped else ""
            raise ImpastoError(str(folder), f"holds no image series{reason}", "give a folder of CT, MR or PET images")
        if len(found.series) > 1:
            names = "; ".join(f"{series.label} with {len(series.frames)} images" for series in found.series)
            problem = f"holds {len(found.series)} image series, not one: {names}"
            raise ImpastoError(str(folder), problem, "choose one of them")
        return read_series(found.series[0], progress)


def _require_rescale(frames: Sequence[Frame], series: SeriesFiles) -> None:
    without = [frame for frame in frames if frame.slope is None or frame.intercept is None]
    if without and series.reference.modality != "MR":
        what = "CT numbers" if series.reference.modality == "CT" else "activity"
        names = without[0].path.name + (f" and {len(without) - 1} more" if len(without) > 1 else "")
        problem = f"no rescale slope and intercept in {names}, so its stored values cannot be turned into {what}"
        raise ImpastoError(series.label, problem, "export the original images from the scanner or archive")
    for frame in frames:
        slope, intercept = _scaling(frame)
        if not (np.isfinite(slope) and np.isfinite(intercept) and slope != 0.0):
            problem = f"rescale slope {slope:g} and intercept {intercept:g} in {frame.path.name} are no scale"
            raise ImpastoError(series.label, problem, "repair the header or export the series again")


def _scaling(frame: Frame) -> tuple[float, float]:
    return (1.0 if frame.slope is None else frame.slope), (0.0 if frame.intercept is None else frame.intercept)


def _values(frames: Sequence[Frame], headers: list[Dataset], progress: Progress, work: str) -> NDArray[np.float32]:
    """Read and rescale frames into an array of shape (i, j, frame); leave the files' headers in `headers`."""
    columns, rows = frames[0].shape
    values = np.empty((columns, rows, len(frames)), dtype=np.float32)
    block = np.empty((_FRAMES_AT_ONCE, rows, columns), dtype=np.float32)
    places: list[int] = []
    for done, (place, stored) in enumerate(_stored(frames, headers)):
        if stored.shape != (rows, columns):
            problem = f"its pixels have shape {stored.shape}, its header says {(rows, columns)}"
            raise ImpastoError(str(frames[place].path), problem, "export or copy it again")
        slope, intercept = _scaling(frames[place])
        block[len(places)] = stored * slope + intercept
        places.append(place)
        if len(places) == _FRAMES_AT_ONCE or done == len(frames) - 1:
            values[:, :, places] = block[: len(places)].transpose(2, 1, 0)
            places.clear()
            progress(work, (done + 1) / len(frames))
    return values


def _stored(frames: Sequence[Frame], headers: list[Dataset]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield every frame's place and stored values, opening each file once."""
    places: dict[Path, list[int]] = {}
    for place, frame in enumerate(frames):
        places.setdefault(frame.path, []).append(place)
    for path, places_in_file in places.items():
        dataset = read_instance(path)
        numbers = [frames[place].number for place in places_in_file]
        yield from zip(places_in_file, stored_frames(path, dataset, numbers), strict=True)
        for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
            dataset.pop(keyword, None)
        headers.append(dataset)


def _quantity(header: Dataset, series: SeriesFiles) -> tuple[str, str]:
    modality = series.reference.modality
    if modality == "MR":
        return "signal", "1"
    if modality == "CT":
        # US stands for unspecified, which is what many CT say
        others = {frame.rescale_type for frame in series.frames} - {"", "HU", "US"}
        if others:
            problem = f"its values are {' and '.join(sorted(others))}, not Hounsfield units"
            raise ImpastoError(series.label, problem, "export the CT in Hounsfield units")
        return "CT number", "[hnsf'U]"
    units = pet_units(header)
    key = (units, str(header.get("SUVType") or "") if units in ("GML", "CM2ML") else "")
    if modality != "PT" or key not in _PET_QUANTITIES:
        problem = f"its modality is {modality or 'not stated'}"
        if modality == "PT":
            problem = f"its units are {'/'.join(filter(None, key)) or 'not stated'}"
        raise ImpastoError(series.label, problem, "give CT, MR, or PET in BQML, CNTS or GML")
    return _PET_QUANTITIES[key]


def _with_instances(reference: SeriesReference, stack: Stack) -> SeriesReference:
    first = [frames[0] for frames in stack.frames]
    multi_frame = len({frame.sop_instance_uid for frame in first}) < len(first) or any(f.number for f in first)
    numbers = tuple(frame.number + 1 for frame in first) if multi_frame else ()
    return replace(reference, sop_instance_uids=tuple(f.sop_instance_uid for f in first), frame_numbers=numbers)


def _notes(header: Dataset, stack: Stack, series: SeriesFiles) -> tuple[str, ...]:
    notes = []
    if series.split_by:
        notes.append(f"part of a DICOM series that holds several stacks: {series.split_by}")
    if stack.times is not None:
        count = len(stack.times.seconds)
        notes.append(f"{count} times ordered by {stack.times.ordered_by}, seconds from {stack.times.clock}")
    groups = [header, *(header.get("SharedFunctionalGroupsSequence") or ())]
    groups += list(header.get("PerFrameFunctionalGroupsSequence") or ())[:1]
    if any("RealWorldValueMappingSequence" in group for group in groups):
        notes.append("a real-world value mapping is present and not applied; values follow rescale slope and intercept")
    if header.get("LossyImageCompression") == "01":
        notes.append("the images were compressed with loss")
    if header.get("PixelPaddingValue") not in (None, ""):
        notes.append(f"padding outside the field of view (stored value {header.PixelPaddingValue}) is kept as it is")
    return tuple(notes)
