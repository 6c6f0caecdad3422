"""The diffusion tensor: from eigenvalues and directions, its scalars, and the signal it gives.

Tensors are kept as their six components ``xx, xy, xz, yy, yz, zz`` in patient coordinates (LPS), in um2/ms
(1 um2/ms = 1e-3 mm2/s), so that b-values in s/mm2 meet them with a factor of 1e-3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.diffusion import GradientTable

__all__ = [
    "axial_tensor",
    "b_matrix",
    "diffusion_signal",
    "eigenvalues",
    "fractional_anisotropy",
    "full_tensor",
    "mean_diffusivity",
    "principal_direction",
    "tensor_anisotropy",
    "tensor_components",
    "tensor_from_eigensystem",
    "tensor_mean_diffusivity",
]

_ROWS, _COLUMNS = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 1, 2, 1, 2, 2])
_FULL = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])
_OCCURRENCES = np.array([1.0, 2.0, 2.0, 1.0, 2.0, 1.0])


def full_tensor(components: RealArray) -> RealArray:
    """Six components, shape (..., 6), as symmetric matrices, shape (..., 3, 3)."""
    matrix: RealArray = components[..., _FULL]
    return matrix


def tensor_components(matrix: RealArray) -> RealArray:
    """Symmetric matrices, shape (..., 3, 3), as six components, shape (..., 6)."""
    components: RealArray = matrix[..., _ROWS, _COLUMNS]
    return components


def tensor_from_eigensystem(eigenvalues_um2_per_ms: FloatArray, directions: FloatArray) -> FloatArray:
    """``sum of value * direction direction^T``.

    Parameters
    ----------
    eigenvalues_um2_per_ms : ndarray, shape (..., 3)
    directions : ndarray, shape (..., 3, 3)
        Orthonormal, one a row, LPS.

    Returns
    -------
    ndarray, shape (..., 6)
    """
    matrix = np.einsum("...n,...na,...nb->...ab", eigenvalues_um2_per_ms, directions, directions)
    return tensor_components(matrix).astype(np.float64)


def axial_tensor(axial_um2_per_ms: ArrayLike, radial_um2_per_ms: ArrayLike, direction: RealArray) -> RealArray:
    """Tensor of parallel fibres: one diffusivity along them, another across.

    Parameters
    ----------
    axial_um2_per_ms, radial_um2_per_ms : array_like, shape (...)
    direction : ndarray, shape (..., 3)
        Unit vectors, LPS; their sign does not matter.

    Returns
    -------
    ndarray, shape (..., 6)
    """
    radial = np.asarray(radial_um2_per_ms)[..., None]
    dyad = direction[..., _ROWS] * direction[..., _COLUMNS]
    tensor: RealArray = radial * (_ROWS == _COLUMNS) + (np.asarray(axial_um2_per_ms)[..., None] - radial) * dyad
    return tensor


def eigenvalues(components: RealArray) -> RealArray:
    """Eigenvalues from greatest to least, shape (..., 3), in the components' unit."""
    values: RealArray = np.linalg.eigvalsh(full_tensor(components))[..., ::-1]
    return values


def principal_direction(components: RealArray) -> RealArray:
    """Direction of the greatest eigenvalue as unit vectors, shape (..., 3), LPS; the sign carries no meaning."""
    vectors: RealArray = np.linalg.eigh(full_tensor(components))[1][..., 2]
    return vectors


def mean_diffusivity(eigenvalues_um2_per_ms: RealArray) -> RealArray:
    """Mean of the three eigenvalues, shape (...): what clinics call ADC."""
    mean: RealArray = eigenvalues_um2_per_ms.mean(axis=-1)
    return mean


def fractional_anisotropy(eigenvalues_um2_per_ms: RealArray) -> RealArray:
    """``sqrt(3/2 sum (l - mean)^2 / sum l^2)`` (Basser and Pierpaoli 1996), shape (...); 0 where all are 0.

    Examples
    --------
    >>> fractional_anisotropy(np.array([[1.7, 0.3, 0.3], [0.8, 0.8, 0.8]])).round(3).tolist()
    [0.799, 0.0]
    """
    spread = ((eigenvalues_um2_per_ms - eigenvalues_um2_per_ms.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    size = (eigenvalues_um2_per_ms**2).sum(axis=-1)
    share: RealArray = np.divide(spread, size, out=np.zeros_like(spread), where=size > 0.0)
    anisotropy: RealArray = np.sqrt(1.5 * share)
    return anisotropy


def tensor_mean_diffusivity(components: RealArray) -> RealArray:
    """Mean diffusivity without eigenvalues: a third of the trace, shape (...)."""
    mean: RealArray = components[..., [0, 3, 5]].mean(axis=-1)
    return mean


def tensor_anisotropy(components: RealArray) -> RealArray:
    """Fractional anisotropy without eigenvalues, from the tensor's deviation from its mean, shape (...)."""
    deviation = components.copy()
    deviation[..., [0, 3, 5]] -= tensor_mean_diffusivity(components)[..., None]
    weights = _OCCURRENCES.astype(components.dtype)
    spread, size = deviation**2 @ weights, components**2 @ weights
    share: RealArray = np.divide(spread, size, out=np.zeros_like(spread), where=size > 0.0)
    anisotropy: RealArray = np.sqrt(1.5 * share)
    return anisotropy


def b_matrix(gradients: GradientTable) -> FloatArray:
    """Weights of the six tensor components in ``b g^T D g``, shape (measurement, 6), s/mm2."""
    g = gradients.directions
    weights: FloatArray = gradients.b_values_s_per_mm2[:, None] * _OCCURRENCES * g[:, _ROWS] * g[:, _COLUMNS]
    return weights


def diffusion_signal(s0: ArrayLike, components: RealArray, gradients: GradientTable) -> RealArray:
    """``S0 exp(-b g^T D g)`` (Basser 1994), in the tensor's precision.

    Parameters
    ----------
    s0 : array_like, shape (...)
        Signal without diffusion weighting.
    components : ndarray, shape (..., 6)
        Tensor in um2/ms, LPS.
    gradients : GradientTable

    Returns
    -------
    ndarray, shape (..., measurement)
    """
    weights = (-1e-3 * b_matrix(gradients)).astype(components.dtype)
    signal: RealArray = np.asarray(s0, dtype=components.dtype)[..., None] * np.exp(components @ weights.T)
    return signal
