"""The iterative threshold: the level that a sphere of the lesion's volume needs on this scanner, found by turns.

A threshold gives a volume, the volume a diameter, and diameter and point spread the level at which a blurred sphere
keeps its volume (van Dalen 2007). The original takes the level from the maximum, which noise raises: the larger the
lesion, the more voxels compete. Averages do better (Jentzen 2015). Here the uptake is seen through a Gaussian window
that widens with the lesion, and the model sphere through the same one, so the level stays exact without noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.target.pet.background import SHELL, BackgroundSettings
from impasto.target.pet.blurred_sphere import relative_threshold_level
from impasto.target.pet.fixed_thresholds import above
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetSegmentation
from impasto.target.pet.point_spread import FWHM_PER_SIGMA
from impasto.target.pet.scanner import PetScanner

__all__ = ["MAXIMUM", "WINDOW", "IterativeThresholdSettings", "iterative_threshold"]


_REACH_SIGMA = 4.0
_PEAK_PARTS = 5
_PEAK_REACH = 3


@dataclass(frozen=True)
class IterativeThresholdSettings:
    """How the threshold is sought.

    Parameters
    ----------
    window_share : float
        Full width at half maximum of the Gaussian window over the plateau that blur leaves of the lesion, its diameter
        less the point spread; 0 takes the hottest place itself.
    widest_window_mm : float
        The window grows no further: about the sphere of 1 mL of SUVpeak, so that a hot part of a large lesion counts.
    start : BackgroundSettings
        Says where the search starts: high enough that a faint lesion does not run into the noise around it.
    tolerance : float
        The search ends when the threshold moves by less than this share of itself above the background.
    most_iterations : int
    """

    window_share: float = 0.5
    widest_window_mm: float = 12.0
    start: BackgroundSettings = SHELL
    tolerance: float = 1e-3
    most_iterations: int = 50


WINDOW = IterativeThresholdSettings()
"""The uptake is averaged over a window."""

MAXIMUM = IterativeThresholdSettings(window_share=0.0)
"""The uptake of the hottest place, as in the original."""


def iterative_threshold(
    lesion: PetLesion, scanner: PetScanner, settings: IterativeThresholdSettings = WINDOW
) -> PetSegmentation:
    """Delineate by the level of a blurred sphere of the lesion's own volume.

    Parameters
    ----------
    lesion : PetLesion
    scanner : PetScanner
    settings : IterativeThresholdSettings

    Returns
    -------
    PetSegmentation
        With the figures ``threshold_suv``, ``relative_level``, ``diameter_mm`` and ``iterations``; a note when the
        search did not settle or the lesion is not larger than the point spread.

    Raises
    ------
    ImpastoError
        When the lesion vanishes on the way.
    """
    background = lesion.background.mean
    threshold = settings.start.first_threshold(lesion.background, lesion.maximum)
    low, high = background, lesion.maximum
    has_settled, iterations = False, 0
    while not has_settled and iterations < settings.most_iterations:
        iterations += 1
        occupancy = above(lesion, threshold, "iterative threshold").occupancy
        volume_ml = float(occupancy.sum()) * lesion.image.grid.voxel_volume_ml
        diameter_mm = (6000.0 * volume_ml / np.pi) ** (1.0 / 3.0)
        plateau_mm = max(diameter_mm - scanner.fwhm_mm, 0.0)
        window_mm = min(settings.window_share * plateau_mm, settings.widest_window_mm)
        level = relative_threshold_level(diameter_mm, scanner.fwhm_mm, window_mm)
        before, threshold = threshold, background + level * (_hottest(lesion, occupancy > 0.0, window_mm) - background)
        has_settled = abs(threshold - before) <= settings.tolerance * (before - background)
        # thresholds too low ask for more, those too high for less: once both are known, stay between
        low, high = (before, high) if threshold > before else (low, before)
        if not low < threshold < high and not has_settled:
            threshold = 0.5 * (low + high)
            has_settled = high - low <= settings.tolerance * (before - background)
    figures = {"threshold_suv": before, "relative_level": level, "diameter_mm": diameter_mm, "iterations": iterations}
    notes = _notes(has_settled, diameter_mm, scanner.fwhm_mm, settings.most_iterations)
    return PetSegmentation(occupancy, figures, notes)


def _hottest(lesion: PetLesion, inside: BoolArray, window_mm: float) -> float:
    """Return the highest uptake inside, seen through a Gaussian window, wherever between voxels it lies."""
    sigma = window_mm / FWHM_PER_SIGMA / lesion.image.grid.spacing_mm
    reach = np.ceil(_REACH_SIGMA * sigma).astype(int) + _PEAK_REACH
    index = np.argwhere(inside)
    start = np.maximum(index.min(axis=0) - reach, 0)
    stop = np.minimum(index.max(axis=0) + reach + 1, inside.shape)
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    values = lesion.image.data[box].astype(np.float64)
    seen = _through_window(values, sigma, reach)
    hottest = np.array(np.unravel_index(int(np.argmax(np.where(inside[box], seen, -np.inf))), seen.shape))
    start, stop = np.maximum(hottest - _PEAK_REACH, 0), np.minimum(hottest + _PEAK_REACH + 1, seen.shape)
    around = seen[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    fine = ndimage.zoom(around, _PEAK_PARTS, order=3, mode="nearest", grid_mode=True)
    middle = tuple(slice((n - 1) * _PEAK_PARTS, (n + 2) * _PEAK_PARTS) for n in np.maximum(hottest - start, 1))
    return float(fine[middle].max())


def _through_window(values: FloatArray, sigma: FloatArray, pad: IntArray) -> FloatArray:
    """Convolve with a Gaussian by its exact transform: one sampled on voxels is too narrow below one of them."""
    padded = np.pad(values, np.column_stack([pad, pad]), mode="edge")
    spectrum = ndimage.fourier_gaussian(fft.rfftn(padded), sigma, n=padded.shape[2])
    seen: FloatArray = fft.irfftn(spectrum, padded.shape)
    return seen[tuple(slice(a, n - a) for a, n in zip(pad, padded.shape, strict=True))]


def _notes(has_settled: bool, diameter_mm: float, fwhm_mm: float, iterations: int) -> tuple[str, ...]:
    notes = []
    if not has_settled:
        notes.append(f"The iterative threshold had not settled after {iterations} iterations.")
    if diameter_mm < fwhm_mm:
        notes.append(
            f"The lesion ({diameter_mm:.0f} mm) is smaller than the point spread ({fwhm_mm:g} mm): PET cannot tell "
            "its volume from its uptake."
        )
    return tuple(notes)
