"""The parts of a PET file that standardised uptake depends on."""

from __future__ import annotations

from datetime import datetime

from pydicom.dataset import Dataset

from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.pet_acquisition import PetAcquisition
from impasto.files.dicom.rt_header import checked_text, decimal_string

__all__ = ["add_pet", "add_pet_slice", "require_pet"]

_UNITS = {"BQML": "Bq/mL", "CNTS": "{counts}", "GML": "g/mL", "CM2ML": "cm2/mL"}


def require_pet(image: Image, acquisition: PetAcquisition) -> None:
    """Make sure that image and acquisition suffice for a PET file.

    Raises
    ------
    ImpastoError
        When units disagree, there is a time axis, or a fact that DICOM requires of PET is not given.
    """
    if image.data.ndim != 3:
        raise ImpastoError("PET series", "it has a time axis", "write one frame at a time")
    if _UNITS.get(acquisition.units) != image.unit:
        problem = f"its unit is {image.unit!r}, its acquisition's {acquisition.units!r}"
        raise ImpastoError("PET series", problem, "give both in the same unit")
    required = ("series", "acquisition", "frame_reference_time_s", "frame_duration_s", "decay_correction")
    missing = [name for name in required if getattr(acquisition, name) in (None, "")]
    if missing:
        problem = f"its acquisition lacks {', '.join(missing)}"
        raise ImpastoError("PET series", problem, "state them: DICOM requires them of PET")


def add_pet(dataset: Dataset, acquisition: PetAcquisition, slices: int) -> None:
    """Add what all slices share: patient, series and radiopharmaceutical."""
    dataset.PatientWeight = _optional(acquisition.weight_kg)
    dataset.PatientSize = _optional(acquisition.height_m)
    dataset.Units = acquisition.units
    if acquisition.units == "GML":
        dataset.SUVType = "BW"
    dataset.CountsSource = "EMISSION"
    dataset.SeriesType = ["STATIC", "IMAGE"]
    dataset.NumberOfSlices = slices
    dataset.CorrectedImage = list(acquisition.corrections)
    dataset.DecayCorrection = acquisition.decay_correction
    dataset.CollimatorType = "NONE"
    dataset.PatientOrientationCodeSequence = []
    dataset.PatientGantryRelationshipCodeSequence = []
    dataset.RadiopharmaceuticalInformationSequence = [_radiopharmaceutical(acquisition)]
    if acquisition.ge_scan is not None:
        block = dataset.private_block(0x0009, "GEMS_PETD_01", create=True)
        block.add_new(0x0D, "DT", _date(acquisition.ge_scan) + _time(acquisition.ge_scan))
    factors = ((0x00, acquisition.philips_suv_factor), (0x09, acquisition.philips_activity_factor))
    for element, factor in factors:
        if factor is not None:
            block = dataset.private_block(0x7053, "Philips PET Private Group", create=True)
            block.add_new(element, "DS", decimal_string(factor))


def add_pet_slice(dataset: Dataset, acquisition: PetAcquisition, index: int) -> None:
    """Add what PET states of every slice; `index` counts from 1."""
    assert acquisition.acquisition is not None
    assert acquisition.frame_reference_time_s is not None
    assert acquisition.frame_duration_s is not None
    dataset.AcquisitionDate, dataset.AcquisitionTime = _date(acquisition.acquisition), _time(acquisition.acquisition)
    dataset.FrameReferenceTime = decimal_string(1000.0 * acquisition.frame_reference_time_s)
    dataset.ActualFrameDuration = round(1000.0 * acquisition.frame_duration_s)
    dataset.ImageIndex = index
    # factors that DICOM requires where a correction is claimed; the values are corrected already
    if "DECY" in acquisition.corrections:
        dataset.DecayFactor = "1"
    if "SCAT" in acquisition.corrections:
        dataset.ScatterFractionFactor = "0"
    if "DTIM" in acquisition.corrections:
        dataset.DeadTimeFactor = "1"
    if "DCAL" in acquisition.corrections:
        dataset.DoseCalibrationFactor = "1"


def _radiopharmaceutical(acquisition: PetAcquisition) -> Dataset:
    item = Dataset()
    item.Radiopharmaceutical = checked_text(acquisition.radiopharmaceutical, 64, "radiopharmaceutical")
    item.RadionuclideTotalDose = _optional(acquisition.injected_dose_bq)
    item.RadionuclideHalfLife = _optional(acquisition.half_life_s)
    item.RadionuclideCodeSequence = []
    if acquisition.injection is not None:
        item.RadiopharmaceuticalStartTime = _time(acquisition.injection)
        item.RadiopharmaceuticalStartDateTime = _date(acquisition.injection) + _time(acquisition.injection)
    return item


def _optional(value: float | None) -> str | None:
    return None if value is None else decimal_string(value)


def _date(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


def _time(moment: datetime) -> str:
    return moment.strftime("%H%M%S.%f")
