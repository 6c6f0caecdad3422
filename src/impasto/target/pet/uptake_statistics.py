"""Figures of uptake: maximum, peak, mean, metabolic tumour volume, total lesion glycolysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image

__all__ = ["UptakeStatistics", "peak_uptake", "uptake_statistics"]

_PEAK_ML = 1.0
_PARTS = 5


@dataclass(frozen=True)
class UptakeStatistics:
    """Uptake inside a lesion.

    Parameters
    ----------
    maximum : float
        Of the voxels at least half inside.
    peak : float
        See :func:`peak_uptake`.
    mean : float
        Voxels weighted by their filled share.
    metabolic_tumour_volume_ml : float
        Volume inside the contour.
    total_lesion_glycolysis_ml : float
        Mean times volume (SUV mL).
    """

    maximum: float
    peak: float
    mean: float
    metabolic_tumour_volume_ml: float
    total_lesion_glycolysis_ml: float


def uptake_statistics(image: Image, occupancy: FloatArray) -> UptakeStatistics:
    """Measure the uptake inside a lesion.

    Parameters
    ----------
    image : Image
        Uptake, three axes.
    occupancy : ndarray, shape of the image
        Filled share of every voxel, 0 to 1.

    Returns
    -------
    UptakeStatistics

    Raises
    ------
    ImpastoError
        When nothing is filled or shapes differ.
    """
    if occupancy.shape != image.data.shape:
        problem = f"a mask of shape {occupancy.shape} on an image of shape {image.data.shape}"
        raise ImpastoError(image.quantity, problem, "give both on the same voxels")
    filled = occupancy > 0.0
    if not filled.any():
        raise ImpastoError("lesion", "it is empty", "choose another method or threshold")
    values, shares = image.data[filled].astype(np.float64), occupancy[filled]
    core = shares >= 0.5
    volume_ml = float(shares.sum()) * image.grid.voxel_volume_ml
    mean = float(values @ shares / shares.sum())
    return UptakeStatistics(
        maximum=float(values[core].max() if core.any() else values.max()),
        peak=peak_uptake(image, filled if not core.any() else occupancy >= 0.5),
        mean=mean,
        metabolic_tumour_volume_ml=volume_ml,
        total_lesion_glycolysis_ml=mean * volume_ml,
    )


def peak_uptake(image: Image, within: BoolArray) -> float:
    """Largest mean over a sphere of 1 mL (Wahl 2009).

    Its centre is a voxel of the lesion; the sphere itself may reach beyond. Voxels count by the share of them that lies
    in the sphere, and the sphere ends at the image's faces.

    Parameters
    ----------
    image : Image
        Uptake, three axes.
    within : ndarray of bool, shape of the image
        Where the centre may lie; not empty.

    Returns
    -------
    float
        In the image's unit.
    """
    kernel = _ball(image.grid)
    reach = np.array(kernel.shape) // 2
    index = np.argwhere(within)
    start = np.maximum(index.min(axis=0) - reach, 0)
    stop = np.minimum(index.max(axis=0) + reach + 1, within.shape)
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    values = image.data[box].astype(np.float64)
    total = signal.oaconvolve(values, kernel, mode="same")
    weight = signal.oaconvolve(np.ones(values.shape), kernel, mode="same")
    return float((total / weight)[within[box]].max())


def _ball(grid: Grid) -> FloatArray:
    """Share of every voxel around a voxel's centre that lies in the sphere of 1 mL."""
    radius_mm = (3000.0 * _PEAK_ML / (4.0 * np.pi)) ** (1.0 / 3.0)
    reach = np.ceil(np.linalg.norm(np.linalg.inv(grid.affine[:3, :3]), axis=1) * radius_mm + 0.5).astype(int)
    axes = [np.arange(-n - 0.5 + 0.5 / _PARTS, n + 0.5, 1.0 / _PARTS) for n in reach]
    offset_mm = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1) @ grid.affine[:3, :3].T
    inside = np.linalg.norm(offset_mm, axis=-1) <= radius_mm
    split = np.ravel(np.column_stack([2 * reach + 1, np.full(3, _PARTS)]))
    share: FloatArray = inside.reshape(split).mean(axis=(1, 3, 5))
    return share
