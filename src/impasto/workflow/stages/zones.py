"""Stage: maps become biological zones by a rule."""

from __future__ import annotations

from impasto.workflow.stage import Stage
from impasto.workflow.zones.finding import find_zones
from impasto.workflow.zones.rules import zone_files
from impasto.workflow.zones.settings import ZonesStageSettings

__all__ = ["ZONES"]

ZONES = Stage("zones", ZonesStageSettings, find_zones, version=5, files=zone_files)
