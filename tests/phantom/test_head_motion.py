"""Head motion: rigid, within its bounds, nothing in the first frame."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError
from impasto.phantom.head_motion import HeadMotion, head_poses, with_head_motion


def test_poses_are_rigid_and_within_bounds() -> None:
    centre = np.array([5.0, 10.0, -20.0])
    poses = head_poses(HeadMotion(2.0, 3.0), 40, centre, np.random.default_rng(0))
    np.testing.assert_array_equal(poses[0], np.eye(4))
    turns = poses[:, :3, :3]
    np.testing.assert_allclose(turns @ np.swapaxes(turns, 1, 2), np.tile(np.eye(3), (40, 1, 1)), atol=1e-12)
    shift = poses[:, :3, :3] @ centre + poses[:, :3, 3] - centre
    assert 0.05 < np.abs(shift).max() <= 2.0 + 1e-9
    angles = np.rad2deg(np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)))
    assert 0.05 < angles.max() <= 3.0 * np.sqrt(3.0)


def test_what_moved_lies_where_the_pose_says() -> None:
    grid = Grid.centred((32, 30, 28), (2.0, 2.0, 2.0))
    points = grid.voxel_centres_mm()
    blob = np.exp(-0.5 * np.sum((points - (8.0, -6.0, 4.0)) ** 2, axis=-1) / 36.0).astype(np.float32)
    frames = np.repeat(blob[..., None], 12, axis=-1)
    motion = HeadMotion(4.0, 8.0)
    moved = with_head_motion(frames, grid, motion, np.random.default_rng(5))
    poses = head_poses(motion, 12, np.zeros(3), np.random.default_rng(5))
    for frame in range(12):
        weights = moved[..., frame] / moved[..., frame].sum()
        found = (weights[..., None] * points).sum(axis=(0, 1, 2))
        np.testing.assert_allclose(found, poses[frame, :3, :3] @ (8.0, -6.0, 4.0) + poses[frame, :3, 3], atol=0.1)


def test_no_motion_changes_nothing_and_a_negative_one_is_refused() -> None:
    frames = np.random.default_rng(0).normal(size=(6, 6, 6, 3)).astype(np.float32)
    still = with_head_motion(frames, Grid.centred((6, 6, 6), (2, 2, 2)), HeadMotion(0.0, 0.0), np.random.default_rng(1))
    np.testing.assert_array_equal(still, frames)
    with pytest.raises(ImpastoError, match="head motion"):
        HeadMotion(-1.0, 0.0)
