"""Heads whose every landmark is known: the template's brain in a drawn skull, laid anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from impasto.core import Grid, Image, Transform
from impasto.core.atlas import brain_hull, brain_template
from impasto.core.resample import sample_linear

GRID = Grid.centred((66, 80, 70), (3.0, 3.0, 3.0), (3.0, 8.0, -14.0))


@dataclass(frozen=True, eq=False)
class KnownHead:
    image: Image
    transform: Transform
    brain: np.ndarray
    csf: np.ndarray
    grey: np.ndarray
    white: np.ndarray


def pose(pitch_deg: float, roll_deg: float, yaw_deg: float, scale: float, shift_mm: tuple[float, ...]) -> Transform:
    """Patient to template."""
    matrix = np.eye(4)
    matrix[:3, :3] = scale * Rotation.from_euler("xyz", [pitch_deg, roll_deg, yaw_deg], degrees=True).as_matrix()
    matrix[:3, 3] = shift_mm
    return Transform(matrix, "known")


def known_head(transform: Transform, contrast: str = "T1", has_skull: bool = True, grid: Grid = GRID) -> KnownHead:
    brain, hull = brain_template(), brain_hull()
    points = transform.moving_from_fixed(grid.voxel_centres_mm())
    grey, white = (sample_linear(v, brain.grid, points, 0.0) for v in (brain.grey, brain.white))
    away = sample_linear(hull.distance_mm, hull.grid, points, 40.0)
    inside = away < 0.0
    fluid = np.clip(1.0 - grey - white, 0.0, 1.0) * inside
    shade = {"T1": (0.3, 0.65, 0.9, 0.1, 1.4), "T2": (1.5, 0.7, 0.55, 0.08, 0.8), "FLAIR": (0.2, 0.8, 0.65, 0.1, 0.9)}
    of_fluid, of_grey, of_white, of_bone, of_scalp = shade[contrast]
    signal = of_fluid * fluid + of_grey * grey + of_white * white
    around = np.select([away < 2.0, away < 8.0, away < 13.0], [of_fluid, of_bone, of_scalp], 0.02)
    signal = np.where(inside, signal, around if has_skull else 0.0)
    signal += 0.02 * np.random.default_rng(1).standard_normal(grid.shape)
    image = Image((1000.0 * np.maximum(signal, 0.0)).astype(np.float32), grid, contrast, "1")
    return KnownHead(image, transform, inside, fluid, grey * inside, white * inside)


@pytest.fixture(scope="session")
def head() -> KnownHead:
    return known_head(pose(18.0, 6.0, -4.0, 1.07, (3.0, -6.0, 5.0)))


@pytest.fixture(scope="session")
def head_of() -> Callable[..., KnownHead]:
    return known_head


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2.0 * float(np.sum(one & other)) / float(one.sum() + other.sum())


@pytest.fixture(scope="session")
def overlap() -> Callable[[np.ndarray, np.ndarray], float]:
    return dice


@pytest.fixture(scope="session")
def pose_of() -> Callable[..., Transform]:
    return pose
