"""One two-dimensional image of a DICOM series: a single-frame file, one frame of a multi-frame file, or one tile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from impasto.core.errors import ImpastoError
from impasto.files.dicom.diffusion_header import Weighting, diffusion_weighting
from impasto.files.dicom.header import DAMAGE, number, numbers
from impasto.files.dicom.mosaic import mosaic_of
from impasto.files.dicom.private_elements import private_numbers, private_value
from impasto.files.dicom.timestamps import moment, moment_from_date_and_time, moment_from_text

__all__ = ["Frame", "frames_of"]

_CONVERTED = ("UnassignedPerFrameConvertedAttributesSequence", "UnassignedSharedConvertedAttributesSequence")
"""Where legacy converted multi-frame files keep what no functional group has room for."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where one image lies, how its stored values scale, and when it was taken.

    Parameters
    ----------
    path : Path
    number : int
        Place within the file, from 0: frame, or tile of a mosaic.
    sop_instance_uid : str
    position_mm : tuple of float
        LPS position of the first pixel's centre.
    orientation : tuple of float
        Unit vectors along a row (growing column index) and along a column (growing row index), six numbers.
    spacing_mm : tuple of float
        Distance between neighbouring columns (along i), then between neighbouring rows (along j).
    shape : tuple of int
        Columns, rows.
    thickness_mm : float, optional
        Spacing Between Slices, else Slice Thickness: used only for a stack of one slice.
    slope, intercept : float, optional
        Rescale slope and intercept.
    rescale_type : str
        What they rescale to, for example ``HU``; empty when not stated.
    temporal_index : int, optional
        Temporal Position Identifier (0020,0100) or Index (0020,9128).
    time_offset_s : float, optional
        Temporal Position Time Offset (0020,930D).
    trigger_time_s : float, optional
        Trigger Time (0018,1060) or Nominal Cardiac Trigger Delay Time (0020,9153).
    acquired : datetime, optional
        Acquisition date and time.
    elapsed_s : float, optional
        Time since the series began by private elements: Dynamic Scan Begin Time of Philips (2005,xxA0), Time After
        Start of Siemens (0019,xx16).
    temporal_resolution_s : float, optional
        Temporal Resolution (0020,0110).
    repetition_time_s : float, optional
        Repetition Time (0018,0080).
    is_single_shot : bool
        Whether a volume takes one repetition time: two-dimensional echo-planar imaging.
    instance_number : int
        Instance Number (0020,0013).
    weighting : Weighting, optional
        Diffusion weighting; None where nothing is said of it.
    tiles_per_side : int
        Of the mosaic that the image is a tile of; 0 for other images.
    kind : tuple of (str, str)
        What two frames must share to belong to one stack, by name: image type, echo, ...
    """

    path: Path
    number: int
    sop_instance_uid: str
    position_mm: tuple[float, float, float]
    orientation: tuple[float, float, float, float, float, float]
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]
    thickness_mm: float | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    temporal_index: int | None
    time_offset_s: float | None
    trigger_time_s: float | None
    acquired: datetime | None
    elapsed_s: float | None
    temporal_resolution_s: float | None
    repetition_time_s: float | None
    is_single_shot: bool
    instance_number: int
    weighting: Weighting | None
    tiles_per_side: int
    kind: tuple[tuple[str, str], ...]


class _Macros:
    """Functional groups of one frame; a single-frame file answers every group with its whole header."""

    def __init__(self, header: Dataset, groups: tuple[Dataset, ...]) -> None:
        self.header = header
        self.groups = groups
        converted = (item for group in groups for name in _CONVERTED for item in group.get(name) or ())
        self.sources = (*converted, header)

    def __getitem__(self, group: str) -> Dataset:
        if not self.groups:
            return self.header
        for item in self.groups:
            if item.get(group):
                found: Dataset = item[group].value[0]
                return found
        return Dataset()

    @property
    def private_places(self) -> tuple[Dataset, ...]:
        """Where scanners put private elements; Philips has a private sequence in the groups of each frame."""
        nested = (item for group in self.groups for item in _nested(group))
        return (*nested, *self.groups, *self.sources)

    def stating(self, keyword: str) -> Dataset:
        """Return what states an element of single-frame files, also where conversion to multi-frame has put it."""
        return next((source for source in self.sources if keyword in source), self.header)


def frames_of(path: Path, header: Dataset) -> tuple[Frame, ...]:
    """Take apart the header of an image file.

    Raises
    ------
    ImpastoError
        When a frame's position, orientation, spacing or shape is not given, a value is not a number, or a mosaic does
        not say how many slices it holds.
    """
    try:
        frames = tuple(_frame(path, index, macros) for index, macros in enumerate(_macros(header)))
        return _tiles(frames[0], header) if len(frames) == 1 else frames
    except DAMAGE as error:
        raise ImpastoError(str(path), f"its header is damaged ({error})", "export or copy it again") from error


def _tiles(frame: Frame, header: Dataset) -> tuple[Frame, ...]:
    mosaic = mosaic_of(frame.path, header)
    if mosaic is None:
        return (frame,)
    places = (mosaic.first_mm + number * mosaic.step_mm for number in range(mosaic.slices))
    return tuple(
        replace(
            frame,
            number=number,
            position_mm=(float(place[0]), float(place[1]), float(place[2])),
            shape=mosaic.shape,
            tiles_per_side=mosaic.tiles_per_side,
        )
        for number, place in enumerate(places)
    )


def _nested(group: Dataset) -> list[Dataset]:
    found = private_value(group, 0x2005, "Philips MR Imaging DD 005", 0x0F)
    return list(found) if isinstance(found, Sequence) else []


def _macros(header: Dataset) -> Iterator[_Macros]:
    per_frame = header.get("PerFrameFunctionalGroupsSequence")
    if not per_frame:
        yield _Macros(header, ())
        return
    shared = tuple(header.get("SharedFunctionalGroupsSequence") or ())
    for groups in per_frame:
        yield _Macros(header, (groups, *shared))


def _frame(path: Path, index: int, macros: _Macros) -> Frame:
    header = macros.header
    measures, scaling = macros["PixelMeasuresSequence"], macros["PixelValueTransformationSequence"]
    position = numbers(macros["PlanePositionSequence"], "ImagePositionPatient")
    orientation = numbers(macros["PlaneOrientationSequence"], "ImageOrientationPatient")
    spacing = numbers(measures, "PixelSpacing")
    for values, count, name in ((position, 3, "position"), (orientation, 6, "orientation"), (spacing, 2, "spacing")):
        if len(values) != count:
            problem = f"does not give its {name} in the patient, so its pixels have no place"
            raise ImpastoError(str(path), problem, "leave it out, or export the original images")
    content = macros["FrameContentSequence"]
    temporal = number(content, "TemporalPositionIndex") or number(
        macros.stating("TemporalPositionIdentifier"), "TemporalPositionIdentifier"
    )
    trigger = number(macros.stating("TriggerTime"), "TriggerTime")
    if trigger is None:
        trigger = number(macros["CardiacSynchronizationSequence"], "NominalCardiacTriggerDelayTime")
    resolution = number(macros.stating("TemporalResolution"), "TemporalResolution")
    repetition = number(macros["MRTimingAndRelatedParametersSequence"], "RepetitionTime")
    return Frame(
        path=path,
        number=index,
        sop_instance_uid=str(header.SOPInstanceUID),
        position_mm=(position[0], position[1], position[2]),
        orientation=(*orientation[:3], *orientation[3:]),  # type: ignore[arg-type]
        spacing_mm=(spacing[1], spacing[0]),
        shape=(int(header.Columns), int(header.Rows)),
        thickness_mm=number(measures, "SpacingBetweenSlices") or number(measures, "SliceThickness"),
        slope=number(scaling, "RescaleSlope"),
        intercept=number(scaling, "RescaleIntercept"),
        rescale_type=str(scaling.get("RescaleType") or ""),
        temporal_index=None if temporal is None else int(temporal),
        time_offset_s=number(macros["TemporalPositionSequence"], "TemporalPositionTimeOffset"),
        trigger_time_s=None if trigger is None else trigger / 1000.0,
        acquired=moment_from_text(str(content.get("FrameAcquisitionDateTime") or "")) or _acquired(header),
        elapsed_s=_elapsed_s(macros),
        temporal_resolution_s=None if resolution is None else resolution / 1000.0,
        repetition_time_s=None if repetition is None else repetition / 1000.0,
        is_single_shot=header.get("MRAcquisitionType") == "2D" and "EP" in (header.get("ScanningSequence") or ()),
        instance_number=int(number(macros.stating("InstanceNumber"), "InstanceNumber") or 0),
        weighting=diffusion_weighting(macros["MRDiffusionSequence"], macros.private_places, orientation),
        tiles_per_side=0,
        kind=_kind(macros),
    )


def _acquired(header: Dataset) -> datetime | None:
    whole = moment(header, "Acquisition")
    if whole is not None or header.get("Modality") != "MR":
        return whole
    # times of a series can be compared where an archive has kept the time of day alone
    day = str(header.get("SeriesDate") or header.get("StudyDate") or "19700101")
    return moment_from_date_and_time(day, str(header.get("AcquisitionTime") or ""))


def _elapsed_s(macros: _Macros) -> float | None:
    places = macros.private_places
    found = private_numbers(places, 0x2005, "Philips MR Imaging DD 001", 0xA0, "FL") or private_numbers(
        places, 0x0019, "SIEMENS MR HEADER", 0x16, "DS"
    )
    return found[0] if found else None


_FRAME_TYPES = ("CTImageFrameTypeSequence", "MRImageFrameTypeSequence", "PETFrameTypeSequence")


def _kind(macros: _Macros) -> tuple[tuple[str, str], ...]:
    """Name what tells stacks of one series apart."""
    header = macros.header
    image_type = next((macros[name].FrameType for name in _FRAME_TYPES if "FrameType" in macros[name]), None)
    image_type = image_type or header.get("ImageType") or ()
    echo, timing = macros["MREchoSequence"], macros["MRTimingAndRelatedParametersSequence"]
    echo_time = number(echo, "EffectiveEchoTime")
    if echo_time is None:
        echo_time = number(macros.stating("EchoTime"), "EchoTime")
    inversion = numbers(macros["MRModifierSequence"], "InversionTimes") or numbers(
        macros.stating("InversionTime"), "InversionTime"
    )
    kind = {
        "image type": "\\".join([image_type] if isinstance(image_type, str) else image_type),
        "stack": str(macros["FrameContentSequence"].get("StackID") or ""),
        "echo number": "" if (n := number(macros.stating("EchoNumbers"), "EchoNumbers")) is None else f"{n:g}",
        "echo time in ms": "" if echo_time is None else f"{echo_time:.2f}",
        "inversion time in ms": "\\".join(f"{t:g}" for t in inversion),
        "flip angle in degrees": "" if (n := number(timing, "FlipAngle")) is None else f"{n:g}",
        "units": str(macros.stating("Units").get("Units") or ""),
    }
    return tuple(kind.items())
