"""How oxygen modifies the effect of dose, and how much oxygen uptake of FMISO speaks of."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["oxygen_dose_modification", "oxygen_enhancement_ratio", "oxygen_from_fmiso_mmhg"]


def oxygen_enhancement_ratio(pressure_mmhg: ArrayLike, maximum: float = 3.0, half_mmhg: float = 3.0) -> FloatArray:
    """Dose in anoxia over dose at an oxygen pressure for the same effect, ``(m p + K) / (p + K)``.

    Alper and Howard-Flanders 1956, with m = 3 and K = 3 mmHg.

    Parameters
    ----------
    pressure_mmhg : array_like
    maximum : float
        m, the ratio at plentiful oxygen.
    half_mmhg : float
        K, the pressure at which half of the gain is reached.

    Raises
    ------
    ImpastoError
        When a pressure is negative, m below 1 or K not positive.

    Examples
    --------
    >>> oxygen_enhancement_ratio([0.0, 3.0]).tolist()
    [1.0, 2.0]
    """
    pressure = np.asarray(pressure_mmhg, dtype=np.float64)
    if np.any(pressure < 0.0):
        raise ImpastoError("oxygen pressure", "it is negative somewhere", "give mmHg of 0 or more")
    if maximum < 1.0 or not half_mmhg > 0.0:
        raise ImpastoError("oxygen enhancement", f"m = {maximum:g}, K = {half_mmhg:g} mmHg", "give m >= 1 and K > 0")
    ratio: FloatArray = (maximum * pressure + half_mmhg) / (pressure + half_mmhg)
    return ratio


def oxygen_dose_modification(pressure_mmhg: ArrayLike, maximum: float = 3.0, half_mmhg: float = 3.0) -> FloatArray:
    """Share of the dose that counts, ``OER(p) / m``: 1 with plentiful oxygen, 1/m without any.

    It multiplies dose in linear and quadratic term alike (Wouters and Brown 1997, with one ratio for both).
    """
    return oxygen_enhancement_ratio(pressure_mmhg, maximum, half_mmhg) / maximum


def oxygen_from_fmiso_mmhg(
    relative_uptake: ArrayLike, a: float = 10.9, b: float = 10.7, c_mmhg: float = 2.5, plentiful_mmhg: float = 60.0
) -> FloatArray:
    """Oxygen pressure from the uptake of FMISO, ``p = c (a - C) / (C - a + b)``.

    The inverse of ``C = a - b p / (c + p)`` (Toma-Dasu 2012). Uptake at or below that of `plentiful_mmhg` is taken as
    that pressure, uptake above a as anoxia. Uptake needs living cells: necrosis is cold and is read as plentiful
    oxygen, and voxels average over both.

    Parameters
    ----------
    relative_uptake : array_like
        C, dimensionless, on the curve's own scale: .63 at 60 mmHg, 10.9 in anoxia.
    a, b, c_mmhg : float
    plentiful_mmhg : float
        Highest pressure given.

    Returns
    -------
    ndarray
        In mmHg; NaN where the uptake is NaN.
    """
    uptake = np.asarray(relative_uptake, dtype=np.float64)
    # where C reaches the asymptote a - b no pressure is high enough
    distance = np.maximum(uptake - (a - b), b * c_mmhg / (c_mmhg + plentiful_mmhg))
    pressure: FloatArray = np.clip(c_mmhg * (b / distance - 1.0), 0.0, plentiful_mmhg)
    return pressure
