"""What PET headers say about dose, patient and times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydicom.dataset import Dataset
from pydicom.uid import EnhancedPETImageStorage

from impasto.core.pet_acquisition import PetAcquisition
from impasto.files.dicom.frame import Frame
from impasto.files.dicom.header import earliest_frame, number
from impasto.files.dicom.timestamps import moment, moment_from_text, time_of_day

__all__ = ["pet_acquisition", "pet_units"]

_GE = (0x0009, "GEMS_PETD_01")
_PHILIPS = (0x7053, "Philips PET Private Group")

_UNIT_CODES = {"bq/ml": "BQML", "g/ml": "GML", "{counts}": "CNTS", "cm2/ml": "CM2ML"}
"""UCUM units of enhanced PET, as the DICOM Units of classic PET."""

_CORRECTED = {
    "ATTN": "AttenuationCorrected",
    "DECY": "DecayCorrected",
    "SCAT": "ScatterCorrected",
    "DTIM": "DeadTimeCorrected",
    "RAN": "RandomsCorrected",
    "NORM": "DetectorNormalizationCorrection",
}
"""Flags of enhanced PET that stand for values of Corrected Image (0028,0051)."""


def pet_acquisition(headers: Sequence[Dataset], frames: Sequence[Frame] = ()) -> PetAcquisition:
    """Gather the facts that turn activity into standardised uptake from the headers of all slices.

    Parameters
    ----------
    headers : sequence of Dataset
        One per file. What belongs to patient and injection is taken from the first acquired.
    frames : sequence of Frame
        Of a multi-frame file, whose acquisition times stand in the frames.

    Notes
    -----
    Radiopharmaceutical Start DateTime goes before Start Time. A start time is put on the day of the acquisition, or
    the day before when that would be after the acquisition: the injection was before midnight, the scan after it.
    Enhanced PET states the dose in MBq (classic: Bq) and the moment to which decay was corrected; that is given here
    as ``ADMIN`` when it is the injection, else as ``START`` with that moment as the series'.
    """
    first = min(headers, key=lambda header: _acquired(header) or datetime.max)
    acquired = [found for header in headers if (found := _acquired(header)) is not None]
    acquired += [frame.acquired for frame in frames if frame.acquired is not None]
    acquisition, series = min(acquired, default=None), moment(first, "Series")
    drug = next(iter(first.get("RadiopharmaceuticalInformationSequence") or ()), Dataset())
    injection = _injection(drug, acquisition or series)
    decay, series = _decay_correction(first, injection, series)
    return PetAcquisition(
        units=pet_units(first),
        corrections=_corrections(first),
        decay_correction=decay,
        weight_kg=_positive(number(first, "PatientWeight")),
        height_m=_positive(number(first, "PatientSize")),
        sex=str(first.get("PatientSex") or ""),
        injected_dose_bq=_dose_bq(first, drug),
        half_life_s=_positive(number(drug, "RadionuclideHalfLife")),
        injection=injection,
        series=series,
        acquisition=acquisition,
        frame_reference_time_s=_seconds(number(first, "FrameReferenceTime")),
        frame_duration_s=_seconds(_frame_duration_ms(first)),
        ge_scan=moment_from_text(_private_text(first, *_GE, 0x0D)),
        philips_suv_factor=_private_factor(first, 0x00),
        philips_activity_factor=_private_factor(first, 0x09),
        radiopharmaceutical=_name(drug),
        suv_type=str(first.get("SUVType") or ""),
    )


def pet_units(header: Dataset) -> str:
    """Return DICOM Units (0054,1001), of enhanced PET derived from the units of its real-world value mapping."""
    stated = str(header.get("Units") or "")
    if stated:
        return stated
    groups = [*(header.get("SharedFunctionalGroupsSequence") or ())]
    groups += list(header.get("PerFrameFunctionalGroupsSequence") or ())[:1]
    for group in groups:
        for mapping in group.get("RealWorldValueMappingSequence") or ():
            for code in mapping.get("MeasurementUnitsCodeSequence") or ():
                ucum = str(code.get("CodeValue") or "").lower()
                base = ucum if ucum.startswith("{") else ucum.split("{")[0]
                if base in _UNIT_CODES:
                    return _UNIT_CODES[base]
    return ""


def _acquired(header: Dataset) -> datetime | None:
    return moment(header, "Acquisition")


def _frame_duration_ms(header: Dataset) -> float | None:
    stated = number(header, "ActualFrameDuration")
    content = earliest_frame(header).get("FrameContentSequence")
    return number(content[0], "FrameAcquisitionDuration") if stated is None and content else stated


def _injection(drug: Dataset, scan: datetime | None) -> datetime | None:
    whole = moment_from_text(str(drug.get("RadiopharmaceuticalStartDateTime") or ""))
    if whole is not None:
        return whole
    since_midnight = time_of_day(str(drug.get("RadiopharmaceuticalStartTime") or ""))
    if since_midnight is None or scan is None:
        return None
    same_day = datetime(scan.year, scan.month, scan.day) + since_midnight
    return same_day if same_day <= scan else same_day - timedelta(days=1)


def _decay_correction(
    header: Dataset, injection: datetime | None, series: datetime | None
) -> tuple[str, datetime | None]:
    stated = str(header.get("DecayCorrection") or "")
    reference = moment_from_text(str(header.get("DecayCorrectionDateTime") or ""))
    if stated or reference is None:
        return stated or ("NONE" if header.get("DecayCorrected") == "NO" else ""), series
    if injection is not None and abs((reference - injection).total_seconds()) < 1.0:
        return "ADMIN", series
    return "START", reference


def _corrections(header: Dataset) -> tuple[str, ...]:
    stated = header.get("CorrectedImage")
    if stated:
        return (stated,) if isinstance(stated, str) else tuple(str(correction) for correction in stated)
    return tuple(name for name, keyword in _CORRECTED.items() if header.get(keyword) == "YES")


def _dose_bq(header: Dataset, drug: Dataset) -> float | None:
    dose = _positive(number(drug, "RadionuclideTotalDose"))
    if dose is None or header.get("SOPClassUID") != EnhancedPETImageStorage:
        return dose
    # no patient is given 100 GBq: such a number is in Bq although the standard asks for MBq
    return dose * 1e6 if dose < 1e5 else dose


def _name(drug: Dataset) -> str:
    coded = next(iter(drug.get("RadiopharmaceuticalCodeSequence") or ()), Dataset())
    return str(drug.get("Radiopharmaceutical") or coded.get("CodeMeaning") or "")


def _private_text(header: Dataset, group: int, creator: str, element: int) -> str:
    try:
        value = header.private_block(group, creator)[element].value
    except KeyError:
        return ""
    # without a dictionary entry, or after a tool that did not know it, the value is raw bytes
    return value.decode("ascii", "replace").strip(" \0") if isinstance(value, bytes) else str(value or "")


def _private_factor(header: Dataset, element: int) -> float | None:
    text = _private_text(header, *_PHILIPS, element)
    try:
        return _positive(float(text)) if text else None
    except ValueError:
        return None


def _positive(value: float | None) -> float | None:
    """Return None for the zeros that stand for 'unknown'."""
    return value if value is not None and value > 0.0 else None


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000.0
