"""Drift of shapes with known overlap, and the rules that read it."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.adapt import (
    DoseDrift,
    StructureDrift,
    TriggerLimits,
    dose_drift,
    known_dose_histogram,
    structure_drift,
    trigger_readings,
)
from impasto.core import Dose, Grid, Image, ImpastoError, Role, Structure

GRID = Grid.centred((60, 60, 60), (1.0, 1.0, 1.0))


def ball(name: str, radius_mm: float, shift_mm: float = 0.0) -> Structure:
    distance = np.linalg.norm(GRID.voxel_centres_mm() - (shift_mm, 0.0, 0.0), axis=-1)
    return Structure.from_mask(name, Role.GTV, np.clip(radius_mm - distance + 0.5, 0.0, 1.0), GRID)


def test_a_ball_that_shrank() -> None:
    drift = structure_drift(ball("GTV", 20.0), ball("GTV", 16.0), GRID)
    assert drift.volume_change_percent == pytest.approx(100.0 * (0.8**3 - 1.0), abs=0.3)
    # concentric: twice the smaller over the sum
    assert drift.dice == pytest.approx(2.0 * 0.8**3 / (1.0 + 0.8**3), abs=0.005)
    assert drift.shift_mm == pytest.approx(0.0, abs=1e-6)


def test_a_ball_that_moved() -> None:
    drift = structure_drift(ball("GTV", 15.0), ball("GTV", 15.0, 6.0), GRID)
    lens = 1.0 - 0.75 * (6.0 / 15.0) + (6.0 / 15.0) ** 3 / 16.0
    assert drift.dice == pytest.approx(lens, abs=0.01)
    assert drift.shift_mm == pytest.approx(6.0, abs=0.01)


def test_what_is_gone_has_no_dice() -> None:
    nothing = Structure.from_mask("Hypoxia", Role.OTHER, np.zeros(GRID.shape), GRID)
    drift = structure_drift(ball("Hypoxia", 5.0), nothing, GRID)
    assert np.isnan(drift.dice)
    readings = trigger_readings([], drift, [], TriggerLimits())
    assert readings[0].is_triggered
    assert readings[0].value == 0.0


def test_rules_read_their_limits() -> None:
    tumour = StructureDrift("GTV", 20.0, 15.0, 0.8, 2.0)
    hypoxic = StructureDrift("Hypoxia", 5.0, 5.0, 0.7, 1.0)
    doses = [
        DoseDrift("PTV", "D98", 66.0, 63.0),
        DoseDrift("Parotid L", "mean", 25.0, 27.0),
        DoseDrift("cord", "D2", 40.0, 44.0),
    ]
    readings = {one.rule: one for one in trigger_readings([tumour], hypoxic, doses, TriggerLimits())}
    assert {rule: one.is_triggered for rule, one in readings.items()} == {
        "D98 falls": True, "mean dose rises": False, "volume changes": True, "overlap lost": False,
    }  # fmt: skip
    assert readings["D98 falls"].value == pytest.approx(100.0 * 3.0 / 66.0)
    loose = TriggerLimits(d98_fall_percent=5.0, volume_change_percent=30.0, hypoxic_dice=0.75)
    again = trigger_readings([tumour], hypoxic, doses, loose)
    assert [one.rule for one in again if one.is_triggered] == ["overlap lost"]


def test_dose_drift_of_a_shifted_gradient() -> None:
    x = GRID.voxel_centres_mm()[..., 0]
    planned = Dose(Image(60.0 + x, GRID, "dose", "Gy"), 30)
    target = ball("PTV", 15.0)
    today = Dose(Image(57.0 + x, GRID, "dose", "Gy"), 30)
    mean = dose_drift((planned, target), (today, target), "mean")
    assert mean.now_gy - mean.planned_gy == pytest.approx(-3.0, abs=1e-3)
    assert mean.change_percent == pytest.approx(-5.0, abs=0.05)
    with pytest.raises(ImpastoError, match="D98, D2 or mean"):
        dose_drift((planned, target), (today, target), "D50")


def test_histogram_of_the_known_part() -> None:
    gy = np.full(GRID.shape, 50.0, dtype=np.float32)
    gy[:30] = np.nan
    found = known_dose_histogram(Dose(Image(gy, GRID, "dose", "Gy"), 30), ball("GTV", 15.0))
    assert found.mean_gy == pytest.approx(50.0)
    assert found.dose_at_volume_percent_gy(98.0) == pytest.approx(50.0, abs=0.02)
    # half the ball, less what lies between known and unknown voxels
    assert 0.4 < found.evaluated_volume_ml / found.total_volume_ml < 0.5
    with pytest.raises(ImpastoError, match="no dose is known"):
        known_dose_histogram(Dose(Image(np.full(GRID.shape, np.nan), GRID, "dose", "Gy"), 30), ball("GTV", 15.0))


def test_limits_are_checked() -> None:
    with pytest.raises(ImpastoError, match="negative"):
        TriggerLimits(d98_fall_percent=-1.0)
    with pytest.raises(ImpastoError, match="Dice"):
        TriggerLimits(hypoxic_dice=1.5)
