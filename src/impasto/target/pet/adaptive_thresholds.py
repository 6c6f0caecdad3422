"""Adaptive thresholds: from the lesion's uptake and its background, by coefficients calibrated on spheres."""

from __future__ import annotations

import numpy as np

from impasto.target.pet.coefficients import AdaptiveCoefficients
from impasto.target.pet.fixed_thresholds import above
from impasto.target.pet.iso_contour import connected_above, occupancy_above
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetSegmentation

__all__ = ["black", "daisne", "hot_mean", "nestle", "schaefer", "slice_signal"]

_HOT_SHARE = 0.7
_FIRST_SHARE = 0.41
_MOST_ITERATIONS = 100
_TOLERANCE = 1e-4


def hot_mean(lesion: PetLesion) -> float:
    """Mean of the lesion's voxels that reach 70 % of its maximum."""
    values = lesion.image.data
    hot, box = connected_above(values, lesion.search, _HOT_SHARE * lesion.maximum, lesion.peak_index)
    return float(values[box][hot].mean(dtype=np.float64))


def slice_signal(lesion: PetLesion) -> float:
    """Mean of the hottest voxel and its eight neighbours in the slice nearest to transverse."""
    axis = int(np.argmax(np.abs(lesion.image.grid.direction[2])))
    around = [slice(n, n + 1) if a == axis else slice(max(n - 1, 0), n + 2) for a, n in enumerate(lesion.peak_index)]
    return float(lesion.image.data[tuple(around)].mean(dtype=np.float64))


def nestle(lesion: PetLesion, coefficients: AdaptiveCoefficients) -> PetSegmentation:
    """Delineate by a share of the hot mean on top of the background (Nestle 2005)."""
    threshold = coefficients.nestle_share * hot_mean(lesion) + lesion.background.mean
    return above(lesion, threshold, "Nestle's threshold")


def black(lesion: PetLesion, coefficients: AdaptiveCoefficients) -> PetSegmentation:
    """Delineate by a line through the mean uptake of what is delineated, by turns until it settles (Black 2004)."""
    threshold, has_settled, iterations = _FIRST_SHARE * lesion.maximum, False, 0
    while not has_settled and iterations < _MOST_ITERATIONS:
        iterations += 1
        occupancy = above(lesion, threshold, "Black's threshold").occupancy
        mean = float((lesion.image.data * occupancy).sum() / occupancy.sum())
        before, threshold = threshold, coefficients.black_slope * mean + coefficients.black_offset_suv
        has_settled = abs(threshold - before) <= _TOLERANCE * before
    figures = {"threshold_suv": before, "mean_suv": mean, "iterations": float(iterations)}
    notes = () if has_settled else (f"Black's threshold had not settled after {iterations} iterations.",)
    return PetSegmentation(occupancy, figures, notes)


def schaefer(lesion: PetLesion, coefficients: AdaptiveCoefficients) -> PetSegmentation:
    """Delineate by a sum of shares of hot mean and background, other ones for small lesions (Schaefer 2008).

    The lesion is small when it is so by its own contour with the coefficients for large ones.
    """
    mean, background = hot_mean(lesion), lesion.background.mean
    a, b = coefficients.schaefer_large
    first = a * mean + b * background
    volume_ml = float(occupancy_above(lesion, first).sum()) * lesion.image.grid.voxel_volume_ml
    diameter_mm = (6000.0 * volume_ml / np.pi) ** (1.0 / 3.0)
    if diameter_mm < coefficients.schaefer_border_mm:
        a, b = coefficients.schaefer_small
    found = above(lesion, a * mean + b * background, "Schaefer's threshold")
    return PetSegmentation(found.occupancy, {**found.figures, "diameter_for_coefficients_mm": diameter_mm})


def daisne(lesion: PetLesion, coefficients: AdaptiveCoefficients) -> PetSegmentation:
    """Delineate by a share of the signal that falls with the signal-to-background ratio (Daisne 2003)."""
    signal = slice_signal(lesion)
    # a background of zero is a ratio without bound
    share = coefficients.daisne_offset + coefficients.daisne_slope * max(lesion.background.mean, 0.0) / signal
    found = above(lesion, share * signal, "Daisne's threshold")
    return PetSegmentation(found.occupancy, {**found.figures, "relative_threshold": share})
