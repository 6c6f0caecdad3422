"""What every RT object written here carries: whose it is, what it belongs to, and that it is for research only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path

import numpy as np
from pydicom import config
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ImplicitVRLittleEndian

from impasto import __version__
from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.files.atomic import replacing_file
from impasto.files.dicom.header import lenient
from impasto.files.dicom.identifiers import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    RESEARCH_USE,
    SIMULATED,
    new_uid,
)
from impasto.files.dicom.reference import SeriesReference

__all__ = [
    "Stamp",
    "checked_text",
    "decimal_string",
    "decimal_string_above",
    "decimal_strings",
    "new_rt_object",
    "save_rt_object",
    "sop_reference",
]

_SERIES_NUMBERS = {"RTSTRUCT": 9001, "RTPLAN": 9002, "RTDOSE": 9003}


@dataclass(frozen=True)
class Stamp:
    """When an object is written, and what its unique identifiers are made from.

    Parameters
    ----------
    created : datetime
    entropy : tuple of str
        The same entropy gives the same UIDs and so, at the same time stamp, the same file. It must differ between
        objects that differ. Empty: random UIDs.

    Examples
    --------
    >>> Stamp(datetime(2026, 1, 1), ("case 1",)).uid("series") == Stamp(datetime(2026, 1, 2), ("case 1",)).uid("series")
    True
    """

    created: datetime
    entropy: tuple[str, ...] = ()

    @classmethod
    def now(cls) -> Stamp:
        """Stamp with the present time and random UIDs."""
        return cls(datetime.now())

    def uid(self, purpose: str) -> UID:
        """Make a UID from the entropy and a purpose, or at random."""
        return UID(new_uid(*self.entropy, purpose) if self.entropy else new_uid())

    @property
    def date(self) -> str:
        """Date as DICOM DA."""
        return self.created.strftime("%Y%m%d")

    @property
    def time(self) -> str:
        """Time of day as DICOM TM."""
        return self.created.strftime("%H%M%S")


@lenient()  # the identity is repeated as it came, odd as it may be
def new_rt_object(sop_class_uid: UID, modality: str, content: str, reference: SeriesReference, stamp: Stamp) -> Dataset:
    """Start an RT object in the study of an image series: patient, study, series, frame, equipment and label.

    Parameters
    ----------
    sop_class_uid : UID
    modality : str
        ``RTSTRUCT``, ``RTDOSE`` or ``RTPLAN``.
    content : str
        What it is, in a few words; becomes the series description with the research label.
    reference : SeriesReference
    stamp : Stamp
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class_uid
    meta.MediaStorageSOPInstanceUID = stamp.uid(f"{modality} instance")
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = stamp.date, stamp.time
    dataset.PatientName, dataset.PatientID = reference.patient_name, reference.patient_id
    dataset.PatientBirthDate, dataset.PatientSex = reference.patient_birth_date, reference.patient_sex
    dataset.StudyInstanceUID = reference.study_instance_uid
    dataset.StudyDate, dataset.StudyTime = reference.study_date, reference.study_time
    dataset.StudyID, dataset.AccessionNumber = reference.study_id, reference.accession_number
    dataset.ReferringPhysicianName = reference.referring_physician
    dataset.Modality = modality
    dataset.SeriesInstanceUID = stamp.uid(f"{modality} series")
    dataset.SeriesNumber = _SERIES_NUMBERS[modality]
    dataset.SeriesDescription = checked_text(f"{content} - {RESEARCH_USE}", 64, "series description")
    dataset.OperatorsName = ""
    dataset.Manufacturer = "impasto"
    dataset.ManufacturerModelName = f"impasto ({RESEARCH_USE})"
    dataset.SoftwareVersions = __version__
    dataset.FrameOfReferenceUID = reference.frame_of_reference_uid
    dataset.PositionReferenceIndicator = reference.position_reference
    if reference.synthetic_data == "YES":
        dataset.PatientComments = SIMULATED
    return dataset


def save_rt_object(dataset: Dataset, path: Path) -> None:
    """Write beside and rename.

    Raises
    ------
    ImpastoError
        When the disk is full or the folder cannot be written to.
    """
    with replacing_file(path) as temporary, config.disable_value_validation():
        dataset.save_as(temporary, enforce_file_format=True)


def sop_reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    """Item that refers to another instance."""
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def checked_text(text: str, longest: int, thing: str) -> str:
    """Return the text when a DICOM text element of so many characters can hold it.

    Raises
    ------
    ImpastoError
        When it is too long, or holds a backslash or a control character, which would split or break the value.
    """
    if len(text) > longest:
        raise ImpastoError(text, f"this {thing} has {len(text)} characters", f"DICOM allows {longest}: shorten it")
    if "\\" in text or any(ord(letter) < 32 for letter in text):
        raise ImpastoError(text, f"this {thing} has a backslash or control character", "DICOM forbids it: take it out")
    return text


def decimal_string(value: float) -> str:
    """Write a number in the 16 characters of a DICOM decimal string, exactly where they suffice.

    Otherwise it is rounded to as many digits as fit: to 5e-11 or better below 10 000 in size, so coordinates in mm
    read back within 1e-10.

    Examples
    --------
    >>> decimal_string(-100.1), decimal_string(-1234.56789012345678), decimal_string(1e-20 / 3)
    ('-100.1', '-1234.5678901235', '3.3333333333e-21')
    """
    number = float(value)
    text = repr(number)
    if text.endswith(".0"):
        text = text[:-2]
    if len(text) <= 16:
        return text
    if 1e-4 <= abs(number) < 1e13:
        whole = len(str(int(abs(number)))) + (number < 0)
        rounded = f"{number:.{max(0, 15 - whole)}f}"
        # 99.99... rounds up to one digit more before the point, and then every decimal is 0
        return rounded if len(rounded) <= 16 else rounded[:16].rstrip(".")
    # a sign, a leading digit, a point and an exponent of up to five characters leave room for eight decimals
    decimals = next(d for d in range(12, 0, -1) if len(f"{number:.{d}e}") <= 16)
    return f"{number:.{decimals}e}"


def decimal_strings(values: FloatArray) -> list[str]:
    """Write an array, flattened, as decimal strings."""
    return [decimal_string(value) for value in np.ravel(values).tolist()]


def decimal_string_above(value: float) -> str:
    """Write the smallest decimal string of ten digits that is not below a positive number."""
    exact = Decimal(float(value))
    step = Decimal(1).scaleb(exact.adjusted() - 9)
    return f"{exact.quantize(step, rounding=ROUND_CEILING):.9E}"
