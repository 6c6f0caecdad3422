"""How probable it is that so many groups of criteria are met: analytic, voxel by voxel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray
from impasto.target.uncertainty.exceedance import at_least_probability, both_probability, exceedance_probability
from impasto.target.zones.rule import Criterion, CriterionGroup, Direction, ZoneRule
from impasto.target.zones.thresholds import Threshold, criterion_margin

__all__ = ["count_probability", "group_probability"]


def count_probability(
    rule: ZoneRule,
    means: Mapping[str, FloatArray],
    standard_errors: Mapping[str, FloatArray],
    thresholds: Mapping[str, Threshold],
    count: int,
) -> FloatArray:
    """Probability that at least so many groups of a rule are met, with Normal errors.

    Ratios are judged as Fieller's linear statements, two criteria of a group by the bivariate Normal distribution with
    the correlation that shared maps and :attr:`~impasto.target.zones.rule.CriterionGroup.error_correlation` give them;
    groups are independent (Poisson-binomial). Exact for zones that need no neighbour; those near another zone need
    draws (:func:`~impasto.target.uncertainty.zone_probability.zone_probabilities`).

    Parameters
    ----------
    rule : ZoneRule
    means, standard_errors : mapping of str to ndarray
        Of the maps, on one grid.
    thresholds : mapping of str to Threshold
        By the criterion's name.
    count : int

    Returns
    -------
    ndarray

    Raises
    ------
    ImpastoError
        When two groups share a map or a group has more than two criteria.
    """
    used: set[str] = set()
    for group in rule.groups:
        names = {name for criterion in group.criteria for name in criterion.maps}
        if used & names:
            problem = f"groups share the map {', '.join(sorted(used & names))}: they are not independent"
            raise ImpastoError(rule.name, problem, "count with draws")
        used |= names
    each = [group_probability(group, means, standard_errors, thresholds) for group in rule.groups]
    return at_least_probability(np.stack(each), count)


def group_probability(
    group: CriterionGroup,
    means: Mapping[str, FloatArray],
    standard_errors: Mapping[str, FloatArray],
    thresholds: Mapping[str, Threshold],
) -> FloatArray:
    """Probability that a group of one or two criteria is met; see :func:`count_probability`."""
    if len(group.criteria) > 2:
        raise ImpastoError(group.name, f"{len(group.criteria)} criteria in one group", "count with draws")
    shares, errors = [], []
    for one in group.criteria:
        over = None if one.over is None else means[one.over]
        margin = criterion_margin(one, thresholds[one.name].value, means[one.map], over)
        errors.append(_error_of(one, thresholds[one.name], means, standard_errors))
        shares.append(np.nan_to_num(exceedance_probability(margin, errors[-1], 0.0)))
    if len(shares) == 1:
        return shares[0]
    covariance = _covariance(group, standard_errors, thresholds)
    scale = errors[0] * errors[1]
    correlation = np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0.0)
    both = both_probability(shares[0], shares[1], correlation)
    return both if group.all_needed else shares[0] + shares[1] - both


def _weights(criterion: Criterion, threshold: Threshold) -> dict[str, float]:
    """How the margin of a criterion changes with each of its maps."""
    sign = 1.0 if criterion.direction is Direction.ABOVE else -1.0
    weights = {criterion.map: sign * criterion.factor}
    if criterion.over is not None:
        weights[criterion.over] = weights.get(criterion.over, 0.0) - sign * threshold.value
    return weights


def _error_of(
    criterion: Criterion,
    threshold: Threshold,
    means: Mapping[str, FloatArray],
    standard_errors: Mapping[str, FloatArray],
) -> FloatArray:
    variance = sum((w * standard_errors[name]) ** 2 for name, w in _weights(criterion, threshold).items())
    unit = 1.0 if criterion.over is None else means[criterion.over]
    error: FloatArray = np.sqrt(variance + (unit * threshold.standard_error) ** 2)
    return error


def _covariance(
    group: CriterionGroup, standard_errors: Mapping[str, FloatArray], thresholds: Mapping[str, Threshold]
) -> FloatArray:
    first, second = (_weights(one, thresholds[one.name]) for one in group.criteria)
    total = np.zeros(np.shape(next(iter(standard_errors.values()))))
    for name, weight in first.items():
        for other, factor in second.items():
            correlation = 1.0 if name == other else group.error_correlation
            total += correlation * weight * factor * standard_errors[name] * standard_errors[other]
    return total
