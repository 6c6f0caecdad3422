"""The arterial input function: contrast agent in arterial blood over time, from the population."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.maps.dce.convolution import exponential_convolution

__all__ = ["ArterialInput", "georgiou_blood_concentration", "parker_blood_concentration"]


@dataclass(frozen=True, eq=False)
class ArterialInput:
    """Concentration of contrast agent in arterial blood, linear between its knots and zero before the first.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        Increasing, may be uneven.
    blood_mmol_l : ndarray, shape (time,)
        Concentration in whole blood.
    haematocrit : float
        Of large vessels: the agent stays in plasma, whose concentration is that of blood / (1 - haematocrit).

    Raises
    ------
    ImpastoError
        When shapes disagree, times do not increase, or the haematocrit is not within 0 to 1.
    """

    times_s: FloatArray
    blood_mmol_l: FloatArray
    haematocrit: float

    def __post_init__(self) -> None:
        times, blood = np.asarray(self.times_s, dtype=np.float64), np.asarray(self.blood_mmol_l, dtype=np.float64)
        if times.ndim != 1 or times.shape != blood.shape or len(times) < 2:
            problem = f"{times.shape} times do not fit {blood.shape} concentrations"
            raise ImpastoError("arterial input", problem, "give one concentration a time, two at least")
        if not (np.diff(times) > 0.0).all() or not np.isfinite(blood).all():
            problem = "its times do not increase or a concentration is not finite"
            raise ImpastoError("arterial input", problem, "sort the samples and drop the missing ones")
        if not 0.0 <= self.haematocrit < 1.0:
            raise ImpastoError("arterial input", f"haematocrit {self.haematocrit:g}", "give a share, about 0.42")
        object.__setattr__(self, "times_s", read_only(times))
        object.__setattr__(self, "blood_mmol_l", read_only(blood))

    @property
    def plasma_mmol_l(self) -> FloatArray:
        """Concentration in plasma, shape (time,)."""
        plasma: FloatArray = self.blood_mmol_l / (1.0 - self.haematocrit)
        return plasma

    def delayed(self, delay_s: float) -> ArterialInput:
        """Return the same bolus arriving later; a negative delay means earlier."""
        return replace(self, times_s=self.times_s + delay_s)

    def held_until(self, time_s: float) -> ArterialInput:
        """Return the input with its last concentration kept until a time, if it ends before."""
        if self.times_s[-1] >= time_s:
            return self
        longer, blood = np.append(self.times_s, time_s), np.append(self.blood_mmol_l, self.blood_mmol_l[-1])
        return replace(self, times_s=longer, blood_mmol_l=blood)

    def dispersed(self, dispersion_time_s: float) -> ArterialInput:
        """Return the bolus broadened on its way by mixing: convolved with ``exp(-t / T) / T`` (Calamante 2000).

        Exact at the knots, linear between them: sample the input finer than the dispersion time. Its area stays and
        its centre comes later by T.

        Raises
        ------
        ImpastoError
            When the time is negative.
        """
        if not dispersion_time_s >= 0.0:
            raise ImpastoError("arterial input", f"a dispersion time of {dispersion_time_s:g} s", "give 0 or more")
        if dispersion_time_s == 0.0:
            return self
        mixed = exponential_convolution(1.0 / dispersion_time_s, self.times_s, self.blood_mmol_l) / dispersion_time_s
        return replace(self, blood_mmol_l=mixed)

    def blood_at(self, times_s: FloatArray) -> FloatArray:
        """Interpolate the concentration in blood, any shape.

        Raises
        ------
        ImpastoError
            When a time lies after the last knot.
        """
        times = np.asarray(times_s, dtype=np.float64)
        if times.size and float(times.max()) > self.times_s[-1] * (1.0 + 1e-12):
            problem = f"is known until {self.times_s[-1]:g} s and asked for at {float(times.max()):g} s"
            raise ImpastoError("arterial input", problem, "sample it to the end of the series")
        return np.interp(times, self.times_s, self.blood_mmol_l, left=0.0)


def parker_blood_concentration(times_s: FloatArray, delay_s: float = 0.0) -> FloatArray:
    """Average a population's whole blood after .1 mmol/kg: two Gaussians and a decaying sigmoid (Parker 2006).

    Parameters
    ----------
    times_s : ndarray, any shape
    delay_s : float
        Arrival of the bolus; nothing before it. The peak comes 10 s later.

    Returns
    -------
    ndarray, like `times_s`
        In mmol/L. The population's haematocrit is .42.

    Examples
    --------
    >>> parker_blood_concentration(np.array([-1.0, 10.2, 300.0])).round(3).tolist()
    [0.0, 6.067, 0.452]
    """
    minutes = (np.asarray(times_s, dtype=np.float64) - delay_s) / 60.0
    blood = np.zeros_like(minutes)
    for area_mmol_min_l, width_min, peak_min in ((0.809, 0.0563, 0.17046), (0.330, 0.132, 0.365)):
        height = area_mmol_min_l / (width_min * np.sqrt(2.0 * np.pi))
        blood += height * np.exp(-0.5 * ((minutes - peak_min) / width_min) ** 2)
    since = np.maximum(minutes, 0.0)
    blood += 1.050 * np.exp(-0.1685 * since) / (1.0 + np.exp(-38.078 * (since - 0.483)))
    return np.where(_reached(minutes), blood, 0.0)


def georgiou_blood_concentration(times_s: FloatArray, delay_s: float = 0.0) -> FloatArray:
    """Follow one representative patient's whole blood after .1 mmol/kg, recirculation included (Georgiou 2019).

    A sum of exponentials (washout) times a train of gamma-variates, each pass broader than the one before.

    Parameters
    ----------
    times_s : ndarray, any shape
    delay_s : float
        Arrival of the bolus; nothing before it.

    Returns
    -------
    ndarray, like `times_s`
        In mmol/L. That patient's haematocrit is .35.

    Examples
    --------
    >>> georgiou_blood_concentration(np.array([-1.0, 10.0, 300.0])).round(3).tolist()
    [0.0, 7.125, 0.649]
    """
    minutes = (np.asarray(times_s, dtype=np.float64) - delay_s) / 60.0
    since = np.maximum(minutes, 0.0)
    # printed to two or three digits; the others follow from the curve in the paper's supplement, within 4e-5 of it
    washout = sum(a * np.exp(-m * since) for a, m in ((0.374303, 0.112690), (0.331186, 1.174514), (10.06102, 16.01972)))
    shape, scale_min, recirculation_min = 5.266978, 0.03207889, 0.12855587
    passes = np.zeros_like(since)
    for n in range(int(np.max(since, initial=0.0) / recirculation_min) + 1):
        passes += _gamma_variate(since - n * recirculation_min, (n + 1) * shape + n, scale_min)
    return np.where(_reached(minutes), washout * passes, 0.0)


def _reached(minutes: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    # a hair of tolerance: a frame that starts with the bolus belongs to it, whatever the subtraction rounds to
    return minutes >= -1e-9


def _gamma_variate(times: FloatArray, power: float, scale: float) -> FloatArray:
    """Density of unit area: t^p exp(-t / s) / (s^(p + 1) Gamma(p + 1)); by logarithms, since late powers overflow."""
    later = times > 0.0
    logarithm = power * np.log(np.where(later, times / scale, 1.0)) - times / scale - gammaln(power + 1.0)
    return np.where(later, np.exp(np.where(later, logarithm, 0.0)) / scale, 0.0)
