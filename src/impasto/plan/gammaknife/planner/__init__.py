"""Inverse planning of Gamma Knife shots."""

from impasto.plan.gammaknife.planner.aims import RadiosurgeryAims, planning_points
from impasto.plan.gammaknife.planner.durations import Durations, DurationSettings, durations_of_sectors
from impasto.plan.gammaknife.planner.edits import (
    add_shot,
    move_shot,
    remove_shot,
    set_collimators,
    set_minutes,
    split_locked,
)
from impasto.plan.gammaknife.planner.linear_durations import linear_durations_of_sectors
from impasto.plan.gammaknife.planner.placement import PackingSettings, packed_isocentres
from impasto.plan.gammaknife.planner.planner import PlannedShots, plan_shots
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints
from impasto.plan.gammaknife.planner.search import SearchSettings
from impasto.plan.gammaknife.planner.settings import PlannerSettings
from impasto.plan.gammaknife.planner.target_levels import TargetLevels, target_levels

__all__ = [
    "DurationSettings",
    "Durations",
    "PackingSettings",
    "PlannedShots",
    "PlannerSettings",
    "PlanningPoints",
    "RadiosurgeryAims",
    "SearchSettings",
    "TargetLevels",
    "add_shot",
    "durations_of_sectors",
    "linear_durations_of_sectors",
    "move_shot",
    "packed_isocentres",
    "plan_shots",
    "planning_points",
    "remove_shot",
    "set_collimators",
    "set_minutes",
    "split_locked",
    "target_levels",
]
