"""Standardised uptake value: activity concentration over injected activity per body measure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from impasto.core.arrays import RealArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.pet_acquisition import PetAcquisition
from impasto.maps.pet.body import (
    body_surface_area_m2,
    lean_body_mass_james_kg,
    lean_body_mass_james_limit_kg,
    lean_body_mass_janmahasatian_kg,
)
from impasto.maps.pet.decay import decay_factor, decay_reference

__all__ = ["Normalisation", "StandardisedUptake", "standardised_uptake", "standardised_uptake_value"]


class Normalisation(StrEnum):
    """Body measure that the injected activity is spread over."""

    BODY_WEIGHT = "body weight"
    LEAN_BODY_MASS_JANMAHASATIAN = "lean body mass (Janmahasatian)"
    LEAN_BODY_MASS_JAMES = "lean body mass (James)"
    BODY_SURFACE_AREA = "body surface area"

    @property
    def unit(self) -> str:
        """UCUM unit of the uptake value."""
        return "cm2/mL" if self is Normalisation.BODY_SURFACE_AREA else "g/mL"


@dataclass(frozen=True, eq=False)
class StandardisedUptake:
    """An uptake map and what it was computed with.

    Parameters
    ----------
    image : Image
        Standardised uptake value, g/mL (cm2/mL for body surface area).
    used : dict of str to float or str
        Every header fact and rule that changed a number, units in the keys.
    """

    image: Image
    used: dict[str, float | str]


def standardised_uptake_value(
    activity_bq_ml: RealArray, body_measure: float, injected_dose_bq: float, remaining_share: float
) -> RealArray:
    """Activity concentration x body measure / (injected activity x share left after decay).

    Parameters
    ----------
    activity_bq_ml : ndarray
    body_measure : float
        Weight or lean mass in g, or surface area in cm2.
    injected_dose_bq : float
        At injection.
    remaining_share : float
        2^(-t / T1/2) for the time from injection to the moment the activities refer to.

    Returns
    -------
    ndarray of float32, same shape

    Examples
    --------
    >>> activity = np.array([2500.0])  # evenly spread: half of 400 MBq is left in 80 kg
    >>> standardised_uptake_value(activity, 80_000.0, 400e6, 0.5).tolist()
    [1.0]
    """
    factor = body_measure / (injected_dose_bq * remaining_share)
    return np.asarray(activity_bq_ml * factor, dtype=np.float32)


def standardised_uptake(
    image: Image, acquisition: PetAcquisition, normalisation: Normalisation = Normalisation.BODY_WEIGHT
) -> StandardisedUptake:
    """Turn a PET series into standardised uptake.

    Parameters
    ----------
    image : Image
        Values as stored, in the units that `acquisition` names.
    acquisition : PetAcquisition
    normalisation : Normalisation

    Returns
    -------
    StandardisedUptake

    Raises
    ------
    ImpastoError
        When a header fact that is needed is missing or makes no sense; it names the attribute.

    Notes
    -----
    ``BQML`` and ``CNTS`` need attenuation and decay correction. ``CNTS`` is understood for Philips, by the private
    factor to SUV (7053,1000) or to Bq/mL (7053,1009). ``GML`` is SUV by body weight already.
    """
    scale, used = _body_weight_scale(acquisition)
    if normalisation is not Normalisation.BODY_WEIGHT:
        weight_g = 1000.0 * _weight_kg(acquisition)
        measure = _body_measure(acquisition, normalisation)
        scale *= measure / weight_g
        used["body measure [g or cm2]"] = measure
    used["normalisation"] = str(normalisation)
    uptake = np.asarray(image.data * scale, dtype=np.float32)
    quantity = f"standardised uptake value, {normalisation}"
    return StandardisedUptake(image.with_data(uptake, quantity, normalisation.unit), used)


def _body_weight_scale(acquisition: PetAcquisition) -> tuple[float, dict[str, float | str]]:
    """Factor from stored values to SUV by body weight, and what it rests on."""
    used: dict[str, float | str] = {"units": acquisition.units}
    if acquisition.units == "GML" and acquisition.suv_type not in ("", "BW"):
        raise ImpastoError("SUV Type (0054,1006)", f"is {acquisition.suv_type}, not BW", "export the series in Bq/mL")
    if acquisition.units == "GML":
        used["rule"] = "Units are GML: already SUV by body weight"
        return 1.0, used
    _require_corrections(acquisition)
    if acquisition.units == "CNTS" and acquisition.philips_suv_factor:
        used["rule"] = "Philips counts x SUV factor (7053,1000)"
        used["Philips SUV factor"] = acquisition.philips_suv_factor
        return acquisition.philips_suv_factor, used
    to_activity = 1.0
    if acquisition.units == "CNTS":
        if not acquisition.philips_activity_factor:
            raise ImpastoError(
                "Units (0054,1001)",
                "are counts, and no Philips factor (7053,1000) or (7053,1009) says what a count means",
                "export the series in Bq/mL",
            )
        to_activity = acquisition.philips_activity_factor
        used["Philips activity factor [Bq/mL]"] = to_activity
    elif acquisition.units != "BQML":
        raise ImpastoError("Units (0054,1001)", f"are {acquisition.units!r}", "export the series in Bq/mL")
    return to_activity * _scale_of_activity(acquisition, used), used


def _require_corrections(acquisition: PetAcquisition) -> None:
    missing = [name for name in ("ATTN", "DECY") if name not in acquisition.corrections]
    if missing:
        raise ImpastoError(
            "Corrected Image (0028,0051)",
            f"lacks {' and '.join(missing)}, so activities are not quantitative",
            "reconstruct with attenuation and decay correction",
        )


def _scale_of_activity(acquisition: PetAcquisition, used: dict[str, float | str]) -> float:
    dose_bq = _required(acquisition.injected_dose_bq, "Radionuclide Total Dose (0018,1074)", "Bq")
    half_life_s = _required(acquisition.half_life_s, "Radionuclide Half Life (0018,1075)", "s")
    reference = decay_reference(acquisition)
    remaining = decay_factor(reference.elapsed_s, half_life_s)
    weight_kg = _weight_kg(acquisition)
    used["rule"] = reference.rule
    used["time since injection [s]"] = reference.elapsed_s
    used["half life [s]"] = half_life_s
    used["injected dose [Bq]"] = dose_bq
    used["share left after decay"] = remaining
    used["weight [kg]"] = weight_kg
    return 1000.0 * weight_kg / (dose_bq * remaining)


def _body_measure(acquisition: PetAcquisition, normalisation: Normalisation) -> float:
    weight_kg = _weight_kg(acquisition)
    height_m = _required(acquisition.height_m, "Patient's Size (0010,1020)", "m")
    if normalisation is Normalisation.BODY_SURFACE_AREA:
        return 10_000.0 * body_surface_area_m2(weight_kg, height_m)
    if acquisition.sex not in ("M", "F"):
        raise ImpastoError("Patient's Sex (0010,0040)", "is not M or F", "choose normalisation by body weight")
    if normalisation is Normalisation.LEAN_BODY_MASS_JAMES:
        lean_kg = lean_body_mass_james_kg(weight_kg, height_m, acquisition.sex)
        # the parabola's top: the heavier, the leaner from here on
        if weight_kg > lean_body_mass_james_limit_kg(height_m, acquisition.sex):
            raise ImpastoError(
                "Patient's Weight (0010,1030)",
                f"is {weight_kg:g} kg at {height_m:g} m, beyond the range of James' lean body mass",
                "choose lean body mass after Janmahasatian",
            )
        return 1000.0 * lean_kg
    return 1000.0 * lean_body_mass_janmahasatian_kg(weight_kg, height_m, acquisition.sex)


def _weight_kg(acquisition: PetAcquisition) -> float:
    return _required(acquisition.weight_kg, "Patient's Weight (0010,1030)", "kg")


def _required(value: float | None, attribute: str, unit: str) -> float:
    if value is None or not value > 0.0:
        stated = "missing" if value is None else f"{value:g} {unit}"
        raise ImpastoError(attribute, f"is {stated}", "restore it in the header before import")
    return value
