"""Motion correction of a moving anisotropic head: poses and fibres come back."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from tests.maps.diffusion.simulated import gradient_table, magnitude

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, ImpastoError, Transform
from impasto.core.atlas.template import brain_template
from impasto.core.resample import resample_conserving, resample_linear, sample_linear
from impasto.maps.diffusion import (
    MotionSettings,
    axial_tensor,
    correct_motion,
    diffusion_signal,
    fit_tensor,
    full_tensor,
    principal_direction,
    rotated_gradients,
    tensor_components,
)
from impasto.phantom.fibres import fibre_orientation

_GRID = Grid.centred((42, 50, 32), (4, 4, 5), (0.0, 16.0, 6.0))
_BRAIN_MM = np.array([[-70.0, -72.0, -68.0], [70.0, 104.0, 80.0]])


@cache
def _tissues() -> tuple[Grid, np.ndarray, np.ndarray, np.ndarray]:
    """Grey and white matter of the average brain, and the fluid among and around them, on 3 mm voxels."""
    template = brain_template()
    coarse = template.grid.with_spacing(3.0)
    grey, white, inside = (
        resample_conserving(values, template.grid, coarse)
        for values in (template.grey, template.white, template.t1 > 0.0)
    )
    return coarse, grey, white, np.clip(inside - grey - white, 0.0, 1.0)


def _tensors(points_mm: np.ndarray) -> np.ndarray:
    """Tensors of white matter as its fibres run."""
    tensors = 1.3 * fibre_orientation(points_mm, _BRAIN_MM).astype(np.float64)
    tensors[..., [0, 3, 5]] += 0.3
    return tensors


def _head(points_mm: np.ndarray, turn: np.ndarray, table: GradientTable) -> np.ndarray:
    """Signal at points of a head that was turned."""
    coarse, grey, white, fluid = _tissues()
    turned = tensor_components(turn @ full_tensor(_tensors(points_mm)) @ turn.T)
    still = axial_tensor(1.0, 1.0, np.array([1.0, 0.0, 0.0]))
    parts = ((fluid, 2500.0, 3.0 * still), (grey, 1100.0, 0.85 * still), (white, 1000.0, turned))
    return sum(
        sample_linear(share, coarse, points_mm, outside=0.0)[..., None] * diffusion_signal(s0, tensor, table)
        for share, s0, tensor in parts
    )


def _poses(count: int, turn_deg: float, shift_mm: float) -> list[np.ndarray]:
    """From the head at rest to the head in each measurement; the first one is at rest."""
    rng = np.random.default_rng(3)
    poses = []
    for m in range(count):
        pose = np.eye(4)
        if m:
            pose[:3, :3] = Rotation.from_rotvec(rng.uniform(-turn_deg, turn_deg, 3), degrees=True).as_matrix()
            pose[:3, 3] = rng.uniform(-shift_mm, shift_mm, 3)
        poses.append(pose)
    return poses


def _moving_series(poses: list[np.ndarray], table: GradientTable) -> DiffusionSeries:
    points = _GRID.voxel_centres_mm()
    frames = []
    for m, pose in enumerate(poses):
        back = np.linalg.inv(pose)
        there = points @ back[:3, :3].T + back[:3, 3]
        turn = Rotation.from_matrix(pose[:3, :3]).as_matrix()
        single = GradientTable(table.b_values_s_per_mm2[m : m + 1], table.directions[m : m + 1])
        frames.append(_head(there, turn, single)[..., 0])
    data = magnitude(np.stack(frames, axis=-1), 40.0, 0).astype(np.float32)
    return DiffusionSeries(Image(data, _GRID, "signal", "1", np.arange(len(poses)) * 8.0), table)


def _distance_mm(found: Transform, pose: np.ndarray) -> float:
    """Root mean square distance over the brain between where points went and where they were found to go."""
    coarse, grey, white, _ = _tissues()
    points = coarse.world_from_index(np.argwhere(grey + white > 0.5)[::50])
    away = found.moving_from_fixed(points) - (points @ pose[:3, :3].T + pose[:3, 3])
    return float(np.sqrt((away**2).sum(axis=1).mean()))


def test_poses_and_fibres_of_a_moving_head_come_back() -> None:
    table = gradient_table(6, 2)
    poses = _poses(len(table), 6.0, 4.0)
    series = _moving_series(poses, table)
    seen: list[float] = []
    settings = MotionSettings(corrects_eddy_currents=False)
    corrected = correct_motion(series, None, settings, lambda work, fraction: seen.append(fraction))
    distances = [_distance_mm(t, pose) for t, pose in zip(corrected.transforms, poses, strict=True)]
    uncorrected = [_distance_mm(Transform.identity(), pose) for pose in poses]
    # voxels are 4 mm wide
    assert max(distances) < 1.2
    assert np.mean(distances) < 0.15 * np.mean(uncorrected)
    turns = [np.rad2deg(np.linalg.norm(Rotation.from_matrix(p[:3, :3]).as_rotvec())) for p in poses]
    np.testing.assert_allclose(corrected.rotation_deg, turns, atol=0.5)
    assert seen[-1] == 1.0
    assert seen == sorted(seen)

    coarse, _, white, _ = _tissues()
    inside = resample_linear(white, coarse, _GRID) > 0.8
    tensors = {
        name: fit_tensor(s.image.data[inside], s.gradients)
        for name, s in {
            "still": _moving_series([np.eye(4)] * len(table), table),
            "moving": series,
            "aligned": DiffusionSeries(corrected.series.image, series.gradients),
            "turned": corrected.series,
        }.items()
    }
    angle = {}
    truth = principal_direction(_tensors(_GRID.voxel_centres_mm()[inside]))
    for name, fit in tensors.items():
        fibrous = tensors["turned"].anisotropy > 0.4
        along = np.abs((fit.principal_direction * truth).sum(axis=1)[fibrous])
        angle[name] = float(np.rad2deg(np.arccos(np.clip(along, 0.0, 1.0))).mean())
    assert angle["turned"] < angle["aligned"] < angle["moving"]
    assert angle["turned"] < angle["still"] + 1.0


def test_eddy_currents_are_undone_without_shrinking_the_brain() -> None:
    table = gradient_table(12, 1)
    poses = _poses(len(table), 0.0, 0.0)
    rng = np.random.default_rng(5)
    for pose in poses[1:]:
        # along the phase encoding, here y: shear, scale and shift
        pose[1, :3] += rng.uniform(-0.03, 0.03, 3)
        pose[1, 3] = rng.uniform(-2.0, 2.0)
    series = _moving_series(poses, table)
    corrected = correct_motion(series)
    rigid = correct_motion(series, settings=MotionSettings(corrects_eddy_currents=False))
    affine_mm = [_distance_mm(t, pose) for t, pose in zip(corrected.transforms[1:], poses[1:], strict=True)]
    rigid_mm = [_distance_mm(t, pose) for t, pose in zip(rigid.transforms[1:], poses[1:], strict=True)]
    assert np.mean(affine_mm) < 0.75 * np.mean(rigid_mm), (affine_mm, rigid_mm)
    determinants = [np.linalg.det(t.matrix[:3, :3]) for t in corrected.transforms[1:]]
    truth = [np.linalg.det(pose[:3, :3]) for pose in poses[1:]]
    assert np.mean(determinants) == pytest.approx(np.mean(truth), abs=0.015)


def test_gradients_turn_back_by_the_rotation_of_an_affine_map() -> None:
    table = gradient_table(3, 1)
    turn = Rotation.from_rotvec([0.0, 0.0, 90.0], degrees=True).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.diag([1.02, 0.98, 1.0])
    matrix[:3, 3] = 3.0
    found = rotated_gradients(table, tuple(Transform(matrix) for _ in range(4)))
    np.testing.assert_allclose(found.directions, table.directions @ turn, atol=1e-12)
    np.testing.assert_array_equal(found.b_values_s_per_mm2, table.b_values_s_per_mm2)


def test_unusable_input_is_refused() -> None:
    table = GradientTable(np.full(2, 1000.0), np.eye(3)[:2])
    image = Image(np.ones((*_GRID.shape, 2), dtype=np.float32), _GRID, "signal", "1", np.arange(2.0))
    with pytest.raises(ImpastoError, match="acquire one without weighting"):
        correct_motion(DiffusionSeries(image, table))
    unweighted = GradientTable(np.array([0.0, 1000.0]), np.array([[0.0, 0, 0], [1, 0, 0]]))
    with pytest.raises(ImpastoError, match="a region of shape"):
        correct_motion(DiffusionSeries(image, unweighted), np.ones((2, 2, 2), dtype=bool))
    with pytest.raises(ImpastoError, match="unknown interpolation"):
        MotionSettings(interpolation="sinc")  # type: ignore[arg-type]
    with pytest.raises(ImpastoError, match="samples 2 of the voxels"):
        MotionSettings(sampled_share=2.0)
