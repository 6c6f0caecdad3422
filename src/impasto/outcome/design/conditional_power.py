"""The chance that a trial under way ends with a result, given what it has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.errors import ImpastoError
from impasto.outcome.design.boundaries import Boundaries
from impasto.outcome.design.crossing import crossing_probabilities, start_at

__all__ = ["ConditionalPower", "conditional_power"]


@dataclass(frozen=True)
class ConditionalPower:
    """Conditional power at an interim look under four views of what is to come.

    Parameters
    ----------
    information : float
        Share at the look.
    z : float
        Statistic at the look, positive for benefit.
    as_planned : float
        When the rest follows the hazard ratio that the trial was planned for.
    as_seen : float
        When the rest follows the effect seen so far.
    without_effect : float
        When the rest has no effect.
    predictive : float
        The first three assume an effect; this averages over a normal posterior of it with a flat prior
        (Spiegelhalter, Freedman and Blackburn 1986).
    """

    information: float
    z: float
    as_planned: float
    as_seen: float
    without_effect: float
    predictive: float


def conditional_power(boundaries: Boundaries, information: float, z: float, planned_drift: float) -> ConditionalPower:
    """Chance to cross an upper boundary at a later look, given the statistic now (Lan and Wittes 1988).

    Parameters
    ----------
    boundaries : Boundaries
        Looks after `information` are those to come.
    information : float
        Share now.
    z : float
        Statistic now.
    planned_drift : float
        Expected z at full information under the planned effect; :func:`log_rank_drift` gives it.

    Raises
    ------
    ImpastoError
        When no look is to come.
    """
    later = boundaries.information > information + 1e-12
    if not 0.0 < information < 1.0 or not later.any():
        raise ImpastoError(
            "conditional power", f"no look is to come after {information:g}", "give a share before the last"
        )
    score = z * np.sqrt(information)

    def power(drift: float) -> float:
        now = start_at(information, score, drift)
        shares, low, high = (part[later] for part in (boundaries.information, boundaries.lower_z, boundaries.z))
        return float(crossing_probabilities(shares, low, high, drift, now)[1].sum())

    nodes, weights = np.polynomial.hermite_e.hermegauss(48)
    seen = score / information
    predictive = (
        sum(weight * power(seen + node / np.sqrt(information)) for node, weight in zip(nodes, weights, strict=True))
        / weights.sum()
    )
    return ConditionalPower(information, z, power(planned_drift), power(seen), power(0.0), float(predictive))
