"""Biological zones: rules as data, thresholds from reference tissue, coarse maps brought to the plan's voxels."""

from impasto.target.zones.acquired_map import AcquiredMap
from impasto.target.zones.assignment import OUTSIDE, assigned_zones, groups_met
from impasto.target.zones.calibration import (
    CriterionCalibration,
    MapCalibration,
    PartTissue,
    TissuePrior,
    ZoneCalibration,
    ZoneScaling,
    zone_calibration,
)
from impasto.target.zones.fragments import MergedFragment, merged_fragments
from impasto.target.zones.from_masks import zones_from_masks
from impasto.target.zones.placement import Placement, placed
from impasto.target.zones.point_spread import GaussianSpread, PhaseEncodedSpread, PointSpread
from impasto.target.zones.rule import Criterion, CriterionGroup, Direction, RaisedBy, Zone, ZoneRule
from impasto.target.zones.rule_document import zone_rule
from impasto.target.zones.sharpening import SharpenedMap, sharpened
from impasto.target.zones.thresholds import Threshold, criterion_margin, read_threshold
from impasto.target.zones.tissue_field import TissueField, fitted_field

__all__ = [
    "OUTSIDE",
    "AcquiredMap",
    "Criterion",
    "CriterionCalibration",
    "CriterionGroup",
    "Direction",
    "GaussianSpread",
    "MapCalibration",
    "MergedFragment",
    "PartTissue",
    "PhaseEncodedSpread",
    "Placement",
    "PointSpread",
    "RaisedBy",
    "SharpenedMap",
    "Threshold",
    "TissueField",
    "TissuePrior",
    "Zone",
    "ZoneCalibration",
    "ZoneRule",
    "ZoneScaling",
    "assigned_zones",
    "criterion_margin",
    "fitted_field",
    "groups_met",
    "merged_fragments",
    "placed",
    "read_threshold",
    "sharpened",
    "zone_calibration",
    "zone_rule",
    "zones_from_masks",
]
