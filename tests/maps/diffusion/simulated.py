"""Diffusion-weighted signals of known tensors with the noise of magnitude images."""

from __future__ import annotations

import numpy as np

from impasto.core import GradientTable
from impasto.maps.diffusion import axial_tensor, diffusion_signal
from impasto.phantom.dwi import spread_directions

S0 = 1000.0


def gradient_table(directions: int, unweighted: int, b_values: tuple[float, ...] = (1000.0,)) -> GradientTable:
    b = np.repeat([0.0, *b_values], [unweighted, *[directions] * len(b_values)])
    return GradientTable(
        b, np.concatenate([np.zeros((unweighted, 3)), *[spread_directions(directions)] * len(b_values)])
    )


def unit_vectors(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).normal(size=(count, 3))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def fibres(axial: float, radial: float, count: int, seed: int) -> np.ndarray:
    return axial_tensor(np.full(count, axial), np.full(count, radial), unit_vectors(count, seed))


def magnitude(signal: np.ndarray, signal_to_noise: float, seed: int) -> np.ndarray:
    """Noise in both channels, relative to the signal without weighting."""
    real, imaginary = np.random.default_rng(seed).normal(0.0, S0 / signal_to_noise, (2, *signal.shape))
    return np.hypot(signal + real, imaginary)


def measured(tensor: np.ndarray, table: GradientTable, signal_to_noise: float, seed: int) -> np.ndarray:
    return magnitude(diffusion_signal(np.full(len(tensor), S0), tensor, table), signal_to_noise, seed)
