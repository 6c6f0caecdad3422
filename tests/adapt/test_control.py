"""Control of courses in which oxygen changes."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.adapt import (
    AccumulatedDose,
    ControlSettings,
    Correspondence,
    MappedDose,
    course_log_survival,
    tumour_control,
)
from impasto.core import Grid, ImpastoError

GRID = Grid.axis_aligned((10, 1, 1), (10.0, 10.0, 10.0), (0.0, 0.0, 0.0))
SETTINGS = ControlSettings()


def part(gy: float, fractions: int) -> MappedDose:
    reason = np.full(GRID.shape, Correspondence.FOUND, dtype=np.uint8)
    return MappedDose(np.full(GRID.shape, gy, np.float32), GRID, fractions, reason)


def test_published_control_where_oxygen_is_plentiful() -> None:
    """10 ml at 1e7 a ml, 60 Gy in 30: .9592, over patients .671; split in phases it is the same."""
    plentiful = np.full(GRID.shape, 1e9)
    cells = np.ones(GRID.shape)
    whole = tumour_control(AccumulatedDose((part(60.0, 30),)), cells, [plentiful], SETTINGS)
    split = AccumulatedDose((part(14.0, 7), part(20.0, 10), part(26.0, 13)))
    phases = tumour_control(split, cells, [plentiful] * 3, SETTINGS)
    assert whole.tcp == pytest.approx(0.959240, abs=1e-5)
    assert whole.population_tcp == pytest.approx(0.671077, abs=1e-3)
    assert phases.tcp == pytest.approx(whole.tcp, abs=1e-6)
    assert whole.clonogens == pytest.approx(1e8)


def test_anoxia_takes_three_times_the_dose() -> None:
    anoxic = course_log_survival(AccumulatedDose((part(180.0, 30),)), [np.zeros(GRID.shape)], SETTINGS)
    oxic = course_log_survival(AccumulatedDose((part(60.0, 30),)), [np.full(GRID.shape, 1e12)], SETTINGS)
    assert anoxic == pytest.approx(oxic, rel=1e-6)


def test_reoxygenation_helps_the_phases_after_it() -> None:
    course = AccumulatedDose((part(14.0, 7), part(56.0, 28)))
    low, high = np.full(GRID.shape, 1.0), np.full(GRID.shape, 30.0)
    cells = np.ones(GRID.shape)
    stays = tumour_control(course, cells, [low, low], SETTINGS)
    resolves = tumour_control(course, cells, [low, high], SETTINGS)
    assert resolves.surviving < 1e-3 * stays.surviving


def test_cells_without_a_dose_are_left_out_and_told() -> None:
    gy = np.full(GRID.shape, 60.0, np.float32)
    gy[:2] = np.nan
    reason = np.where(np.isnan(gy), Correspondence.NO_TISSUE, Correspondence.FOUND).astype(np.uint8)
    course = AccumulatedDose((MappedDose(gy, GRID, 30, reason),))
    found = tumour_control(course, np.ones(GRID.shape), [np.full(GRID.shape, 1e9)], SETTINGS)
    assert found.without_dose_percent == pytest.approx(20.0)
    assert found.clonogens == pytest.approx(8e7)


def test_refuses_phases_without_oxygen() -> None:
    with pytest.raises(ImpastoError, match="for each phase"):
        course_log_survival(AccumulatedDose((part(60.0, 30),)), [], SETTINGS)
