"""Uptake of the tissue around a lesion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.target.pet.iso_contour import connected_above
from impasto.target.pet.lesion import Background

__all__ = ["SHELL", "BackgroundSettings", "surrounding_background"]

_ROUNDS = 20
_HIGHEST_LEVEL = 0.8
_GAUSSIAN_SIGMA_PER_MAD = 1.4826


@dataclass(frozen=True)
class BackgroundSettings:
    """Where the background is measured.

    Parameters
    ----------
    level : float
        Share of the way from background to maximum at which the lesion ends for this purpose ...
    noise_deviations : float
        ... or, if that is higher, so many standard deviations above the background, or faint lesions would run into
        its noise.
    nearest_fwhm, farthest_fwhm : float
        Shell around the lesion, in widths of the point spread: beyond what spills out, near enough to be the same
        tissue.
    """

    level: float = 0.45
    noise_deviations: float = 3.0
    nearest_fwhm: float = 1.25
    farthest_fwhm: float = 3.0

    def first_threshold(self, background: Background, maximum: float) -> float:
        """Return the threshold at which a lesion of that maximum ends until something better is known."""
        height = maximum - background.mean
        raised = min(self.noise_deviations * background.standard_deviation, _HIGHEST_LEVEL * height)
        return background.mean + max(self.level * height, raised)


SHELL = BackgroundSettings()
"""The shell that is usual here."""


def surrounding_background(
    values: RealArray,
    search: BoolArray,
    peak_index: tuple[int, int, int],
    spacing_mm: FloatArray,
    fwhm_mm: float,
    settings: BackgroundSettings = SHELL,
    drawn: BoolArray | None = None,
) -> Background:
    """Median of a shell around the lesion; lesion and shell are found by turns.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
    search : ndarray of bool, shape (i, j, k)
        Holds the lesion and enough around it.
    peak_index : (int, int, int)
        Hottest voxel of the lesion.
    spacing_mm : ndarray, shape (3,)
    fwhm_mm : float
        Point spread.
    settings : BackgroundSettings
    drawn : ndarray of bool, shape (i, j, k), optional
        What was drawn as the lesion counts as such however little it takes up: around the hot part of a large tumour
        lies tumour.

    Returns
    -------
    Background
        Median and, from the median absolute deviation, standard deviation.
    """
    peak = float(values[peak_index])
    nearest_mm, farthest_mm = settings.nearest_fwhm * fwhm_mm, settings.farthest_fwhm * fwhm_mm
    background = _background(values[search])
    for _ in range(_ROUNDS):
        threshold = settings.first_threshold(background, peak)
        lesion, box = connected_above(values, search, threshold, peak_index)
        if drawn is not None:
            lesion, box = _joined(lesion, box, drawn)
        shell = values[_shell(lesion, box, search, spacing_mm, (nearest_mm, farthest_mm))]
        if not shell.size:
            break
        before, background = background, _background(shell)
        if abs(background.mean - before.mean) <= 1e-3 * (peak - background.mean):
            break
    return background


def _background(uptake: RealArray) -> Background:
    mean = float(np.median(uptake))
    deviation = _GAUSSIAN_SIGMA_PER_MAD * float(np.median(np.abs(uptake - mean)))
    return Background(mean, deviation, int(uptake.size))


def _joined(
    lesion: BoolArray, box: tuple[slice, slice, slice], drawn: BoolArray
) -> tuple[BoolArray, tuple[slice, slice, slice]]:
    """Join a mask inside a box with one on all voxels."""
    both = drawn.copy()
    both[box] |= lesion
    return both, (slice(0, drawn.shape[0]), slice(0, drawn.shape[1]), slice(0, drawn.shape[2]))


def _shell(
    lesion: BoolArray,
    box: tuple[slice, slice, slice],
    search: BoolArray,
    spacing_mm: FloatArray,
    distances_mm: tuple[float, float],
) -> tuple[IntArray, ...]:
    """Index of the searched voxels whose distance to the lesion lies within two bounds."""
    pad = np.ceil(distances_mm[1] / spacing_mm).astype(int) + 1
    start = np.maximum([part.start for part in box] - pad, 0)
    stop = np.minimum([part.stop for part in box] + pad, search.shape)
    inside = np.zeros(stop - start, dtype=np.bool_)
    inside[tuple(slice(part.start - a, part.stop - a) for part, a in zip(box, start, strict=True))] = lesion
    distance_mm = ndimage.distance_transform_edt(~inside, sampling=spacing_mm)
    near = (distance_mm > distances_mm[0]) & (distance_mm <= distances_mm[1])
    near &= search[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    return tuple(index + a for index, a in zip(np.nonzero(near), start, strict=True))
