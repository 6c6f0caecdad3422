"""Minimisation by Pocock and Simon: each patient goes, most likely, where the arms become most alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.design.allocation import Allocation, Arms, draw_generator

__all__ = ["Imbalance", "MinimisationRule", "audit_minimisation", "minimise", "minimise_next"]

Imbalance = Literal["range", "variance"]


@dataclass(frozen=True)
class MinimisationRule:
    """How patients are minimised.

    Parameters
    ----------
    arms : Arms
    factors : tuple of str
    probability : float
        Of the arm with the least imbalance; 1 is deterministic and can be foreseen.
    imbalance : {"range", "variance"}
        Spread between the arms of the patients who share a value, each divided by the arm's part of the ratio
        (Pocock and Simon 1975).
    weights : dict of str to float
        Of the factors; 1 where none is given.
    seed : int

    Raises
    ------
    ImpastoError
        When there is no factor, or the probability favours no arm.
    """

    arms: Arms
    factors: tuple[str, ...]
    seed: int
    probability: float = 0.8
    imbalance: Imbalance = "range"
    weights: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.factors:
            raise ImpastoError("minimisation", "there is no factor", "name one or more, or use permuted blocks")
        if not 1.0 / len(self.arms.names) < self.probability <= 1.0:
            problem = f"a probability of {self.probability:g} favours no arm"
            raise ImpastoError("minimisation", problem, f"take one above {1.0 / len(self.arms.names):g}, at most 1")
        unknown = sorted(set(self.weights) - set(self.factors))
        if unknown:
            raise ImpastoError("minimisation", f"a weight is given for {unknown[0]!r}, which is no factor", "name one")
        if self.imbalance not in ("range", "variance"):
            raise ImpastoError("minimisation", f"no imbalance is called {self.imbalance!r}", "take range or variance")


def minimise_next(rule: MinimisationRule, log: Sequence[Allocation], factors: Mapping[str, str]) -> Allocation:
    """Allocate the next patient.

    Parameters
    ----------
    rule : MinimisationRule
    log : sequence of Allocation
        Everyone allocated so far, in order.
    factors : mapping of str to str
        The patient's values.

    Returns
    -------
    Allocation
        Its reason holds the imbalance that each arm would bring, the chances, and the draw.

    Raises
    ------
    ImpastoError
        When a factor is missing.
    """
    missing = [name for name in rule.factors if name not in factors]
    if missing:
        raise ImpastoError(f"patient {len(log) + 1}", f"{missing[0]} is missing", "give every factor of the rule")
    own = {name: str(factors[name]) for name in rule.factors}
    scores = _scores(rule, log, own)
    chances = _chances(rule, scores)
    number = len(log) + 1
    draw = float(draw_generator(rule.seed, "minimisation", number).random())
    place = int(np.searchsorted(np.cumsum(chances), draw, side="right"))
    arm = rule.arms.names[min(place, len(chances) - 1)]
    reason = (
        f"imbalance ({rule.imbalance}) if allocated to "
        + "; ".join(f"{name}: {score:.4g}" for name, score in zip(rule.arms.names, scores, strict=True))
        + ". Chances "
        + ", ".join(f"{name} {chance:.4g}" for name, chance in zip(rule.arms.names, chances, strict=True))
        + f". Drawn {draw:.6f}: {arm}"
    )
    return Allocation(number, arm, own, f"minimisation, probability {rule.probability:g}", reason, draw)


def minimise(rule: MinimisationRule, patients: Sequence[Mapping[str, str]]) -> tuple[Allocation, ...]:
    """Allocate patients one after the other, in order of entry."""
    log: list[Allocation] = []
    for factors in patients:
        log.append(minimise_next(rule, log, factors))
    return tuple(log)


def audit_minimisation(rule: MinimisationRule, log: Sequence[Allocation]) -> tuple[str, ...]:
    """Decide every allocation of a log again; return one sentence for each that differs, none when all hold."""
    found = []
    for place, row in enumerate(log):
        again = minimise_next(rule, log[:place], row.factors)
        if again != row:
            found.append(f"patient {row.number}: the log says {row.arm}, the rule gives {again.arm} ({again.reason})")
    return tuple(found)


def _scores(rule: MinimisationRule, log: Sequence[Allocation], own: Mapping[str, str]) -> FloatArray:
    """Weighted imbalance over the patient's values, for each arm that the patient could go to, shape (arm,)."""
    arms = rule.arms.names
    ratio = np.array(rule.arms.ratio, dtype=np.float64)
    scores = np.zeros(len(arms))
    for name in rule.factors:
        alike = [row.arm for row in log if row.factors[name] == own[name]]
        counts = np.array([alike.count(arm) for arm in arms], dtype=np.float64)
        after = (counts[None, :] + np.eye(len(arms))) / ratio
        spread = np.ptp(after, axis=1) if rule.imbalance == "range" else after.var(axis=1, ddof=1)
        scores += rule.weights.get(name, 1.0) * spread
    return scores


def _chances(rule: MinimisationRule, scores: FloatArray) -> FloatArray:
    """Chance of each arm: the probability to the least imbalanced, the rest by ratio; by ratio where they tie."""
    shares = np.array(rule.arms.shares())
    is_best = scores <= scores.min() + 1e-12
    if is_best.all():
        return shares
    chances = np.where(is_best, shares / shares[is_best].sum() * rule.probability, 0.0)
    others = np.where(is_best, 0.0, shares / shares[~is_best].sum() * (1.0 - rule.probability))
    return chances + others
