"""Who and what a DICOM series belongs to: the identity that objects drawn on it must repeat."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SeriesReference"]


@dataclass(frozen=True)
class SeriesReference:
    """Identity of an image series, as plain JSON values in DICOM's own form.

    Parameters
    ----------
    modality : str
        DICOM Modality: ``CT``, ``MR``, ``PT``.
    study_instance_uid, series_instance_uid, frame_of_reference_uid : str
    sop_class_uid : str
    sop_instance_uids : tuple of str
        One per slice in k order (time frames after one another); a multi-frame image has one in all.
    patient_name, patient_id, patient_birth_date, patient_sex : str
        Empty where the file is silent; dates as YYYYMMDD.
    study_date, study_time, study_id, accession_number, referring_physician_name : str
    series_description : str
    patient_position : str
        For example ``HFS``.
    """

    modality: str
    study_instance_uid: str
    series_instance_uid: str
    frame_of_reference_uid: str
    sop_class_uid: str
    sop_instance_uids: tuple[str, ...]
    patient_name: str = ""
    patient_id: str = ""
    patient_birth_date: str = ""
    patient_sex: str = ""
    study_date: str = ""
    study_time: str = ""
    study_id: str = ""
    accession_number: str = ""
    referring_physician_name: str = ""
    series_description: str = ""
    patient_position: str = ""
