"""Pairs of brain images with a known transform between them, from the ICBM 152 template.

The fixed image is the template seen through a known map, with noise; the moving one is the template itself under a
receive field of its own, as T1-weighted, as T2-weighted (contrast inverted), or as glucose PET (grey matter bright,
6 mm resolution, correlated noise).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from impasto.core import Grid, Image, Transform
from impasto.core.atlas.template import brain_template

__all__ = ["CONTRASTS", "RegistrationPair", "brain_with_air", "rician", "rigid_pair"]

Contrast = Literal["T1", "T2-like", "PET-like"]
CONTRASTS: tuple[Contrast, ...] = ("T1", "T2-like", "PET-like")

_NOISE = 0.03
_MARGIN_VOXELS = 16
_POINTS = 5000


@dataclass(frozen=True, eq=False)
class RegistrationPair:
    """Two images and the truth between them.

    Parameters
    ----------
    fixed, moving : Image
    truth : Transform
        Fixed point to moving point.
    points_mm : ndarray, shape (point, 3)
        In the brain, fixed frame.
    """

    fixed: Image
    moving: Image
    truth: Transform
    points_mm: np.ndarray

    def errors_mm(self, found: Transform) -> np.ndarray:
        """Target registration error at the points."""
        away = found.moving_from_fixed(self.points_mm) - self.truth.moving_from_fixed(self.points_mm)
        return np.linalg.norm(away, axis=1)


def rigid_pair(contrast: Contrast, spacing_mm: float = 1.0, seed: int = 0) -> RegistrationPair:
    """Template turned by (7, -5, 9) degrees and shifted by (9, -12, 7) mm against one of another contrast."""
    rng = np.random.default_rng(seed)
    brain, grid = brain_with_air(spacing_mm)
    truth = _rigid(grid.world_from_index((np.array(grid.shape) - 1) / 2))
    turned = _seen_through(brain, grid, truth, order=3)
    inside = _seen_through((brain > 0.05).astype(np.float32), grid, truth, order=1) > 0.5
    fixed = Image(rician(np.maximum(turned, 0.0), rng), grid, "T1-weighted signal", "1")
    moving = Image(_contrasted(brain, contrast, spacing_mm, rng), grid, f"{contrast} signal", "1")
    index = np.argwhere(inside)
    chosen = index[rng.choice(len(index), _POINTS, replace=False)]
    return RegistrationPair(fixed, moving, truth, grid.world_from_index(chosen))


def brain_with_air(spacing_mm: float) -> tuple[np.ndarray, Grid]:
    """T1-weighted template, 0 to 1, with air around it."""
    template = brain_template()
    brain = np.pad(template.t1 / template.t1.max(), _MARGIN_VOXELS)
    around = np.full(3, _MARGIN_VOXELS)
    grid = template.grid.cropped(-around, np.array(template.grid.shape) + around)
    if spacing_mm > 1.0:
        coarse = grid.with_spacing(spacing_mm)
        brain = Image(brain, grid, "signal", "1").resampled_conserving(coarse).data.astype(np.float32)
        grid = coarse
    return brain, grid


def rician(signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Magnitude of a signal with complex noise of 3 % of the brightest tissue."""
    real, imaginary = rng.normal(0.0, _NOISE, (2, *signal.shape))
    return np.hypot(signal + real, imaginary).astype(np.float32)


def _rigid(centre_mm: np.ndarray) -> Transform:
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", [7.0, -5.0, 9.0], degrees=True).as_matrix()
    turn[:3, 3] = centre_mm + np.array([9.0, -12.0, 7.0]) - turn[:3, :3] @ centre_mm
    return Transform(turn, "truth")


def _seen_through(values: np.ndarray, grid: Grid, truth: Transform, order: int) -> np.ndarray:
    index = np.moveaxis(grid.index_from_world(truth.moving_from_fixed(grid.voxel_centres_mm())), -1, 0)
    return ndimage.map_coordinates(values, index, order=order, mode="constant").astype(np.float32)


def _contrasted(brain: np.ndarray, contrast: Contrast, spacing_mm: float, rng: np.random.Generator) -> np.ndarray:
    inside = brain > 0.05
    if contrast == "PET-like":
        uptake = np.where(inside, np.exp(-(((brain - 0.62) / 0.12) ** 2)) + 0.25 * (brain > 0.75), 0.0)
        blurred = ndimage.gaussian_filter(uptake, 6.0 / 2.355 / spacing_mm)
        noise = ndimage.gaussian_filter(rng.standard_normal(brain.shape), 1.5 / spacing_mm)
        return np.maximum(blurred + 0.04 * blurred.max() * noise / noise.std(), 0.0).astype(np.float32)
    signal = brain
    if contrast == "T2-like":
        signal = ndimage.gaussian_filter(np.where(inside, 1.1 - brain, 0.0), 0.7 / spacing_mm)
    field = ndimage.gaussian_filter(rng.standard_normal(brain.shape), 40.0 / spacing_mm)
    return rician(signal * (1.0 + 0.15 * field / np.abs(field).max()), rng)
