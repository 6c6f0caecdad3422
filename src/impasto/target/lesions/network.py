"""Lesions by a segmentation network that the user brings: BraTS-type channels in, classes or regions out.

The network itself is a function from outside; here are its inputs and outputs: images on a 1 mm grid along the
patient's axes, each z-scored in the brain, windows that overlap and are blended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, ImpastoError, Progress, silent
from impasto.core.arrays import BoolArray
from impasto.core.resample import resample_nearest
from impasto.target.lesions.morphology import box_of
from impasto.target.lesions.parts import LesionPart, LesionParts
from impasto.target.lesions.signals import LesionImages

__all__ = ["NetworkSettings", "segment_by_network", "slide_window"]

_Volume = NDArray[np.float32]
_Network = Callable[[_Volume], _Volume]
_Region = Literal["whole", "core", "enhancing"]


@dataclass(frozen=True)
class NetworkSettings:
    """How a network is fed and read.

    Parameters
    ----------
    channels : tuple of str
        Order of its four inputs.
    spacing_mm : float
        Of the isotropic voxels it was trained on.
    window : tuple of int
        Voxels along L, P and S that it takes at once.
    overlap : float
        Share of a window that its neighbour repeats.
    regions : tuple of {"whole", "core", "enhancing"}
        What its outputs mean when there are three of them, each with a probability of its own. With four or more
        outputs each voxel is of the class with the largest one, background first.
    classes : tuple of int
        Value of each class in a label map: those of BraTS since 2023.

    Raises
    ------
    ImpastoError
        When a setting cannot be used.
    """

    channels: tuple[Literal["t1", "t1c", "t2", "flair"], ...] = ("t1", "t1c", "t2", "flair")
    spacing_mm: float = 1.0
    window: tuple[int, int, int] = (128, 128, 128)
    overlap: float = 0.5
    regions: tuple[_Region, ...] = ("core", "whole", "enhancing")
    classes: tuple[int, ...] = (0, 1, 2, 3)

    def __post_init__(self) -> None:
        if not 0.0 <= self.overlap < 1.0 or self.spacing_mm <= 0.0 or min(self.window) < 1 or not self.channels:
            raise ImpastoError("network", "a setting is out of range", "give a window, a spacing, an overlap below 1")


def segment_by_network(
    images: LesionImages,
    brain: BoolArray,
    network: _Network,
    settings: NetworkSettings,
    progress: Progress = silent,
) -> LesionParts:
    """Segment lesions by a network.

    Parameters
    ----------
    images : LesionImages
        All that the network's channels need.
    brain : ndarray of bool, shape of `images.grid`
    network : function
        From (1, channel, *window) to (1, output, *window), float32; probabilities, or logits before them.
    settings : NetworkSettings
    progress : Progress

    Returns
    -------
    LesionParts
        On the images' grid.

    Raises
    ------
    ImpastoError
        When an image is missing, or the network's output has another shape.
    """
    box = box_of(brain, images.grid.spacing_mm, 4.0)
    cropped = images.grid.cropped([side.start for side in box], [side.stop for side in box])
    grid = _upright(cropped, settings.spacing_mm)
    inside = resample_nearest(brain[box], cropped, grid, outside=False)
    channels = np.stack([_z_scored(_channel(images, name), grid, inside) for name in settings.channels])
    scores = slide_window(channels, network, settings.window, settings.overlap, progress)
    labels = _labels(scores, settings)
    labels[~inside] = 0
    return LesionParts(resample_nearest(labels, grid, images.grid), images.grid)


def slide_window(
    channels: _Volume,
    network: _Network,
    window: tuple[int, int, int],
    overlap: float,
    progress: Progress = silent,
) -> _Volume:
    """Apply a network to every window of a volume and blend what overlaps.

    A window's middle counts more than its edge: weights are a Gaussian an eighth of the window wide, as Isensee
    (2021) blends.

    Parameters
    ----------
    channels : ndarray, shape (channel, i, j, k)
        Padded with 0 where smaller than the window.
    network : function
        See :func:`segment_by_network`.
    window : tuple of int
    overlap : float
    progress : Progress

    Returns
    -------
    ndarray, shape (output, i, j, k)

    Raises
    ------
    ImpastoError
        When the output is no volume of the window's shape.
    """
    shape = np.array(channels.shape[1:])
    size = np.maximum(shape, window)
    padded = np.zeros((len(channels), *size), dtype=np.float32)
    padded[:, : shape[0], : shape[1], : shape[2]] = channels
    weight = _window_weight(window)
    total, count = np.zeros((0, *size), dtype=np.float32), np.zeros(size, dtype=np.float32)
    places = list(_places(size, window, overlap))
    for n, place in enumerate(places):
        progress("network", n / len(places))
        found = np.asarray(network(np.ascontiguousarray(padded[(slice(None), *place)][None])), dtype=np.float32)
        if found.ndim != 5 or found.shape[2:] != tuple(window):
            problem = f"its output has the shape {found.shape} for a window of {tuple(window)}"
            raise ImpastoError("network", problem, "give a network of (1, output, *window), or set its window")
        if not len(total):
            total = np.zeros((found.shape[1], *size), dtype=np.float32)
        total[(slice(None), *place)] += weight * found[0]
        count[place] += weight
    return np.asarray((total / count)[:, : shape[0], : shape[1], : shape[2]], dtype=np.float32)


def _places(size: NDArray[np.int_], window: tuple[int, int, int], overlap: float) -> Iterator[tuple[slice, ...]]:
    starts = []
    for n, w in zip(size, window, strict=True):
        steps = int(np.ceil((n - w) / max(1.0, w * (1.0 - overlap))))
        starts.append([round(s) for s in np.linspace(0, n - w, steps + 1)])
    for corner in product(*starts):
        yield tuple(slice(a, a + w) for a, w in zip(corner, window, strict=True))


def _window_weight(window: tuple[int, int, int]) -> _Volume:
    sides = [np.exp(-0.5 * ((np.arange(w) - (w - 1) / 2) / max(w / 8, 1e-6)) ** 2) for w in window]
    return np.asarray(np.einsum("i,j,k->ijk", *sides) + 1e-4, dtype=np.float32)


def _upright(grid: Grid, spacing_mm: float) -> Grid:
    low, high = grid.bounds_mm()
    shape = np.maximum(1, np.ceil((high - low) / spacing_mm)).astype(int)
    return Grid.centred(shape.tolist(), (spacing_mm,) * 3, (low + high) / 2)


def _channel(images: LesionImages, name: str) -> Image:
    found: Image | None = getattr(images, name)
    if found is None:
        raise ImpastoError("network", f"it needs {name}, which is not given", "import it, or set the channels")
    return found


def _z_scored(image: Image, grid: Grid, brain: BoolArray) -> _Volume:
    values = image.resampled_linear(grid).data
    inside = values[brain]
    spread = float(inside.std()) if inside.size else 0.0
    if not spread > 0.0:
        raise ImpastoError(image.quantity, "it is uniform in the brain", "check the image and the brain mask")
    return np.where(brain, (values - float(inside.mean())) / spread, 0.0).astype(np.float32)


def _labels(scores: _Volume, settings: NetworkSettings) -> NDArray[np.uint8]:
    if len(scores) == len(settings.regions):
        is_logit = scores.min() < 0.0 or scores.max() > 1.0
        marked = scores > (0.0 if is_logit else 0.5)
        regions = dict(zip(settings.regions, marked, strict=True))
        nothing = np.zeros(scores.shape[1:], dtype=bool)
        labels = np.zeros(scores.shape[1:], dtype=np.uint8)
        labels[regions.get("whole", nothing)] = LesionPart.NON_ENHANCING
        labels[regions.get("core", nothing)] = LesionPart.NECROSIS
        labels[regions.get("enhancing", nothing)] = LesionPart.ENHANCING
        return labels
    if len(scores) != len(settings.classes):
        problem = f"it has {len(scores)} outputs"
        raise ImpastoError("network", problem, "set classes, one value for each output, or its three regions")
    return np.asarray(np.array(settings.classes, dtype=np.uint8)[scores.argmax(axis=0)], dtype=np.uint8)
