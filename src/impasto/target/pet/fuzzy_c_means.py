"""Fuzzy c-means with spatial information and wavelets (Belhassen and Zaidi 2010).

Every voxel is a member of every cluster, by how near its uptake lies to the cluster's centre. To tell noise from
uptake a second, edge-preserving smoothed image takes part (FCM-S), and the first image may be replaced by its
coarser plane of the a trous wavelet transform (FCM-SW). The objective is that of Chen and Zhang (2004),

    J = sum_ik u_ik^2 [(x_k - v_i)^2 + a (s_k - v_i)^2],   sum_i u_ik = 1,

with x the image (or its wavelet plane), s the smoothed one and a its weight; setting its derivatives to zero gives
the two updates used in turn: ``u_ik = (1 / d_ik) / sum_j (1 / d_jk)`` for the bracket d_ik, and
``v_i = sum_k u_ik^2 (x_k + a s_k) / ((1 + a) sum_k u_ik^2)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.threads import threads_for
from impasto.target.pet.anisotropic_diffusion import anisotropic_diffusion
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.peak_part import neighbourhood, part_with_peak
from impasto.target.pet.scanner import PetScanner
from impasto.target.pet.smallness import note_if_small

__all__ = ["FUZZY_C_MEANS", "FuzzyCMeansSettings", "a_trous_plane", "cluster", "fuzzy_c_means", "memberships"]

_B3_SPLINE = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0

_Single = NDArray[np.float32]


@dataclass(frozen=True)
class FuzzyCMeansSettings:
    """What takes part and when to stop.

    Parameters
    ----------
    clusters : int
        Number of clusters. A voxel's share of the lesion is the mean of 0 for the coldest, 1 for the hottest and, for
        those between, how far their centre lies on the way, weighted by its memberships.
    smoothed_weight : float
        Weight of the smoothed image beside the first one; 0 is plain fuzzy c-means.
    diffusion_steps : int
        Steps of anisotropic diffusion that give the smoothed image.
    edge_in_noise : float
        Its edge difference as a multiple of the background's standard deviation.
    wavelet_scales : int
        Scales that the a trous transform removes from the first image; 0 leaves it as it is (FCM-S).
    tolerance : float
        Largest change of a centre, as a share of the contrast, at which the iteration ends.
    most_iterations : int

    Raises
    ------
    ImpastoError
        When there are fewer than two clusters or a number is negative.
    """

    clusters: int = 2
    smoothed_weight: float = 1.0
    diffusion_steps: int = 10
    edge_in_noise: float = 2.0
    wavelet_scales: int = 0
    tolerance: float = 1e-3
    most_iterations: int = 100

    def __post_init__(self) -> None:
        if self.clusters < 2:
            raise ImpastoError("fuzzy c-means", f"{self.clusters} clusters", "give at least background and lesion")
        least = min(self.smoothed_weight, self.diffusion_steps, self.wavelet_scales, self.edge_in_noise)
        if least < 0.0:
            raise ImpastoError("fuzzy c-means", f"a setting of {least:g}", "give 0 or more")


def a_trous_plane(values: RealArray, scales: int) -> _Single:
    """Smooth plane left when the a trous transform has taken `scales` wavelet planes off.

    Each scale convolves with the B3 spline (1, 4, 6, 4, 1)/16 along all axes, its taps 2^scale voxels apart
    (Starck and Murtagh 1994).
    """
    plane = np.asarray(values, dtype=np.float32)
    for scale in range(scales):
        taps = np.zeros(4 * 2**scale + 1)
        taps[:: 2**scale] = _B3_SPLINE
        for axis in range(3):
            plane = ndimage.correlate1d(plane, taps, axis=axis, mode="reflect")
    return plane


def cluster(
    first: RealArray, smoothed: RealArray, search: BoolArray, centres: Sequence[float], settings: FuzzyCMeansSettings
) -> FloatArray:
    """Iterate memberships and centres to their fixed point.

    Parameters
    ----------
    first, smoothed : ndarray, shape (i, j, k)
        The image, or its wavelet plane, and the smoothed one.
    search : ndarray of bool, shape (i, j, k)
        Voxels that take part.
    centres : sequence of float
        To start from, cold to hot.
    settings : FuzzyCMeansSettings

    Returns
    -------
    ndarray, shape (cluster,)
        The clusters' centres, cold to hot.

    Raises
    ------
    ImpastoError
        When the centres did not settle within the iterations allowed.
    """
    x, s = (np.ascontiguousarray(part[search], dtype=np.float32) for part in (first, smoothed))
    now = np.array(sorted(centres), dtype=np.float64)
    contrast = now[-1] - now[0]
    blocks = np.linspace(0, x.size, 65).astype(np.int64)
    for _ in range(settings.most_iterations):
        sums = np.zeros((64, len(now), 2))
        with threads_for(x.size):
            _weigh(x, s, settings.smoothed_weight, now, blocks, sums)
        weight, weighted = sums.sum(axis=0).T
        following = np.sort(weighted / weight)
        change = float(np.max(np.abs(following - now)))
        now = following
        if change <= settings.tolerance * contrast:
            return now
    raise ImpastoError("fuzzy c-means", "its centres did not settle", "allow more iterations or a larger tolerance")


def memberships(first: RealArray, smoothed: RealArray, centres: FloatArray, smoothed_weight: float) -> _Single:
    """Membership of every voxel in every cluster, shape (cluster, i, j, k), summing to one."""
    inverse = np.empty((len(centres), *first.shape), dtype=np.float32)
    for number, centre in enumerate(centres):
        distance = np.square(first - np.float32(centre))
        distance += np.float32(smoothed_weight) * np.square(smoothed - np.float32(centre))
        inverse[number] = 1.0 / np.maximum(distance, 1e-20)
    inverse /= inverse.sum(axis=0)
    return inverse


def fuzzy_c_means(
    lesion: PetLesion, scanner: PetScanner, settings: FuzzyCMeansSettings | None = None
) -> PetSegmentation:
    """Delineate by fuzzy c-means: voxels whose share is above one half, hanging together with the peak.

    Clusters are sought within twice the point spread of the lesion's core: in more background than
    that they would divide its noise. They know no blur: lesions smaller than some three times the point spread come
    out too large.
    """
    chosen = settings or FuzzyCMeansSettings()
    near = neighbourhood(lesion, 2.0 * scanner.fwhm_mm)
    values = np.asarray(near.lesion.image.data, dtype=np.float32)
    cold, hot = lesion.background.mean, lesion.maximum
    # without noise there is nothing to smooth: a hundredth of the contrast keeps the edge difference positive
    edge = max(chosen.edge_in_noise * lesion.background.standard_deviation, 0.01 * (hot - cold))
    smoothed = anisotropic_diffusion(values, tuple(lesion.image.grid.spacing_mm), edge, chosen.diffusion_steps)
    first = a_trous_plane(values, chosen.wavelet_scales)
    centres = cluster(first, smoothed, near.lesion.search, list(np.linspace(cold, hot, chosen.clusters)), chosen)
    belongs = memberships(first, smoothed, centres, chosen.smoothed_weight)
    height = (centres - centres[0]) / (centres[-1] - centres[0])
    share = np.tensordot(height.astype(np.float32), belongs, axes=1)
    inside = part_with_peak(share > 0.5, near.lesion.search, near.lesion.peak_index)
    figures = {f"centre_{number + 1}": float(centre) for number, centre in enumerate(centres)}
    occupancy = near.back(inside)
    consequence = "makes the volume 15 % and more too large"
    notes = note_if_small(occupancy, lesion.image.grid, scanner.fwhm_mm, 3.0, consequence)
    return PetSegmentation(occupancy, figures, notes)


@numba.njit(parallel=True, cache=True)
def _weigh(
    first: _Single,
    smoothed: _Single,
    smoothed_weight: float,
    centres: FloatArray,
    blocks: NDArray[np.int64],
    sums: FloatArray,
) -> None:
    clusters = len(centres)
    scale = 1.0 / (1.0 + smoothed_weight)
    for block in numba.prange(len(blocks) - 1):
        inverse = np.zeros(clusters)
        for k in range(blocks[block], blocks[block + 1]):
            x, s = np.float64(first[k]), np.float64(smoothed[k])
            total = 0.0
            for c in range(clusters):
                distance = (x - centres[c]) ** 2 + smoothed_weight * (s - centres[c]) ** 2
                inverse[c] = 1.0 / max(distance, 1e-20)
                total += inverse[c]
            for c in range(clusters):
                weight = (inverse[c] / total) ** 2
                sums[block, c, 0] += weight
                sums[block, c, 1] += weight * (x + smoothed_weight * s) * scale


FUZZY_C_MEANS = PetMethod(
    name="fuzzy-c-means",
    title="Fuzzy c-means with spatial information (FCM-S)",
    source="Belhassen 2010",
    published="",
    run=fuzzy_c_means,
)
