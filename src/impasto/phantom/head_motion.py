"""A head that does not lie still during a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.resample import resample_linear

__all__ = ["HeadMotion", "head_poses", "with_head_motion"]


@dataclass(frozen=True)
class HeadMotion:
    """How far a head drifts over a series.

    Parameters
    ----------
    translation_mm, rotation_deg : float
        Greatest distance from the first frame along, and angle about, each axis; half of it on average.
    """

    translation_mm: float
    rotation_deg: float

    def __post_init__(self) -> None:
        if not (self.translation_mm >= 0.0 and self.rotation_deg >= 0.0):
            raise ImpastoError("head motion", "a distance or an angle is negative", "give 0 or more")


def head_poses(motion: HeadMotion, frame_count: int, centre_mm: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Rigid motion of each frame against the first: a random walk, the head turning about a point.

    Parameters
    ----------
    motion : HeadMotion
    frame_count : int
    centre_mm : ndarray, shape (3,)
        Point that the head turns about, LPS.
    rng : Generator

    Returns
    -------
    ndarray, shape (frame, 4, 4)
        LPS mm, from where a point lies in the first frame to where it lies in each.
    """
    walk = np.cumsum(rng.standard_normal((frame_count, 6)), axis=0)
    walk -= walk[0]
    walk /= np.maximum(np.abs(walk).max(axis=0), 1e-9)
    reach = rng.uniform(0.0, 1.0, 6) * np.repeat([motion.translation_mm, motion.rotation_deg], 3)
    walk *= reach
    poses = np.tile(np.eye(4), (frame_count, 1, 1))
    poses[:, :3, :3] = Rotation.from_rotvec(walk[:, 3:], degrees=True).as_matrix()
    poses[:, :3, 3] = walk[:, :3] + centre_mm - poses[:, :3, :3] @ centre_mm
    return poses


def with_head_motion(
    frames: NDArray[np.float32], grid: Grid, motion: HeadMotion, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Move noiseless frames; a diffusion series keeps its contrast, for so small a turn changes it little.

    Parameters
    ----------
    frames : ndarray of float32, shape (*grid.shape, frame)
    grid : Grid
    motion : HeadMotion
    rng : Generator

    Returns
    -------
    ndarray of float32, as `frames`
    """
    centre = grid.bounds_mm().mean(axis=0)
    moved = np.empty_like(frames)
    for index, pose in enumerate(head_poses(motion, frames.shape[-1], centre, rng)):
        moved[..., index] = resample_linear(frames[..., index], Grid(grid.shape, pose @ grid.affine), grid)
    return moved
