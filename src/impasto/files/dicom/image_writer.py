"""Writing an image as a series of single-frame CT, MR or PET files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import config, uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

from impasto import __version__
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.pet_acquisition import PetAcquisition
from impasto.core.progress import Progress, silent
from impasto.files.atomic import replacing_folder
from impasto.files.dicom.identifiers import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    RESEARCH_USE,
    SIMULATED,
    new_uid,
)
from impasto.files.dicom.pet_writer import add_pet, add_pet_slice, require_pet
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_header import Stamp, checked_text, decimal_string, decimal_strings

__all__ = ["write_series"]

_SOP_CLASSES: Final = {
    "CT": uid.CTImageStorage,
    "MR": uid.MRImageStorage,
    "PT": uid.PositronEmissionTomographyImageStorage,
}


@dataclass(frozen=True, eq=False)
class _Stored:
    """Signed 16-bit values and the scale that turns them back."""

    values: NDArray[np.int16]
    slope: str
    intercept: str


def write_series(
    image: Image,
    reference: SeriesReference,
    folder: Path,
    acquisition: PetAcquisition | None = None,
    stamp: Stamp | None = None,
    progress: Progress = silent,
) -> SeriesReference:
    """Write an image as single-frame DICOM files, labelled for research use.

    Whole numbers of 16 bits are kept exactly. Other CT and MR values share one scale over the series, PET values have
    one per slice: they come back within half a step, which is 1/65 534 of the range (PET: 1/32 767 of the slice's
    largest value).

    Parameters
    ----------
    image : Image
        CT number (HU), MR signal, or PET in the units that `acquisition` names. CT and MR may have a time axis.
    reference : SeriesReference
        Whose and what it is; see :func:`~impasto.files.dicom.reference.new_reference`. Its instances are not used.
    folder : Path
        New or empty.
    acquisition : PetAcquisition, optional
        Needed for, and only for, PET.
    stamp : Stamp, optional
        Moment of writing and what instance identifiers follow from; default now and random.
    progress : Progress

    Returns
    -------
    SeriesReference
        The identity of what was written, its SOP instance UIDs in the image's k order.

    Raises
    ------
    ImpastoError
        When image and modality do not fit, axes are sheared, values are not finite, or the folder cannot be written.
    """
    stamp = stamp or Stamp.now()
    _require_writable(image, reference, acquisition, folder)
    written = _as_written(reference, acquisition, stamp)
    frames = [
        (k, t) for t in range(1 if image.data.ndim == 3 else image.data.shape[3]) for k in range(image.grid.shape[2])
    ]
    scale = _pet_slice if reference.modality == "PT" else _common_scale(image.data)
    instances = []
    with replacing_folder(folder) as fresh, config.disable_value_validation():
        for number, (k, t) in enumerate(frames, start=1):
            dataset = _instance(written, stamp, number)
            _add_plane(dataset, image.grid, k)
            _add_moment(dataset, image, stamp, written.series_date, t)
            stored = scale(image.data[:, :, k] if image.data.ndim == 3 else image.data[:, :, k, t])
            _add_pixels(dataset, stored)
            if acquisition is not None:
                add_pet(dataset, acquisition, slices=image.grid.shape[2])
                add_pet_slice(dataset, acquisition, index=number)
            dataset.save_as(fresh / f"{reference.modality}_{number:05d}.dcm", enforce_file_format=True)
            instances.append(str(dataset.SOPInstanceUID))
            progress(f"writing {reference.modality}", number / len(frames))
    return replace(written, sop_instance_uids=tuple(instances[: image.grid.shape[2]]))


def _require_writable(
    image: Image, reference: SeriesReference, acquisition: PetAcquisition | None, folder: Path
) -> None:
    modality = reference.modality
    subject = f"{modality or 'image'} series"
    if modality not in _SOP_CLASSES:
        raise ImpastoError(subject, f"cannot write modality {modality!r}", "choose CT, MR or PT")
    if not (reference.study_instance_uid and reference.series_instance_uid and reference.frame_of_reference_uid):
        raise ImpastoError(subject, "its reference lacks identifiers", "make it with new_reference")
    if modality == "CT" and image.unit != "[hnsf'U]":
        raise ImpastoError(subject, f"its unit is {image.unit!r}", "give CT numbers in [hnsf'U]")
    if (modality == "PT") != (acquisition is not None):
        raise ImpastoError(subject, "PET and its acquisition must come together", "give the acquisition with PET only")
    if acquisition is not None:
        require_pet(image, acquisition)
    if not np.isfinite(image.data).all():
        raise ImpastoError(subject, "it has values that are not finite", "replace them first")
    if not image.grid.is_rectangular:
        raise ImpastoError(subject, "its axes are not perpendicular", "resample it to perpendicular axes")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ImpastoError(str(folder), "is not empty", "choose a new folder")


def _as_written(reference: SeriesReference, acquisition: PetAcquisition | None, stamp: Stamp) -> SeriesReference:
    """Complete the identity with what the files will say."""
    described = reference.series_description or reference.modality
    labelled = described if RESEARCH_USE in described else f"{described} - {RESEARCH_USE}"
    written = replace(
        reference,
        sop_class_uid=str(_SOP_CLASSES[reference.modality]),
        series_description=checked_text(labelled, 64, "series description"),
        series_date=reference.series_date or stamp.date,
        series_time=reference.series_time or stamp.time,
        frame_numbers=(),
    )
    if acquisition is None or acquisition.series is None:
        return written
    # DICOM has PET say how the patient lay in another way, which is left open here
    return replace(
        written,
        series_date=acquisition.series.strftime("%Y%m%d"),
        series_time=acquisition.series.strftime("%H%M%S.%f"),
        patient_sex=reference.patient_sex or acquisition.sex,
        patient_position="",
    )


def _instance(reference: SeriesReference, stamp: Stamp, number: int) -> Dataset:
    """Start a file: patient, study, series, frame of reference, equipment, labels."""
    entropy = (*stamp.entropy, reference.series_instance_uid, str(number)) if stamp.entropy else ()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = uid.UID(reference.sop_class_uid)
    meta.MediaStorageSOPInstanceUID = uid.UID(new_uid(*entropy))
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = stamp.date, stamp.time
    dataset.Modality = reference.modality
    dataset.PatientName, dataset.PatientID = reference.patient_name, reference.patient_id
    dataset.PatientBirthDate, dataset.PatientSex = reference.patient_birth_date, reference.patient_sex
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = reference.study_instance_uid, reference.series_instance_uid
    dataset.StudyDate, dataset.StudyTime = reference.study_date, reference.study_time
    dataset.StudyID, dataset.AccessionNumber = reference.study_id, reference.accession_number
    dataset.StudyDescription = reference.study_description or None
    dataset.ReferringPhysicianName = reference.referring_physician
    dataset.SeriesDate, dataset.SeriesTime = reference.series_date, reference.series_time
    dataset.SeriesDescription = reference.series_description
    dataset.SeriesNumber = reference.series_number
    dataset.FrameOfReferenceUID = reference.frame_of_reference_uid
    dataset.PositionReferenceIndicator = reference.position_reference
    dataset.Laterality = ""
    dataset.Manufacturer, dataset.ManufacturerModelName = "impasto", f"impasto ({RESEARCH_USE})"
    dataset.SoftwareVersions = __version__
    dataset.InstanceNumber = number
    if reference.synthetic_data == "YES":
        dataset.PatientComments = SIMULATED
    dataset.ImageComments = f"{RESEARCH_USE}: not for diagnosis or treatment"
    if reference.modality != "PT":
        dataset.PatientPosition = reference.patient_position
    _KIND[reference.modality](dataset)
    return dataset


def _add_ct(dataset: Dataset) -> None:
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.KVP = None
    dataset.AcquisitionNumber = 1
    dataset.RescaleType = "HU"


def _add_mr(dataset: Dataset) -> None:
    dataset.ImageType = ["DERIVED", "PRIMARY", "OTHER"]
    # RM is DICOM's term for a research sequence, which a generated signal is
    dataset.ScanningSequence, dataset.SequenceVariant = "RM", "NONE"
    dataset.ScanOptions = dataset.MRAcquisitionType = ""
    dataset.EchoTime = dataset.EchoTrainLength = dataset.RepetitionTime = None


def _add_pt(dataset: Dataset) -> None:
    dataset.ImageType = ["DERIVED", "PRIMARY"]


_KIND: Final[dict[str, Callable[[Dataset], None]]] = {"CT": _add_ct, "MR": _add_mr, "PT": _add_pt}


def _add_plane(dataset: Dataset, grid: Grid, k: int) -> None:
    spacing = grid.spacing_mm
    dataset.ImagePositionPatient = decimal_strings(grid.world_from_index([0, 0, k]))
    dataset.ImageOrientationPatient = decimal_strings(grid.direction[:, :2].T)
    dataset.PixelSpacing = [decimal_string(spacing[1]), decimal_string(spacing[0])]
    dataset.SliceThickness = decimal_string(spacing[2])


def _add_moment(dataset: Dataset, image: Image, stamp: Stamp, series_date: str, t: int) -> None:
    dataset.ContentDate, dataset.ContentTime = stamp.date, stamp.time
    if image.times_s is None:
        return
    midnight = datetime.strptime(series_date, "%Y%m%d")
    moment = midnight + timedelta(seconds=float(image.times_s[t]))
    if dataset.Modality == "MR":
        dataset.TemporalPositionIdentifier, dataset.NumberOfTemporalPositions = t + 1, len(image.times_s)
    dataset.AcquisitionDate, dataset.AcquisitionTime = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f")


def _common_scale(values: NDArray[Any]) -> Callable[[NDArray[Any]], _Stored]:
    low, high = float(values.min()), float(values.max())
    if low >= -32768 and high <= 32767 and (values.dtype.kind in "iu" or bool(np.all(values == np.rint(values)))):
        return lambda plane: _Stored(plane.astype(np.int16), "1", "0")
    # the decimal strings, not the numbers, are what a reader will use
    intercept = decimal_string(0.5 * (low + high))
    slope = decimal_string(1.00001 * (high - low) / 65534.0)
    return lambda plane: _Stored(_divided(plane - float(intercept), float(slope)), slope, intercept)


def _pet_slice(plane: NDArray[Any]) -> _Stored:
    largest = float(np.abs(plane).max())
    slope = decimal_string(1.00001 * largest / 32767.0) if largest > 0.0 else "1"
    return _Stored(_divided(plane, float(slope)), slope, "0")


def _divided(values: NDArray[Any], slope: float) -> NDArray[np.int16]:
    return np.rint(np.asarray(values, dtype=np.float64) / slope).astype(np.int16)


def _add_pixels(dataset: Dataset, stored: _Stored) -> None:
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Columns, dataset.Rows = stored.values.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    # MR has no rescale in the standard; where whole numbers make do without it, it stays out
    if dataset.Modality != "MR" or (stored.slope, stored.intercept) != ("1", "0"):
        dataset.RescaleSlope, dataset.RescaleIntercept = stored.slope, stored.intercept
    dataset.PixelData = np.ascontiguousarray(stored.values.T, dtype="<i2").tobytes()
