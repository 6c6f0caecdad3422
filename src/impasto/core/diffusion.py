"""Diffusion-weighted series: images and the gradients they were taken with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.image import Image

__all__ = ["DiffusionSeries", "GradientTable"]


@dataclass(frozen=True, eq=False)
class GradientTable:
    """Strength and direction of diffusion weighting, one of each a measurement.

    Parameters
    ----------
    b_values_s_per_mm2 : ndarray, shape (measurement,)
    directions : ndarray, shape (measurement, 3)
        Unit vectors in patient coordinates (LPS); zero where there is no weighting, or none in particular (trace
        images).

    Raises
    ------
    ImpastoError
        When shapes disagree, a b-value is negative, or a direction has neither length 1 (to 1 %) nor 0.
    """

    b_values_s_per_mm2: FloatArray
    directions: FloatArray

    def __post_init__(self) -> None:
        b_values = np.array(self.b_values_s_per_mm2, dtype=np.float64)
        directions = np.array(self.directions, dtype=np.float64)
        if b_values.ndim != 1 or directions.shape != (len(b_values), 3):
            problem = f"{b_values.shape} b-values do not fit directions of shape {directions.shape}"
            raise ImpastoError("gradient table", problem, "give one direction a b-value")
        if not (np.isfinite(b_values).all() and np.isfinite(directions).all() and (b_values >= 0.0).all()):
            raise ImpastoError("gradient table", "a value is negative or not finite", "repair the table")
        length = np.linalg.norm(directions, axis=1)
        strange = (np.abs(length - 1.0) > 0.01) & (length > 1e-6)
        if strange.any():
            first = int(np.flatnonzero(strange)[0])
            problem = f"direction {first} has length {length[first]:.3f}"
            raise ImpastoError("gradient table", problem, "give unit vectors, zeros without weighting")
        unit = np.divide(directions, length[:, None], out=np.zeros_like(directions), where=length[:, None] > 1e-6)
        object.__setattr__(self, "b_values_s_per_mm2", read_only(b_values))
        object.__setattr__(self, "directions", read_only(unit))

    def __len__(self) -> int:
        return len(self.b_values_s_per_mm2)

    def unweighted(self, below_s_per_mm2: float = 50.0) -> BoolArray:
        """Which measurements count as b = 0, shape (measurement,): scanners often write a small b for them."""
        few: BoolArray = self.b_values_s_per_mm2 < below_s_per_mm2
        return few


@dataclass(frozen=True, eq=False)
class DiffusionSeries:
    """Diffusion-weighted images and their gradients.

    Parameters
    ----------
    image : Image
        Four axes, the last one measurement after another; its times are those of acquisition.
    gradients : GradientTable

    Raises
    ------
    ImpastoError
        When there is not one gradient for each measurement.
    """

    image: Image
    gradients: GradientTable

    def __post_init__(self) -> None:
        measurements = self.image.data.shape[3] if self.image.data.ndim == 4 else 1
        if self.image.data.ndim != 4 or measurements != len(self.gradients):
            problem = f"{len(self.gradients)} gradients for {measurements} measurements"
            raise ImpastoError(self.image.quantity, problem, "give one gradient each")
