"""The diffusion tensor: scalars, invariances and the signal it gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import GradientTable
from impasto.maps.diffusion import (
    axial_tensor,
    diffusion_signal,
    eigenvalues,
    fractional_anisotropy,
    full_tensor,
    mean_diffusivity,
    principal_direction,
    tensor_components,
    tensor_from_eigensystem,
)


def _directions(seed: int, count: int = 20) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, 3))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@given(st.lists(st.floats(0.05, 3.0), min_size=3, max_size=3), st.integers(0, 2**31))
def test_eigensystem_there_and_back(values: list[float], seed: int) -> None:
    axes = Rotation.random(random_state=seed).as_matrix()
    components = tensor_from_eigensystem(np.array(values), axes)
    np.testing.assert_allclose(eigenvalues(components), sorted(values, reverse=True), atol=1e-12)
    np.testing.assert_allclose(tensor_components(full_tensor(components)), components)


def test_scalars_of_known_tensors() -> None:
    # sticks, discs and spheres
    values = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.7, 0.7, 0.7], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(fractional_anisotropy(values), [1.0, np.sqrt(0.5), 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(mean_diffusivity(values), [1 / 3, 2 / 3, 0.7, 0.0])


def test_fibres_diffuse_along_their_direction() -> None:
    fibres = _directions(1)
    components = axial_tensor(1.6, 0.35, fibres)
    np.testing.assert_allclose(np.abs(np.sum(principal_direction(components) * fibres, axis=-1)), 1.0, atol=1e-12)
    np.testing.assert_allclose(eigenvalues(components), np.tile([1.6, 0.35, 0.35], (20, 1)), atol=1e-12)


def test_signal_is_that_of_the_full_matrix_product() -> None:
    components = axial_tensor(1.6, 0.35, _directions(2, 4))
    gradients = GradientTable(np.array([0.0, 500.0, 1000.0]), np.concatenate([np.zeros((1, 3)), _directions(3, 2)]))
    found = diffusion_signal(np.full(4, 700.0), components, gradients)
    for voxel in range(4):
        for m in range(3):
            g = gradients.directions[m]
            along = g @ full_tensor(components)[voxel] @ g
            expected = 700.0 * np.exp(-gradients.b_values_s_per_mm2[m] * 1e-3 * along)
            assert found[voxel, m] == pytest.approx(expected)


@given(st.integers(0, 2**31))
def test_turning_patient_and_gradients_together_changes_nothing(seed: int) -> None:
    turn = Rotation.random(random_state=seed).as_matrix()
    fibres, g = _directions(4), _directions(5, 6)
    still = diffusion_signal(1.0, axial_tensor(1.7, 0.3, fibres), GradientTable(np.full(6, 1000.0), g))
    turned = diffusion_signal(
        1.0, axial_tensor(1.7, 0.3, fibres @ turn.T), GradientTable(np.full(6, 1000.0), g @ turn.T)
    )
    np.testing.assert_allclose(turned, still, atol=1e-12)
