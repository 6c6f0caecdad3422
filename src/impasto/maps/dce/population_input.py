"""Arterial inputs of populations, ready to fit with."""

from __future__ import annotations

from typing import Literal

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.arterial_input import ArterialInput, georgiou_blood_concentration, parker_blood_concentration

__all__ = ["population_arterial_input"]

_KNOTS_PER_S = 4
_POPULATIONS = {"Parker": (parker_blood_concentration, 0.42), "Georgiou": (georgiou_blood_concentration, 0.35)}
_MEASURED_DOSE_MMOL_PER_KG = 0.1


def population_arterial_input(
    population: Literal["Parker", "Georgiou"],
    times_s: FloatArray,
    bolus_arrival_s: float,
    dose_mmol_per_kg: float = 0.1,
    haematocrit: float | None = None,
) -> ArterialInput:
    """Sample a population's input in quarters of a second to the end of a series.

    Parameters
    ----------
    population : {"Parker", "Georgiou"}
        Parker 2006 (average of 113 visits, haematocrit .42) or Georgiou 2019 (haematocrit .35).
    times_s : ndarray, shape (time,)
        Of the series; only the last counts.
    bolus_arrival_s : float
        On their clock.
    dose_mmol_per_kg : float
        Scales the concentration, which both measured after 0.1.
    haematocrit : float, optional
        The population's own when not given.

    Returns
    -------
    ArterialInput

    Raises
    ------
    ImpastoError
        When the population is not known or the dose is not positive.
    """
    if population not in _POPULATIONS:
        raise ImpastoError("arterial input", f"population {population!r}", f"choose one of {', '.join(_POPULATIONS)}")
    if not dose_mmol_per_kg > 0.0:
        raise ImpastoError("arterial input", f"a dose of {dose_mmol_per_kg:g} mmol/kg", "give the injected one")
    blood_at, own_haematocrit = _POPULATIONS[population]
    knots = np.arange(int(np.ceil(float(np.max(times_s)) * _KNOTS_PER_S)) + 1) / _KNOTS_PER_S
    blood = blood_at(knots, bolus_arrival_s) * (dose_mmol_per_kg / _MEASURED_DOSE_MMOL_PER_KG)
    return ArterialInput(knots, blood, own_haematocrit if haematocrit is None else haematocrit)
