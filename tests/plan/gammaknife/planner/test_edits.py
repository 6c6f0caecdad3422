"""Edits of shots by hand: each changes what it names and nothing else."""

from __future__ import annotations

import pytest

from impasto.core import ImpastoError, Shot
from impasto.plan.gammaknife import GammaKnife
from impasto.plan.gammaknife.planner import (
    add_shot,
    move_shot,
    remove_shot,
    set_collimators,
    set_minutes,
    split_locked,
)

A, B = Shot((0.0, 1.0, 2.0), (16.0,) * 8, 2.0), Shot((5.0, 0.0, 0.0), (4.0,) * 8, 1.0)


def test_edits_change_one_shot_and_undo() -> None:
    assert add_shot((A,), B) == (A, B)
    assert add_shot((A,), B, position=0) == (B, A)
    assert remove_shot((A, B), 0) == (B,)
    moved = move_shot((A, B), 1, (1.0, -2.0, 0.5))
    assert moved[1].isocentre_mm == (6.0, -2.0, 0.5)
    assert move_shot(moved, 1, (-1.0, 2.0, -0.5)) == (A, B)
    assert set_minutes((A, B), 0, 3.5)[0].minutes == 3.5


def test_sectors_take_the_collimators_named(perfexion: GammaKnife) -> None:
    changed = set_collimators((A, B), 1, {0: 0.0, 7: 16.0}, perfexion)
    assert changed[0] == A
    assert changed[1].collimators_mm == (0.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 16.0)
    with pytest.raises(ImpastoError, match="5 mm"):
        set_collimators((A,), 0, {0: 5.0}, perfexion)
    with pytest.raises(ImpastoError, match="sector 8"):
        set_collimators((A,), 0, {8: 4.0}, perfexion)
    with pytest.raises(ImpastoError, match="every sector"):
        set_collimators((A,), 0, dict.fromkeys(range(8), 0.0), perfexion)


def test_locked_shots_are_told_from_the_others() -> None:
    assert split_locked((A, B), (1,)) == ((B,), (A,))
    with pytest.raises(ImpastoError, match="no shot 2"):
        split_locked((A, B), (2,))
