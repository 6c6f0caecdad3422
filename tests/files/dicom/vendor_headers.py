"""MR series as the scanners of three makers write them: elements that tell time and diffusion, made-up pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)

COLUMNS, ROWS, SLICES = 6, 5, 3
CORNER_MM, SPACING_MM, STEP_MM = np.array([-10.0, -20.0, 30.0]), (2.0, 1.5), 4.0
"""LPS of the first pixel of the first slice; between rows, between columns; between slices."""

Edit = Callable[[Dataset, int, int], None]
"""Change the header of slice k at volume t."""

MAKERS = {
    "GE": ("GE MEDICAL SYSTEMS", "DISCOVERY MR750"),
    "Siemens": ("SIEMENS", "Prisma"),
    "Philips": ("Philips Medical Systems", "Ingenia"),
}


def pixels(volumes: int) -> NDArray[np.int16]:
    """Return values of shape (i, j, k, t), every one different."""
    shape = (COLUMNS, ROWS, SLICES, volumes)
    return np.random.default_rng(7).permutation(np.arange(np.prod(shape))).reshape(shape).astype(np.int16)


def single_frame_header(maker: str, series: str, number: int, plane: tuple[float, ...] = AXIAL) -> Dataset:
    """Return what all images of a single-frame series share; `series` names it and its study's other series differ."""
    header = Dataset()
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.SOPClassUID = header.file_meta.MediaStorageSOPClassUID = MRImageStorage
    header.Manufacturer, header.ManufacturerModelName = MAKERS[maker]
    header.Modality, header.PatientID, header.PatientName = "MR", "P1", "Test^Person"
    header.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    header.SeriesInstanceUID = generate_uid(entropy_srcs=["series", series])
    header.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame"])
    header.StudyDate = header.SeriesDate = header.AcquisitionDate = header.ContentDate = "20240229"
    header.StudyTime, header.SeriesTime = "100000", "101500"
    header.SeriesDescription, header.SeriesNumber, header.AcquisitionNumber = series, number, 1
    header.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    header.PatientPosition, header.InPlanePhaseEncodingDirection = "HFS", "COL"
    header.ScanningSequence, header.SequenceVariant, header.MRAcquisitionType = "GR", "SP", "3D"
    header.RepetitionTime, header.EchoTime, header.FlipAngle = "5", "2", "15"
    header.ImageOrientationPatient, header.PixelSpacing = list(plane), list(SPACING_MM)
    header.SliceThickness = header.SpacingBetweenSlices = STEP_MM
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 16, 15, 1
    header.Rows, header.Columns = ROWS, COLUMNS
    return header


def write(header: Dataset, path: Path, image: NDArray[Any]) -> None:
    """Write one file; `image` has shape (row, column), or (frame, row, column)."""
    header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(path)])
    header.PixelData = np.ascontiguousarray(image, dtype="<i2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    header.save_as(path, enforce_file_format=True)


def place_mm(plane: tuple[float, ...], k: int) -> NDArray[np.float64]:
    """LPS of the first pixel of slice k."""
    return CORNER_MM + k * STEP_MM * np.cross(plane[:3], plane[3:])


def write_volumes(
    folder: Path,
    values: NDArray[Any],
    maker: str,
    edit: Edit,
    series: str = "dynamic",
    number: int = 5,
    plane: tuple[float, ...] = AXIAL,
) -> None:
    """Write values of shape (i, j, k, t) as one single-frame series, in a folder of its own, names shuffled."""
    count = values.shape[3]
    names = np.random.default_rng(number).permutation(SLICES * count)
    for t in range(count):
        for k in range(SLICES):
            header = single_frame_header(maker, series, number, plane)
            header.InstanceNumber = t * SLICES + k + 1
            header.ImagePositionPatient = [round(float(x), 6) for x in place_mm(plane, k)]
            edit(header, k, t)
            write(header, folder / series / f"IM{names[t * SLICES + k]:04d}", values[:, :, k, t].T)


def functional_group(**sequences: Mapping[str, object]) -> Dataset:
    """Return a functional group of one-item sequences."""
    group = Dataset()
    for name, elements in sequences.items():
        item = Dataset()
        for keyword, value in elements.items():
            setattr(item, keyword, value)
        setattr(group, name, [item])
    return group


def write_enhanced(
    path: Path,
    values: NDArray[Any],
    maker: str,
    edit: Edit,
    order: Callable[[int, int], int] | None = None,
    plane: tuple[float, ...] = AXIAL,
) -> None:
    """Write values of shape (i, j, k, t) as one multi-frame file; `edit` changes the functional groups of a frame.

    `order` says at which place the frame of slice k and volume t stands; by default slices run faster.
    """
    header = single_frame_header(maker, path.stem, 5, plane)
    header.SOPClassUID = header.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    for keyword in ("ImageOrientationPatient", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices", "EchoTime"):
        del header[keyword]
    header.SharedFunctionalGroupsSequence = [
        functional_group(
            PlaneOrientationSequence={"ImageOrientationPatient": list(plane)},
            PixelMeasuresSequence={"PixelSpacing": list(SPACING_MM), "SliceThickness": STEP_MM},
        )
    ]
    count = values.shape[3]
    frames: list[tuple[int, Dataset, NDArray[Any]]] = []
    for t in range(count):
        for k in range(SLICES):
            group = functional_group(
                PlanePositionSequence={"ImagePositionPatient": [float(x) for x in place_mm(plane, k)]},
                FrameContentSequence={"StackID": "1", "InStackPositionNumber": k + 1},
            )
            edit(group, k, t)
            frames.append((order(k, t) if order else t * SLICES + k, group, values[:, :, k, t].T))
    frames.sort(key=lambda frame: frame[0])
    header.NumberOfFrames = len(frames)
    header.PerFrameFunctionalGroupsSequence = [group for _, group, _ in frames]
    write(header, path, np.stack([image for _, _, image in frames]))


def private(header: Dataset, group: int, creator: str, elements: Mapping[int, tuple[str, object]]) -> None:
    """Add private elements, (VR, value) by number in their creator's block."""
    block = header.private_block(group, creator, create=True)
    for element, (representation, value) in elements.items():
        block.add_new(element, representation, value)
