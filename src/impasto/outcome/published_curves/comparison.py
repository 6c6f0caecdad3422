"""Two published arms, reconstructed and compared again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impasto.core.errors import ImpastoError
from impasto.outcome.published_curves.reconstruction import Reconstruction
from impasto.outcome.survival import CoxTerm, FollowUp, LogRank, covariates, cox_model, log_rank

__all__ = ["ReconstructedComparison", "compare_reconstructed", "pooled_follow_up"]


@dataclass(frozen=True, eq=False)
class ReconstructedComparison:
    """Log-rank test and hazard ratio of reconstructed arms, to be held against what the paper prints."""

    log_rank: LogRank
    hazard_ratios: tuple[CoxTerm, ...]


def pooled_follow_up(arms: Mapping[str, Reconstruction]) -> tuple[FollowUp, tuple[str, ...]]:
    """Put the patients of all arms together, with the arm of each."""
    if not arms:
        raise ImpastoError("reconstructed arms", "there are none", "reconstruct some")
    time = np.concatenate([arm.follow_up.time for arm in arms.values()])
    event = np.concatenate([arm.follow_up.event for arm in arms.values()])
    labels = tuple(name for name, arm in arms.items() for _ in range(arm.follow_up.patients))
    unit = next(iter(arms.values())).follow_up.time_unit
    return FollowUp(time, event, unit), labels


def compare_reconstructed(arms: Mapping[str, Reconstruction]) -> ReconstructedComparison:
    """Compare reconstructed arms with the first of them.

    Parameters
    ----------
    arms : mapping of str to Reconstruction
        Two or more.
    """
    follow_up, labels = pooled_follow_up(arms)
    model = cox_model(follow_up, covariates({"arm": labels}, {"arm": next(iter(arms))}))
    return ReconstructedComparison(log_rank(follow_up, labels), model.terms())
