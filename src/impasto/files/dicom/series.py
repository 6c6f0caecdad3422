"""Reading an image series into an image, its identity and its PET facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydicom.dataset import Dataset

from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.mr_acquisition import MrAcquisition
from impasto.core.pet_acquisition import PetAcquisition
from impasto.core.progress import Progress, silent
from impasto.files.dicom.frame import Frame
from impasto.files.dicom.grouping import SeriesFiles
from impasto.files.dicom.header import lenient, with_converted_elements
from impasto.files.dicom.mr_header import mr_acquisition
from impasto.files.dicom.pet_header import pet_acquisition, pet_units
from impasto.files.dicom.private_elements import csa_image_header
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.scan import scan
from impasto.files.dicom.stacking import Stack, stacked
from impasto.files.dicom.values import require_rescale, rescaled_values

__all__ = ["ImageSeries", "general_notes", "read_series", "read_series_folder", "with_instances"]

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

_SCANNER_MAPS = {"ADC", "EADC", "FA", "TRACEW", "TRACE", "ISOTROPIC", "AVDC", "TENSOR"}
"""Values of Image Type (0008,0008) of what scanners make of diffusion-weighted images."""


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
        values' meaning is not given: CT or PET without rescale, PET without known units; when the stack is
        diffusion-weighted, for which there is :func:`~impasto.files.dicom.diffusion_series.read_diffusion_series`.
    """
    if series.is_diffusion:
        raise ImpastoError(series.label, "is diffusion-weighted", "read it with its gradients: read_diffusion_series")
    stack = stacked(series.frames, series.label)
    ordered = [frame for frames in stack.frames for frame in frames]
    require_rescale(ordered, series)
    with lenient():
        values, headers = rescaled_values(ordered, progress, f"reading {series.label}")
        headers = [with_converted_elements(header) for header in headers]
        quantity, unit = _quantity(headers[0], series)
        is_pet = series.reference.modality == "PT"
        acquisition = pet_acquisition(headers, ordered) if is_pet else mr_acquisition(headers[0])
        notes = (*_time_notes(stack), *general_notes(headers[0], series))
    times = None if stack.times is None else stack.times.seconds
    shape = stack.grid.shape if times is None else (*stack.grid.shape, len(times))
    image = Image(values.reshape(shape), stack.grid, quantity, unit, times)
    reference = with_instances(series.reference, [frames[0] for frames in stack.frames])
    return ImageSeries(image, reference, acquisition, notes)


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


def with_instances(reference: SeriesReference, slices: Sequence[Frame]) -> SeriesReference:
    """Return an identity with the instances that hold the slices, one frame for each."""
    tiles = any(frame.tiles_per_side for frame in slices)
    several = len({frame.sop_instance_uid for frame in slices}) < len(slices) or any(f.number for f in slices)
    numbers = tuple(frame.number + 1 for frame in slices) if several and not tiles else ()
    return replace(reference, sop_instance_uids=tuple(f.sop_instance_uid for f in slices), frame_numbers=numbers)


def general_notes(header: Dataset, series: SeriesFiles) -> tuple[str, ...]:
    """Say what a user should know of how a stack came about and what was passed over, whatever it shows."""
    notes = []
    if series.split_by:
        notes.append(f"part of a DICOM series that holds several stacks: {series.split_by}")
    if series.joined:
        numbers = f"{series.joined[0]} to {series.joined[-1]}"
        notes.append(
            f"joined from {len(series.joined)} DICOM series, numbers {numbers}, each one time of the same sequence and "
            "geometry; import folders of single series to keep them apart"
        )
    made = [word for word in header.get("ImageType") or () if word in _SCANNER_MAPS]
    if made:
        notes.append(f"computed by the scanner, not acquired: image type {'/'.join(made)}")
    if series.frames[0].tiles_per_side:
        notes.append("unpacked from mosaics; slices of one count as taken at one time (slice times are not used)")
        if "SliceNormalVector" not in csa_image_header(header):
            notes.append("no CSA header says which way the slices of a mosaic follow each other: along the normal")
    groups = [header, *(header.get("SharedFunctionalGroupsSequence") or ())]
    groups += list(header.get("PerFrameFunctionalGroupsSequence") or ())[:1]
    if any("RealWorldValueMappingSequence" in group for group in groups):
        notes.append("a real-world value mapping is present and not applied; values follow rescale slope and intercept")
    if header.get("LossyImageCompression") == "01":
        notes.append("the images were compressed with loss")
    if header.get("PixelPaddingValue") not in (None, ""):
        notes.append(f"padding outside the field of view (stored value {header.PixelPaddingValue}) is kept as it is")
    return tuple(notes)


def _time_notes(stack: Stack) -> tuple[str, ...]:
    if stack.times is None:
        return ()
    count = len(stack.times.seconds)
    return (f"{count} times ordered by {stack.times.ordered_by}, seconds from {stack.times.clock}",)
