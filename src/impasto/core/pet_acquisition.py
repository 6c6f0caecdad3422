"""How a PET series was acquired: what a header says that turns activity into standardised uptake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["PetAcquisition"]


@dataclass(frozen=True)
class PetAcquisition:
    """The facts of a PET header that SUV depends on; None where the header is silent.

    Parameters
    ----------
    units : str
        DICOM Units (0054,1001): ``BQML``, ``CNTS``, ``GML``, ...
    corrections : tuple of str
        Corrected Image (0028,0051), for example ``("ATTN", "DECY")``.
    decay_correction : str
        Decay Correction (0054,1102): ``START``, ``ADMIN`` or ``NONE``.
    weight_kg, height_m : float, optional
        Patient's weight and size.
    sex : str
        Patient's sex: ``M``, ``F``, ``O`` or empty.
    injected_dose_bq, half_life_s : float, optional
        Radionuclide total dose and half life.
    injection : datetime, optional
        Radiopharmaceutical start.
    series : datetime, optional
        Series date and time.
    acquisition : datetime, optional
        Earliest acquisition date and time of all slices.
    frame_reference_time_s, frame_duration_s : float, optional
        Of the slice whose acquisition is earliest, for deriving the start of the series.
    ge_scan : datetime, optional
        GE private scan date and time (0009,100D).
    philips_suv_factor, philips_activity_factor : float, optional
        Philips private (7053,1000): counts to SUV; (7053,1009): counts to Bq/mL.
    radiopharmaceutical : str
        Name as written, empty when absent.
    suv_type : str
        SUV Type (0054,1006) where the units are those of an uptake value: ``BW``, ``LBM``, ...; empty means ``BW``.
    """

    units: str
    corrections: tuple[str, ...]
    decay_correction: str
    weight_kg: float | None = None
    height_m: float | None = None
    sex: str = ""
    injected_dose_bq: float | None = None
    half_life_s: float | None = None
    injection: datetime | None = None
    series: datetime | None = None
    acquisition: datetime | None = None
    frame_reference_time_s: float | None = None
    frame_duration_s: float | None = None
    ge_scan: datetime | None = None
    philips_suv_factor: float | None = None
    philips_activity_factor: float | None = None
    radiopharmaceutical: str = ""
    suv_type: str = ""
