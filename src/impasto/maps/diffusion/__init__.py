"""Diffusion-weighted imaging: preparation, tensors, ADC and compartments, their scalars, errors and signal."""

from impasto.maps.diffusion.adc_fit import (
    AdcFit,
    KurtosisFit,
    fit_adc,
    fit_kurtosis,
)
from impasto.maps.diffusion.diffusion_maps import (
    DiffusionSettings,
    TensorVolume,
    colour_anisotropy,
    diffusion_maps,
    fit_tensor_volume,
    tensor_maps,
)
from impasto.maps.diffusion.motion import (
    CorrectedSeries,
    MotionSettings,
    correct_motion,
    rotated_gradients,
)
from impasto.maps.diffusion.preparation import (
    AveragedSeries,
    averaged_repeats,
    powder_averaged,
    signal_mask,
    trace_weighted,
    unweighted_image,
    up_to_b,
)
from impasto.maps.diffusion.reasons import (
    FAILED,
    DiffusionReason,
)
from impasto.maps.diffusion.settings import (
    FitSettings,
)
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
from impasto.maps.diffusion.tensor_fit import (
    TensorFit,
    fit_tensor,
)
from impasto.maps.diffusion.two_compartment import (
    TwoCompartmentFit,
    TwoCompartmentSettings,
    fit_two_compartments,
)

__all__ = [
    "FAILED",
    "AdcFit",
    "AveragedSeries",
    "CorrectedSeries",
    "DiffusionReason",
    "DiffusionSettings",
    "FitSettings",
    "KurtosisFit",
    "MotionSettings",
    "TensorFit",
    "TensorVolume",
    "TwoCompartmentFit",
    "TwoCompartmentSettings",
    "averaged_repeats",
    "axial_tensor",
    "b_matrix",
    "colour_anisotropy",
    "correct_motion",
    "diffusion_maps",
    "diffusion_signal",
    "eigenvalues",
    "fit_adc",
    "fit_kurtosis",
    "fit_tensor",
    "fit_tensor_volume",
    "fit_two_compartments",
    "fractional_anisotropy",
    "full_tensor",
    "mean_diffusivity",
    "powder_averaged",
    "principal_direction",
    "rotated_gradients",
    "signal_mask",
    "tensor_anisotropy",
    "tensor_components",
    "tensor_from_eigensystem",
    "tensor_maps",
    "tensor_mean_diffusivity",
    "trace_weighted",
    "unweighted_image",
    "up_to_b",
]
