"""Shots as JSON: what is written reads back the same, also as part of a plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from impasto.core import Dose, Grid, Image, ImpastoError, Plan, Shot
from impasto.files import native

SHOTS = (
    Shot((1.25, -2.5, 3.0), (16.0,) * 4 + (0.0,) * 4, 1.0 / 3.0),
    Shot((1.25, -2.5, 3.0), (4.0, 8.0, 16.0, 0.0) * 2, 7.25),
)


def test_shots_and_their_locks_read_back(tmp_path: Path) -> None:
    native.write_shots(SHOTS, tmp_path / "shots.json", locked=(1,))
    assert native.read_shots(tmp_path / "shots.json") == (SHOTS, (1,))


def test_a_shot_edited_into_the_impossible_is_refused(tmp_path: Path) -> None:
    native.write_shots(SHOTS, tmp_path / "shots.json")
    text = (tmp_path / "shots.json").read_text(encoding="utf-8")
    (tmp_path / "shots.json").write_text(text.replace("7.25", "-7.25"), encoding="utf-8")
    with pytest.raises(ImpastoError, match="time"):
        native.read_shots(tmp_path / "shots.json")


def test_a_plan_keeps_its_shots(tmp_path: Path) -> None:
    grid = Grid.centred((3, 3, 3), (1.0, 1.0, 1.0))
    dose = Dose(Image(np.ones(grid.shape, dtype=np.float32), grid, "dose", "Gy"), fractions=1, label="shots")
    plan = Plan("painted", "gamma knife", (), np.zeros(0), dose, ("research",), SHOTS)
    native.write_plan(plan, tmp_path / "plan")
    again = native.read_plan(tmp_path / "plan")
    assert again.shots == SHOTS
    assert again.beams == ()
