"""Outline of a head from MR, and around a brain without skull: spheres of known size."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.target import head_around_brain, head_from_mr, is_skull_stripped

GRID = Grid.centred((64, 64, 60), (3.5, 3.5, 3.5))
DISTANCE = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
BALL_ML = 4.0 / 3.0 * np.pi / 1000.0


def mr(noise: float = 6.0) -> Image:
    """Brain of 65 mm radius, dark skull to 75, bright scalp to 85, and a dark sinus; noise outside as in magnitude."""
    random = np.random.default_rng(1)
    signal = np.select([DISTANCE < 65.0, DISTANCE < 75.0, DISTANCE < 85.0], [160.0, 8.0, 240.0], 0.0)
    signal[np.linalg.norm(GRID.voxel_centres_mm() - (0.0, -68.0, 0.0), axis=-1) < 12.0] = 0.0
    real, imaginary = random.normal(0.0, noise, (2, *GRID.shape))
    return Image(np.hypot(signal + real, imaginary).astype(np.float32), GRID, "T1", "1")


def test_head_with_dark_skull_and_sinus_is_whole():
    head = head_from_mr(mr())
    assert head.role is Role.EXTERNAL
    # half a voxel of noise and staircase at the skin
    assert head.volume_ml() == pytest.approx(BALL_ML * 85.0**3, rel=0.06)
    inside = head.voxels(GRID)
    assert inside[DISTANCE < 82.0].all()
    assert not inside[DISTANCE > 90.0].any()


def test_a_scan_without_head_is_refused():
    with pytest.raises(ImpastoError, match="no head stands out"):
        head_from_mr(mr().with_data(np.where(DISTANCE < 20.0, 100.0, 0.0)))
    with pytest.raises(ImpastoError, match="no head stands out"):
        head_from_mr(mr().with_data(np.zeros(GRID.shape)))


def test_a_brain_is_grown_by_the_thickness_beyond_its_image():
    small = GRID.cropped((12, 12, 12), (52, 52, 48))
    away = np.linalg.norm(small.voxel_centres_mm(), axis=-1)
    brain = Structure.from_mask("Brain", Role.ORGAN, np.clip(0.5 + (60.0 - away) / 3.5, 0.0, 1.0), small)
    head = head_around_brain(brain, 14.0)
    assert head.volume_ml() == pytest.approx(BALL_ML * 74.0**3, rel=0.03)
    np.testing.assert_allclose(head.bounds_mm(), [[-74.0] * 3, [74.0] * 3], atol=2.5)
    with pytest.raises(ImpastoError, match="0 mm"):
        head_around_brain(brain, 0.0)


def test_skull_stripping_is_told_by_exact_zeros():
    stripped = mr().with_data(np.where(DISTANCE < 65.0, mr().data, 0.0))
    assert is_skull_stripped(stripped)
    assert not is_skull_stripped(mr())
