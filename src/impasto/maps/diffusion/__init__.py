"""Diffusion-weighted imaging: tensors, their scalars and their signal."""

from impasto.maps.diffusion.tensor import (
    axial_tensor,
    b_matrix,
    diffusion_signal,
    eigenvalues,
    fractional_anisotropy,
    full_tensor,
    mean_diffusivity,
    principal_direction,
    tensor_anisotropy,
    tensor_components,
    tensor_from_eigensystem,
    tensor_mean_diffusivity,
)

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
