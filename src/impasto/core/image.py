"""Images: values on a grid, with their quantity and unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.resample import resample_conserving, resample_linear, resample_nearest

__all__ = ["Image"]


@dataclass(frozen=True, eq=False)
class Image:
    """A scalar field in patient space, maybe over time.

    Parameters
    ----------
    data : ndarray, shape (i, j, k) or (i, j, k, time)
        Values at the voxel centres.
    grid : Grid
        Where the voxels lie (LPS mm).
    quantity : str
        What the values measure, for example ``"CT number"``, ``"SUV body weight"``, ``"dose"``.
    unit : str
        UCUM unit of the values, ``"1"`` for ratios, ``"[hnsf'U]"`` for CT numbers.
    times_s : ndarray, shape (time,), optional
        Start of each frame after the first in seconds; required for and only for four axes.
    standard_error : ndarray, optional
        Standard error of `data`, same shape and unit.

    Raises
    ------
    ImpastoError
        When shapes disagree.
    """

    data: NDArray[Any]
    grid: Grid
    quantity: str
    unit: str
    times_s: FloatArray | None = None
    standard_error: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        data = read_only(np.asarray(self.data))
        if data.shape[:3] != self.grid.shape or data.ndim not in (3, 4):
            raise ImpastoError(
                self.quantity, f"values of shape {data.shape} do not fit a grid of {self.grid.shape}", "give both alike"
            )
        if (data.ndim == 4) != (self.times_s is not None):
            raise ImpastoError(self.quantity, "a time axis and its times must come together", "give both or neither")
        if self.times_s is not None and len(self.times_s) != data.shape[3]:
            raise ImpastoError(self.quantity, f"{len(self.times_s)} times for {data.shape[3]} frames", "give one each")
        if self.standard_error is not None and self.standard_error.shape != data.shape:
            raise ImpastoError(self.quantity, "the standard error has another shape than the data", "give both alike")
        object.__setattr__(self, "data", data)

    def with_data(self, data: NDArray[Any], quantity: str | None = None, unit: str | None = None) -> Image:
        """Return new values on the same grid; a standard error does not carry over."""
        return replace(self, data=data, quantity=quantity or self.quantity, unit=unit or self.unit, standard_error=None)

    def resampled_linear(self, onto: Grid, outside: float = 0.0) -> Image:
        """Interpolate trilinearly on another grid; see :func:`~impasto.core.resample.resample_linear`."""
        return self._per_frame(lambda frame: resample_linear(frame, self.grid, onto, outside), onto)

    def resampled_nearest(self, onto: Grid, outside: float = 0.0) -> Image:
        """Take the nearest voxel's value on another grid: for labels."""
        return self._per_frame(lambda frame: resample_nearest(frame, self.grid, onto, outside), onto)

    def resampled_conserving(self, onto: Grid) -> Image:
        """Average on another grid so that the integral is kept: for amounts per volume."""
        return self._per_frame(lambda frame: resample_conserving(frame, self.grid, onto), onto)

    def cropped(self, start: Sequence[int], stop: Sequence[int]) -> Image:
        """Return the voxels ``start <= index < stop``.

        Raises
        ------
        ImpastoError
            When the box does not lie inside the image.
        """
        if min(start) < 0 or any(b > n or b <= a for a, b, n in zip(start, stop, self.grid.shape, strict=True)):
            raise ImpastoError(
                self.quantity, f"box {tuple(start)} to {tuple(stop)} leaves the image", "keep inside its shape"
            )
        box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        error = None if self.standard_error is None else self.standard_error[box]
        return replace(self, data=self.data[box], grid=self.grid.cropped(start, stop), standard_error=error)

    def cropped_to(self, mask: BoolArray, margin_mm: float = 0.0) -> Image:
        """Return the smallest box that holds a mask of the same shape and a margin around it."""
        if not mask.any():
            raise ImpastoError(self.quantity, "the mask to crop to is empty", "choose a structure that has voxels")
        pad = np.ceil(margin_mm / self.grid.spacing_mm).astype(int)
        where = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
        start = [max(0, int(w[0]) - int(p)) for w, p in zip(where, pad, strict=True)]
        ends = zip(where, pad, self.grid.shape, strict=True)
        stop = [min(n, int(w[-1]) + 1 + int(p)) for w, p, n in ends]
        return self.cropped(start, stop)

    def reoriented(self) -> Image:
        """Permute and flip the voxel axes, not the patient, to run nearest to +L, +P, +S."""
        order, flipped = self.grid.nearest_orientation()

        def turn(values: NDArray[Any]) -> NDArray[Any]:
            rest = tuple(range(3, values.ndim))
            turned = np.transpose(values, (*order, *rest))
            return np.flip(turned, axis=tuple(a for a in range(3) if flipped[a]))

        error = None if self.standard_error is None else turn(self.standard_error)
        return replace(self, data=turn(self.data), grid=self.grid.reoriented(), standard_error=error)

    def _per_frame(self, resample: Callable[[NDArray[Any]], NDArray[Any]], onto: Grid) -> Image:
        if self.data.ndim == 3:
            data = resample(self.data)
        else:
            data = np.stack([resample(self.data[..., t]) for t in range(self.data.shape[3])], axis=-1)
        return replace(self, data=data, grid=onto, standard_error=None)
