"""From tumour-to-reference ratio to oxygen pressure and the dose that makes up for its lack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impasto.core import Image, ImpastoError
from impasto.core.arrays import FloatArray
from impasto.radiobiology import oxygen_dose_modification, oxygen_from_fmiso_mmhg

__all__ = ["UPTAKE_CURVES", "UptakeCurve", "dose_factor", "oxygen_pressure"]


@dataclass(frozen=True)
class UptakeCurve:
    """Uptake over oxygen pressure, ``C = a - b p / (c + p)``, and the scale on which ratios enter it.

    Parameters
    ----------
    a, b, c_mmhg : float
    plentiful_mmhg : float
        Pressure of the reference tissue: a ratio of one means this pressure, and it is the highest given.
    source : str
    """

    a: float
    b: float
    c_mmhg: float
    plentiful_mmhg: float
    source: str

    @property
    def at_plentiful(self) -> float:
        """Uptake C of the reference tissue."""
        return self.a - self.b * self.plentiful_mmhg / (self.c_mmhg + self.plentiful_mmhg)


UPTAKE_CURVES: Mapping[str, UptakeCurve] = {
    "Toma-Dasu 2012": UptakeCurve(10.9, 10.7, 2.5, 60.0, "Toma-Dasu 2012: FMISO, reference tissue at 60 mmHg"),
    "digital patient": UptakeCurve(4.2, 3.2, 2.0, 40.0, "retention of impasto's digital patients at full cell density"),
}
"""By name. Curves are for tissue full of living cells: necrosis is cold and reads as plentiful oxygen, and a voxel
whose cells are few or whose uptake is blurred reads as better oxygenated than its cells are."""


def oxygen_pressure(ratio: Image, curve: UptakeCurve) -> Image:
    """Read oxygen pressure from the ratio of uptake to a well-oxygenated reference tissue's.

    Parameters
    ----------
    ratio : Image
        See :func:`~impasto.target.hypoxia.threshold.tumour_to_reference`.
    curve : UptakeCurve

    Returns
    -------
    Image
        Partial pressure in mmHg, NaN where the ratio is; with standard error, to first order, where the ratio has one.
    """
    uptake = np.asarray(ratio.data, dtype=np.float64) * curve.at_plentiful
    pressure = _pressure_mmhg(uptake, curve)
    error = None
    if ratio.standard_error is not None:
        spread = np.asarray(ratio.standard_error, dtype=np.float64) * curve.at_plentiful
        # half the difference over one standard error either way: stays finite where the curve is cut off
        away = _pressure_mmhg(uptake - spread, curve) - _pressure_mmhg(uptake + spread, curve)
        error = (0.5 * away).astype(np.float32)
    return Image(pressure.astype(np.float32), ratio.grid, "oxygen partial pressure", "mm[Hg]", standard_error=error)


def dose_factor(pressure: Image, maximum: float, half_mmhg: float, plentiful_mmhg: float) -> Image:
    """Factor by which dose must rise for the effect it has at plentiful oxygen.

    ``OER(plentiful) / OER(p)`` (Alper and Howard-Flanders 1956): 1 at the plentiful pressure, near `maximum` in anoxia.
    It counts every cell of a voxel as having the voxel's mean oxygen, and no reoxygenation: an upper bound.

    Parameters
    ----------
    pressure : Image
        In mmHg.
    maximum, half_mmhg : float
        m and K, see :func:`~impasto.radiobiology.oxygen_enhancement_ratio`.
    plentiful_mmhg : float
        Pressures above count as this one.

    Returns
    -------
    Image
        Dimensionless, at least 1, NaN where the pressure is.

    Raises
    ------
    ImpastoError
        When the pressure is not in mmHg.
    """
    if pressure.unit != "mm[Hg]":
        raise ImpastoError(pressure.quantity, f"is in {pressure.unit}", "give oxygen pressure in mm[Hg]")
    values = np.minimum(np.asarray(pressure.data, dtype=np.float64), plentiful_mmhg)
    known = np.isfinite(values)
    counted = oxygen_dose_modification(np.where(known, values, plentiful_mmhg), maximum, half_mmhg)
    factor = oxygen_dose_modification(plentiful_mmhg, maximum, half_mmhg) / counted
    return Image(np.where(known, factor, np.nan).astype(np.float32), pressure.grid, "dose factor for oxygen", "1")


def _pressure_mmhg(uptake: FloatArray, curve: UptakeCurve) -> FloatArray:
    return oxygen_from_fmiso_mmhg(uptake, curve.a, curve.b, curve.c_mmhg, curve.plentiful_mmhg)
