"""What is done to a diffusion-weighted series before it is fitted, apart from motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.core.diffusion import DiffusionSeries, GradientTable
from impasto.core.errors import ImpastoError
from impasto.core.image import Image

__all__ = [
    "AveragedSeries",
    "averaged_repeats",
    "powder_averaged",
    "shells",
    "signal_mask",
    "trace_weighted",
    "unweighted_image",
    "up_to_b",
]

_SAME_DIRECTION = np.cos(np.deg2rad(0.5))
_HISTOGRAM_BINS = 256


@dataclass(frozen=True, eq=False)
class AveragedSeries:
    """A series whose measurements are means of several.

    Parameters
    ----------
    series : DiffusionSeries
    averages : ndarray, shape (measurement,)
        How many acquisitions each measurement is the mean of.
    """

    series: DiffusionSeries
    averages: FloatArray


def up_to_b(series: DiffusionSeries, greatest_b_s_per_mm2: float) -> DiffusionSeries:
    """Leave out stronger weightings: above about 1500 s/mm2 in brain the decay is not exponential any more.

    Raises
    ------
    ImpastoError
        When nothing remains.
    """
    kept = series.gradients.b_values_s_per_mm2 <= greatest_b_s_per_mm2
    if not kept.any():
        problem = f"no measurement has b <= {greatest_b_s_per_mm2:g} s/mm2"
        raise ImpastoError(series.image.quantity, problem, "allow greater b")
    return series if kept.all() else _chosen(series, np.flatnonzero(kept))


def _chosen(series: DiffusionSeries, chosen: IntArray) -> DiffusionSeries:
    """Return the series of some measurements only."""
    table, times = series.gradients, series.image.times_s
    image = Image(
        series.image.data[..., chosen],
        series.image.grid,
        series.image.quantity,
        series.image.unit,
        None if times is None else times[chosen],
    )
    return DiffusionSeries(image, GradientTable(table.b_values_s_per_mm2[chosen], table.directions[chosen]))


def unweighted_image(series: DiffusionSeries, below_s_per_mm2: float = 50.0) -> Image:
    """Mean of the measurements without weighting.

    Raises
    ------
    ImpastoError
        When there are none.
    """
    chosen = np.flatnonzero(series.gradients.unweighted(below_s_per_mm2))
    if not len(chosen):
        problem = f"no measurement has b < {below_s_per_mm2:g} s/mm2"
        raise ImpastoError(series.image.quantity, problem, "acquire one without weighting")
    return Image(_mean(series.image.data, chosen), series.image.grid, "signal without weighting", series.image.unit)


def averaged_repeats(
    series: DiffusionSeries, below_s_per_mm2: float = 50.0, same_b_share: float = 0.05
) -> AveragedSeries:
    """Average measurements without weighting, and those of the same b and direction (or its opposite).

    Means of magnitudes: at signals near the noise the logarithm of the mean is lifted more than the mean of logarithms.

    Parameters
    ----------
    series : DiffusionSeries
    below_s_per_mm2 : float
        Smaller b counts as none.
    same_b_share : float
        b-values that differ by less than this share are the same.

    Returns
    -------
    AveragedSeries
        In the order in which each first occurred.
    """
    table = series.gradients
    none = table.unweighted(below_s_per_mm2)
    groups: list[list[int]] = []
    for m in range(len(table)):
        fellow = next((group for group in groups if _is_repeat(table, none, group[0], m, same_b_share)), None)
        if fellow is None:
            groups.append([m])
        else:
            fellow.append(m)
    return _grouped(series, groups, table.directions[[group[0] for group in groups]], geometric=False)


def _is_repeat(table: GradientTable, none: BoolArray, first: int, other: int, same_b_share: float) -> bool:
    if none[first] or none[other]:
        return bool(none[first] and none[other])
    b = table.b_values_s_per_mm2
    one, two = table.directions[[first, other]]
    alike = abs(float(one @ two)) > _SAME_DIRECTION or (not one.any() and not two.any())
    return bool(alike and abs(b[first] - b[other]) <= same_b_share * b[first])


def trace_weighted(series: DiffusionSeries, below_s_per_mm2: float = 50.0, same_b_share: float = 0.1) -> AveragedSeries:
    """Geometric mean over the directions of each b-value: it decays with the mean diffusivity.

    Exactly so for three perpendicular directions or any that are spread evenly.

    Parameters
    ----------
    series : DiffusionSeries
    below_s_per_mm2 : float
        Smaller b counts as none.
    same_b_share : float
        b-values that differ by less than this share make one shell; its b is their mean.

    Returns
    -------
    AveragedSeries
        One measurement for each b-value, from small to large, without directions.
    """
    return _grouped(series, shells(series.gradients, below_s_per_mm2, same_b_share), None, geometric=True)


def powder_averaged(
    series: DiffusionSeries, below_s_per_mm2: float = 50.0, same_b_share: float = 0.1
) -> AveragedSeries:
    """Mean over the directions of each b-value: what tissue without preferred directions would give (Kaden 2016).

    Parameters and result as of :func:`trace_weighted`.
    """
    return _grouped(series, shells(series.gradients, below_s_per_mm2, same_b_share), None, geometric=False)


def shells(gradients: GradientTable, below_s_per_mm2: float, same_b_share: float) -> list[list[int]]:
    """Measurements of like b, from small to large; those without weighting, if any, come first."""
    b = np.where(gradients.unweighted(below_s_per_mm2), 0.0, gradients.b_values_s_per_mm2)
    groups: list[list[int]] = []
    for m in np.argsort(b, kind="stable").tolist():
        if groups and b[m] - b[groups[-1][0]] <= same_b_share * b[groups[-1][0]]:
            groups[-1].append(m)
        else:
            groups.append([m])
    return groups


def _grouped(
    series: DiffusionSeries, groups: list[list[int]], directions: FloatArray | None, geometric: bool
) -> AveragedSeries:
    image, b = series.image, series.gradients.b_values_s_per_mm2
    data = np.empty((*image.grid.shape, len(groups)), dtype=np.float32)
    for place, group in enumerate(groups):
        data[..., place] = _geometric_mean(image.data, group) if geometric else _mean(image.data, np.array(group))
    times = None if image.times_s is None else np.array([image.times_s[group].mean() for group in groups])
    directions = np.zeros((len(groups), 3)) if directions is None else directions
    table = GradientTable(np.array([b[group].mean() for group in groups]), directions)
    grouped = DiffusionSeries(Image(data, image.grid, image.quantity, image.unit, times), table)
    return AveragedSeries(grouped, np.array([float(len(group)) for group in groups]))


def _mean(data: RealArray, chosen: IntArray) -> NDArray[np.float32]:
    total = np.zeros(data.shape[:3], dtype=np.float64)
    for m in chosen:
        total += data[..., m]
    return (total / len(chosen)).astype(np.float32)


def _geometric_mean(data: RealArray, chosen: list[int]) -> NDArray[np.float32]:
    """Zero where any is not positive."""
    total = np.zeros(data.shape[:3], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        for m in chosen:
            total += np.log(np.maximum(data[..., m], 0.0), dtype=np.float64)
    return np.exp(total / len(chosen)).astype(np.float32)


def signal_mask(unweighted: Image, opening_mm: float = 3.0, smoothing_mm: float = 3.0) -> BoolArray:
    """Head or brain on an image without weighting: what is brighter than Otsu's threshold (1979), in one piece.

    With fat suppression, as usual, scalp is dark and the piece is the brain with its fluid.

    Parameters
    ----------
    unweighted : Image
        See :func:`unweighted_image`.
    opening_mm : float
        Bridges thinner than twice this are cut before the largest piece is chosen: eyes and muscles hang on such.
    smoothing_mm : float
        Edge of the cube whose median is taken first.

    Returns
    -------
    ndarray of bool, shape `unweighted.grid.shape`

    Raises
    ------
    ImpastoError
        When the image has no contrast.
    """
    spacing = unweighted.grid.spacing_mm
    size = tuple(int(n) for n in np.maximum(1, 2 * np.round(0.5 * smoothing_mm / spacing) + 1))
    smooth = ndimage.median_filter(np.nan_to_num(np.asarray(unweighted.data, dtype=np.float32)), size=size)
    bright = smooth > _otsu_threshold(smooth, unweighted.quantity)
    ball = _ball(opening_mm, spacing)
    core, count = ndimage.label(ndimage.binary_erosion(bright, ball))
    if count == 0:
        core, count = ndimage.label(bright)
    sizes = np.bincount(core.ravel())
    sizes[0] = 0
    grown = ndimage.binary_dilation(core == int(np.argmax(sizes)), ball) & bright
    mask: BoolArray = ndimage.binary_fill_holes(grown)
    for k in range(mask.shape[2]):
        mask[:, :, k] = ndimage.binary_fill_holes(mask[:, :, k])
    return mask


def _otsu_threshold(values: RealArray, name: str) -> float:
    """Threshold that parts the values into the two classes of least variance."""
    highest = float(np.quantile(values, 0.995))
    counts, edges = np.histogram(np.minimum(values, highest), _HISTOGRAM_BINS)
    if not highest > float(values.min()):
        raise ImpastoError(name, "it has no contrast", "choose another series")
    centres = 0.5 * (edges[:-1] + edges[1:])
    below, weighted = np.cumsum(counts)[:-1], np.cumsum(counts * centres)[:-1]
    above = counts.sum() - below
    parted = (below > 0) & (above > 0)
    between = np.zeros(len(below))
    apart = weighted[parted] / below[parted] - ((counts * centres).sum() - weighted[parted]) / above[parted]
    between[parted] = below[parted] * above[parted] * apart**2
    return float(edges[1:-1][int(np.argmax(between))])


def _ball(radius_mm: float, spacing_mm: FloatArray) -> BoolArray:
    reach = np.floor(radius_mm / spacing_mm).astype(int)
    axes = [np.arange(-n, n + 1) * step for n, step in zip(reach, spacing_mm, strict=True)]
    i, j, k = np.meshgrid(*axes, indexing="ij")
    ball: BoolArray = i**2 + j**2 + k**2 <= radius_mm**2 + 1e-6
    return ball
