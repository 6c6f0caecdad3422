"""Decay of the sources between calibration and treatment."""

from __future__ import annotations

from datetime import date

from impasto.core.errors import ImpastoError

__all__ = ["decayed_dose_rate_gy_per_min"]

DAYS_PER_YEAR = 365.25


def decayed_dose_rate_gy_per_min(
    calibrated_gy_per_min: float, calibrated_on: date, treated_on: date, half_life_years: float = 5.26
) -> float:
    """Dose rate on the day of treatment, ``R 2^(-t / T)``.

    Parameters
    ----------
    calibrated_gy_per_min : float
        At the centre of a water-equivalent sphere of 160 mm, all sectors on the largest collimator.
    calibrated_on, treated_on : datetime.date
        A treatment before the calibration is computed backwards.
    half_life_years : float
        Of cobalt-60; the machine's value.

    Raises
    ------
    ImpastoError
        When the dose rate or the half-life is not positive.

    Examples
    --------
    >>> round(decayed_dose_rate_gy_per_min(3.0, date(2020, 1, 1), date(2025, 4, 5)), 3)
    1.5
    """
    if not calibrated_gy_per_min > 0.0 or not half_life_years > 0.0:
        raise ImpastoError("calibration", "the dose rate or the half-life is not positive", "check the calibration")
    years = (treated_on - calibrated_on).days / DAYS_PER_YEAR
    return float(calibrated_gy_per_min * 2.0 ** (-years / half_life_years))
