"""The linear-quadratic model: isoeffective doses and the survival of cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["bed_gy", "eqd2_gy", "log_survival", "physical_from_eqd2_gy"]


def bed_gy(dose_gy: ArrayLike, fractions: int, alpha_beta_gy: ArrayLike) -> FloatArray:
    """Biologically effective dose, ``D (1 + d / (alpha/beta))`` with ``d = D / n`` (Barendsen 1982, Fowler 1989).

    Parameters
    ----------
    dose_gy : array_like
        Total physical dose D in n equal fractions.
    fractions : int
    alpha_beta_gy : array_like
        One value, or one for each dose.

    Examples
    --------
    >>> float(round(bed_gy(72.0, 30, 10.0), 2))
    89.28
    """
    dose, ratio = _checked(dose_gy, fractions, alpha_beta_gy)
    bed: FloatArray = dose * (1.0 + dose / fractions / ratio)
    return bed


def eqd2_gy(dose_gy: ArrayLike, fractions: int, alpha_beta_gy: ArrayLike) -> FloatArray:
    """Equivalent dose in 2 Gy fractions, ``D (d + alpha/beta) / (2 + alpha/beta)`` (Withers 1983).

    Parameters
    ----------
    dose_gy : array_like
        Total physical dose D in n equal fractions.
    fractions : int
    alpha_beta_gy : array_like
        One value, or one for each dose.

    Raises
    ------
    ImpastoError
        When fractions or alpha/beta are not positive.

    Examples
    --------
    >>> float(eqd2_gy(30.0, 10, 3.0))
    36.0
    """
    dose, ratio = _checked(dose_gy, fractions, alpha_beta_gy)
    eqd2: FloatArray = dose * (dose / fractions + ratio) / (2.0 + ratio)
    return eqd2


def physical_from_eqd2_gy(eqd2: ArrayLike, fractions: int, alpha_beta_gy: ArrayLike) -> FloatArray:
    """Total physical dose in n equal fractions that has a given EQD2: the positive root of the definition.

    Examples
    --------
    >>> float(physical_from_eqd2_gy(36.0, 10, 3.0))
    30.0
    """
    wanted, ratio = _checked(eqd2, fractions, alpha_beta_gy)
    each = 0.5 * (np.sqrt(ratio**2 + 4.0 * np.maximum(wanted, 0.0) * (2.0 + ratio) / fractions) - ratio)
    total: FloatArray = fractions * each
    return total


def log_survival(
    dose_gy: ArrayLike,
    fractions: int,
    alpha_per_gy: ArrayLike,
    alpha_beta_gy: ArrayLike,
    dose_modification: ArrayLike = 1.0,
) -> FloatArray:
    """Natural logarithm of the share of cells that survive, ``-n (alpha h d + beta (h d)^2)``.

    Parameters
    ----------
    dose_gy : array_like
        Total physical dose in n equal fractions of d.
    fractions : int
    alpha_per_gy : array_like
        Of well-oxygenated cells.
    alpha_beta_gy : array_like
    dose_modification : array_like
        h, the oxygen-modified share of the dose: 1 where oxygen is plentiful, 1/3 in anoxia; see
        :func:`~impasto.radiobiology.oer.oxygen_dose_modification`.
    """
    dose, ratio = _checked(dose_gy, fractions, alpha_beta_gy)
    effective = dose * np.asarray(dose_modification, dtype=np.float64)
    logarithm: FloatArray = -np.asarray(alpha_per_gy) * effective * (1.0 + effective / fractions / ratio)
    return logarithm


def _checked(dose_gy: ArrayLike, fractions: int, alpha_beta_gy: ArrayLike) -> tuple[FloatArray, FloatArray]:
    ratio = np.asarray(alpha_beta_gy, dtype=np.float64)
    if fractions < 1:
        raise ImpastoError("fractions", f"{fractions} fractions", "give one or more")
    if not np.all(ratio > 0.0):
        raise ImpastoError("alpha/beta", "it is not positive everywhere", "give a positive dose in Gy")
    return np.asarray(dose_gy, dtype=np.float64), ratio
