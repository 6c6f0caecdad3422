from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid
from impasto.register.deformable.filters import gradient_per_mm, locally_normalised
from impasto.register.deformable.normal_equations import NormalEquations


def test_solves_what_a_general_solver_does():
    rng = np.random.default_rng(1)
    gradients = rng.standard_normal((40, 3)).astype(np.float32)
    shape = (1, 1, 1)
    equations, matrix, pull = NormalEquations(shape), 0.01 * np.eye(3), np.zeros(3)
    for gradient in gradients:
        residual = float(gradient @ [1.0, -2.0, 0.5])
        volumes = [np.full(shape, part, dtype=np.float32) for part in gradient]
        equations.add_residual(np.ones(shape, np.float32), np.full(shape, residual, np.float32), volumes)
        matrix += np.outer(gradient, gradient)
        pull += residual * gradient
    # a window of no width leaves the sums of the voxel alone
    assert equations.solved(1e-6, 0.01)[0, 0, 0] == pytest.approx(np.linalg.solve(matrix, pull), rel=1e-4)


def test_no_evidence_no_displacement():
    assert not NormalEquations((4, 4, 4)).solved(2.0, 0.01).any()


def test_gradient_of_a_plane_in_an_oblique_grid():
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    affine = np.eye(4)
    affine[:3, :3] = turn * [2.0, -3.0, 4.0]
    grid = Grid((6, 5, 4), affine)
    plane = (grid.voxel_centres_mm() @ [0.3, -0.1, 0.7]).astype(np.float32)
    for component, expected in zip(gradient_per_mm(plane, grid), (0.3, -0.1, 0.7), strict=True):
        assert component == pytest.approx(expected, abs=1e-5)


def test_normalised_values_know_no_scale_and_no_offset():
    values = np.random.default_rng(1).standard_normal((12, 12, 12)).astype(np.float32)
    one, other = locally_normalised(values, 2, 0.01), locally_normalised(5.0 * values + 3.0, 2, 0.05)
    assert other == pytest.approx(one, abs=1e-4)
