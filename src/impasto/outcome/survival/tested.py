"""What a test found, with everything that one must know to repeat it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from impasto.core.arrays import FloatArray

__all__ = ["Tested", "chi_square_tested", "normal_tested", "quadratic_form"]


@dataclass(frozen=True)
class Tested:
    """The outcome of one hypothesis test.

    Parameters
    ----------
    name : str
        The test as a paper would name it.
    statistic : float
    distribution : str
        Reference distribution of the statistic under the null hypothesis.
    p_value : float
    null_hypothesis : str
    patients, events : int
        What went into it.
    alternative : str
    correction : str
        Continuity correction or correction for multiple testing.
    ties : str
        How equal times are dealt with.
    """

    name: str
    statistic: float
    distribution: str
    p_value: float
    null_hypothesis: str
    patients: int
    events: int
    alternative: str = "two-sided"
    correction: str = "none"
    ties: str = ""

    def sentence(self) -> str:
        """Say the result in one line, as below a figure."""
        p = f"p = {self.p_value:.4f}" if self.p_value >= 1e-4 else f"p = {self.p_value:.2e}"
        said = [f"{self.name}: {self.distribution} = {self.statistic:.4g}, {p}", self.alternative]
        said += [f"correction: {self.correction}", f"n = {self.patients}, {self.events} events"]
        return ", ".join([*said, *([f"ties: {self.ties}"] if self.ties else [])])


def chi_square_tested(name: str, statistic: float, freedom: int, null_hypothesis: str, counts: tuple[int, int],
                      ties: str = "") -> Tested:  # fmt: skip
    """Judge a statistic that follows a chi-square distribution; `counts` are patients and events."""
    p_value = float(chi2.sf(statistic, freedom)) if freedom > 0 else float("nan")
    distribution = f"chi-square({freedom})"
    return Tested(name, float(statistic), distribution, p_value, null_hypothesis, *counts, ties=ties)


def normal_tested(name: str, z: float, null_hypothesis: str, counts: tuple[int, int], ties: str = "") -> Tested:
    """Judge a statistic that follows a standard normal distribution, two-sided."""
    p_value = float(2.0 * norm.sf(np.abs(z)))
    return Tested(name, float(z), "z", p_value, null_hypothesis, *counts, ties=ties)


def quadratic_form(score: FloatArray, covariance: FloatArray) -> tuple[float, int]:
    """Squared length of a score in units of its covariance, and the rank of that: statistic and degrees of freedom.

    Directions without variance do not count: the sum over all groups, or a group that was never at risk.

    Parameters
    ----------
    score : ndarray, shape (part,)
    covariance : ndarray, shape (part, part)
    """
    values, vectors = np.linalg.eigh(covariance)
    counting = values > 1e-9 * max(float(values[-1]), 1e-300)
    along = score @ vectors[:, counting]
    return float((along**2 / values[counting]).sum()), int(counting.sum())
