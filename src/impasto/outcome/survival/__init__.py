"""Survival: curves, comparisons, regression and its diagnostics, competing risks.

Written out here rather than called from a library where the library's answer is not the one wanted: lifelines takes
Var(min(T, horizon)) for the variance of a restricted mean, jitters equal times of competing risks, has no stratified
log-rank test and no exact information for the test of proportional hazards. Tests hold R's, lifelines' and
statsmodels' values where those agree.
"""

from impasto.outcome.survival.competing_risks import CompetingFollowUp, CumulativeIncidence, cumulative_incidence
from impasto.outcome.survival.covariates import Covariates, covariates
from impasto.outcome.survival.cox import CoxModel, CoxTerm, cox_model
from impasto.outcome.survival.follow_up import FollowUp
from impasto.outcome.survival.gray import gray_test
from impasto.outcome.survival.kaplan_meier import (
    Interval,
    SurvivalCurve,
    SurvivalTime,
    kaplan_meier,
    reverse_kaplan_meier,
)
from impasto.outcome.survival.landmark import Landmark, landmark
from impasto.outcome.survival.log_rank import GroupEvents, LogRank, log_rank
from impasto.outcome.survival.proportional_hazards import ProportionalHazards, TimeScale, proportional_hazards
from impasto.outcome.survival.restricted_mean import (
    RestrictedMean,
    RestrictedMeanDifference,
    restricted_mean,
    restricted_mean_difference,
)
from impasto.outcome.survival.risk_sets import Ties
from impasto.outcome.survival.subgroups import Subgroup, SubgroupFactor, Subgroups, subgroup_hazard_ratios
from impasto.outcome.survival.tested import Tested

__all__ = [
    "CompetingFollowUp",
    "Covariates",
    "CoxModel",
    "CoxTerm",
    "CumulativeIncidence",
    "FollowUp",
    "GroupEvents",
    "Interval",
    "Landmark",
    "LogRank",
    "ProportionalHazards",
    "RestrictedMean",
    "RestrictedMeanDifference",
    "Subgroup",
    "SubgroupFactor",
    "Subgroups",
    "SurvivalCurve",
    "SurvivalTime",
    "Tested",
    "Ties",
    "TimeScale",
    "covariates",
    "cox_model",
    "cumulative_incidence",
    "gray_test",
    "kaplan_meier",
    "landmark",
    "log_rank",
    "proportional_hazards",
    "restricted_mean",
    "restricted_mean_difference",
    "reverse_kaplan_meier",
    "subgroup_hazard_ratios",
]
