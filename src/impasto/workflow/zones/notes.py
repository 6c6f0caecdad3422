"""What the stage that finds zones says of its probabilities: errors that the draws know, calibration."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from impasto.core import Structure
from impasto.target.zones import AcquiredMap, ZoneCalibration, ZoneRule
from impasto.workflow.zones.settings import ZonesStageSettings

__all__ = ["calibration_notes", "error_notes"]


def error_notes(
    rule: ZoneRule,
    left_out: tuple[str, ...],
    region: Structure,
    settings: ZonesStageSettings,
    maps: Mapping[str, AcquiredMap],
) -> tuple[str, ...]:
    """Say what was judged, and which errors the draws know."""
    groups = "; ".join(f"{group.name}: {group.words}" for group in rule.groups)
    notes = [f"Zones of {region.name} by the rule {rule.name}. {groups}."]
    if left_out:
        notes.append(f"Not judged, for their maps are not there: {', '.join(left_out)}.")
    phased = [name for name in maps if name in settings.spectroscopy.maps]
    if phased:
        filtered = "Hamming-filtered" if settings.spectroscopy.filter == "hamming" else "unfiltered"
        notes.append(f"{', '.join(phased)}: point spread of {filtered} phase encoding, removed as far as noise allows.")
    certain = [name for name, one in maps.items() if one.image.standard_error is None]
    if certain:
        notes.append(f"{', '.join(certain)} came without standard error and count as certain but for displacement.")
    shared = ", ".join(f"{name} {one.relative_error:.0%}" for name, one in maps.items() if one.relative_error)
    if shared:
        notes.append(f"Errors that all voxels of a map share, assumed: {shared}.")
    notes.append(
        f"Probabilities from {settings.draws} draws: errors of fit, point spread, thresholds, and a displacement of "
        f"{settings.displacement_sd_mm:g} mm (standard deviation, each axis). The rule and the region count as given."
    )
    return tuple(notes)


def calibration_notes(calibration: ZoneCalibration, rule: ZoneRule, maps: Mapping[str, AcquiredMap]) -> tuple[str, ...]:
    """Say what digital patients changed in the probabilities."""
    used = {name: calibration.maps[name] for name in maps if name in calibration.maps}
    if not used and not calibration.criteria:
        words = f"No calibration by digital patients ({calibration.name}): probabilities know the errors above only."
        return (words,)
    notes = [f"Digital-patient calibration {calibration.name}, measured on {calibration.measured_on}."]
    if used:
        words = "; ".join(
            f"{name} divided by {one.found_over_true:.2f}, error of the whole map {one.shared_error:.0%}"
            for name, one in used.items()
        )
        notes.append(f"Calibration of maps: {words}; tissue before a map is seen as in digital patients.")
    if calibration.zones:
        words = "; ".join(
            f"{name} to the power of {one.sharpness:.2f}, times {np.exp(one.offset):.2f}"
            for name, one in calibration.zones.items()
        )
        notes.append(f"Calibration of zones, shares of draws: {words}.")
    judged = [one.name for one in rule.criteria if one.name in calibration.criteria]
    if judged:
        words = "; ".join(
            f"{name} met {one.shift:.1f} standard deviations later, draws {one.widening:.1f} times as wide"
            for name, one in ((name, calibration.criteria[name]) for name in judged)
        )
        notes.append(f"Calibration of criteria: {words}.")
    return tuple(notes)
