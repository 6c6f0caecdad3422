"""Who and what an image series is: the identity that DICOM objects derived from it must repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset

from impasto.files.dicom.identifiers import SIMULATED, new_uid

__all__ = ["SeriesReference", "new_reference", "reference_from_header"]


@dataclass(frozen=True)
class SeriesReference:
    """Patient, study, series and instances of one image series.

    Texts are empty where the header is silent. Dates and times are as DICOM writes them (``YYYYMMDD``, ``HHMMSS``).

    Parameters
    ----------
    modality : str
        ``CT``, ``MR`` or ``PT``.
    patient_id, patient_name, patient_birth_date, patient_sex : str
        The name in DICOM form, components divided by ``^``.
    study_instance_uid, series_instance_uid, frame_of_reference_uid, sop_class_uid : str
    sop_instance_uids : tuple of str
        One per slice in k order; of a time series, those of the first time.
    frame_numbers : tuple of int
        Frame of its instance (from 1) that each slice is, for multi-frame instances; empty for single-frame ones.
    study_date, study_time, study_id, study_description, accession_number, referring_physician : str
    series_date, series_time, series_description : str
    series_number : int, optional
    position_reference : str
        Position Reference Indicator (0020,1040).
    patient_position : str
        ``HFS``, ``FFS``, ...: how the patient lay.
    synthetic_data : str
        ``YES`` for a digital patient: Synthetic Data (0008,001C), or the comment that impasto writes; ``NO``, or empty.
    """

    modality: str
    patient_id: str = ""
    patient_name: str = ""
    patient_birth_date: str = ""
    patient_sex: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    frame_of_reference_uid: str = ""
    sop_class_uid: str = ""
    sop_instance_uids: tuple[str, ...] = ()
    frame_numbers: tuple[int, ...] = ()
    study_date: str = ""
    study_time: str = ""
    study_id: str = ""
    study_description: str = ""
    accession_number: str = ""
    referring_physician: str = ""
    series_date: str = ""
    series_time: str = ""
    series_description: str = ""
    series_number: int | None = None
    position_reference: str = ""
    patient_position: str = ""
    synthetic_data: str = ""


def new_reference(modality: str, patient_id: str, patient_name: str, entropy: tuple[str, ...] = ()) -> SeriesReference:
    """Make the identity of a series that does not come from DICOM.

    Parameters
    ----------
    modality : str
        ``CT``, ``MR`` or ``PT``.
    patient_id, patient_name : str
    entropy : tuple of str
        Words from which the unique identifiers follow, for output that is the same every time: references made with
        the same words share study and frame of reference, and differ by modality in the series. Without words the
        identifiers are random.

    Returns
    -------
    SeriesReference
        Without instances; :func:`~impasto.files.dicom.image_writer.write_series` adds them.
    """
    return SeriesReference(
        modality=modality,
        patient_id=patient_id,
        patient_name=patient_name,
        study_instance_uid=new_uid(*entropy, "study") if entropy else new_uid(),
        series_instance_uid=new_uid(*entropy, "series", modality) if entropy else new_uid(),
        frame_of_reference_uid=new_uid(*entropy, "frame of reference") if entropy else new_uid(),
    )


_TEXTS = {
    "modality": "Modality",
    "patient_id": "PatientID",
    "patient_name": "PatientName",
    "patient_birth_date": "PatientBirthDate",
    "patient_sex": "PatientSex",
    "study_instance_uid": "StudyInstanceUID",
    "series_instance_uid": "SeriesInstanceUID",
    "frame_of_reference_uid": "FrameOfReferenceUID",
    "sop_class_uid": "SOPClassUID",
    "study_date": "StudyDate",
    "study_time": "StudyTime",
    "study_id": "StudyID",
    "study_description": "StudyDescription",
    "accession_number": "AccessionNumber",
    "referring_physician": "ReferringPhysicianName",
    "series_date": "SeriesDate",
    "series_time": "SeriesTime",
    "series_description": "SeriesDescription",
    "position_reference": "PositionReferenceIndicator",
    "patient_position": "PatientPosition",
    "synthetic_data": "SyntheticData",
}


def reference_from_header(header: Dataset) -> SeriesReference:
    """Take the identity from the header of one instance; instances are left for the caller to add."""
    texts: dict[str, Any] = {field: str(header.get(keyword) or "") for field, keyword in _TEXTS.items()}
    if header.get("PatientComments") == SIMULATED:
        texts["synthetic_data"] = "YES"
    number = header.get("SeriesNumber")
    return SeriesReference(**texts, series_number=None if number in (None, "") else int(number))
