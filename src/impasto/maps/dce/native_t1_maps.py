"""T1 maps from images at several flip angles, or from a Look-Locker series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.maps.dce.dce_series import voxel_values
from impasto.maps.dce.look_locker import look_locker_t1
from impasto.maps.dce.native_t1 import NativeT1
from impasto.maps.dce.variable_flip_angle import variable_flip_angle_t1

__all__ = ["look_locker_maps", "variable_flip_angle_maps"]

_BLOCK = 65536


def variable_flip_angle_maps(
    scans: Sequence[Image],
    flip_angles_deg: Sequence[float],
    repetition_time_s: float,
    relative_b1: Image | float = 1.0,
    method: Literal["nonlinear", "linear"] = "nonlinear",
    region: BoolArray | None = None,
    progress: Progress = silent,
) -> dict[str, Image]:
    """Map T1 and S0; see :func:`~impasto.maps.dce.variable_flip_angle.variable_flip_angle_t1`.

    Parameters
    ----------
    scans : sequence of Image
        One each flip angle, on one grid.
    flip_angles_deg : sequence of float
    repetition_time_s : float
    relative_b1 : Image or float
        A map on the same grid.
    method : {"nonlinear", "linear"}
    region : ndarray of bool, optional
        Voxels to map; all when not given.
    progress : Progress

    Returns
    -------
    dict of str to Image
        ``T1`` in s and ``S0``, with standard errors, and ``T1-reason`` (:class:`~impasto.maps.dce.T1Reason`).

    Raises
    ------
    ImpastoError
        When grids or counts disagree.
    """
    if len(scans) != len(flip_angles_deg) or not scans:
        raise ImpastoError(
            "variable flip angle", f"{len(scans)} images for {len(flip_angles_deg)} angles", "give one each"
        )
    grid = scans[0].grid
    others = [*scans[1:], *([relative_b1] if isinstance(relative_b1, Image) else [])]
    if any(not other.grid.matches(grid) for other in others):
        raise ImpastoError("variable flip angle", "the images lie on different grids", "resample them onto one")

    def fit(index: IntArray) -> NativeT1:
        where = np.unravel_index(index, grid.shape)
        signal = np.stack([scan.data[where] for scan in scans], axis=1)
        b1 = voxel_values(relative_b1, index)
        return variable_flip_angle_t1(signal, flip_angles_deg, repetition_time_s, b1, method)

    return _maps(fit, grid, region, progress)


def look_locker_maps(
    series: Image, is_magnitude: bool = True, region: BoolArray | None = None, progress: Progress = silent
) -> dict[str, Image]:
    """Map T1 from a series whose times are inversion times; see :func:`~impasto.maps.dce.look_locker.look_locker_t1`.

    Parameters
    ----------
    series : Image
        Shape (i, j, k, time).
    is_magnitude : bool
        Signals lost their sign.
    region : ndarray of bool, optional
        Voxels to map; all when not given.
    progress : Progress

    Returns
    -------
    dict of str to Image
        As :func:`variable_flip_angle_maps`.

    Raises
    ------
    ImpastoError
        When there is no time axis.
    """
    times = series.times_s
    if times is None:
        raise ImpastoError("Look-Locker", "the series has no inversion times", "give them as its times")

    def fit(index: IntArray) -> NativeT1:
        signal: RealArray = series.data[np.unravel_index(index, series.grid.shape)]
        return look_locker_t1(signal, times, is_magnitude)

    return _maps(fit, series.grid, region, progress)


def _maps(
    fit: Callable[[IntArray], NativeT1], grid: Grid, region: BoolArray | None, progress: Progress
) -> dict[str, Image]:
    index = np.arange(grid.voxel_count) if region is None else np.flatnonzero(region)
    if region is not None and region.shape != grid.shape:
        raise ImpastoError("region", f"of shape {region.shape} for images of {grid.shape}", "bring it to their grid")
    columns = np.full((4, grid.voxel_count), np.nan, dtype=np.float32)
    reason = np.zeros(grid.voxel_count, dtype=np.int16)
    for start in range(0, len(index), _BLOCK):
        block = index[start : start + _BLOCK]
        found = fit(block)
        columns[:, block] = _float32(found.t1_s, found.t1_error_s, found.s0, found.s0_error)
        reason[block] = found.reason
        progress("T1 map", min(1.0, (start + _BLOCK) / len(index)))
    t1, t1_error, s0, s0_error = columns.reshape(4, *grid.shape)
    return {
        "T1": Image(t1, grid, "T1", "s", standard_error=t1_error),
        "S0": Image(s0, grid, "S0", "1", standard_error=s0_error),
        "T1-reason": Image(reason.reshape(grid.shape), grid, "reason", "1"),
    }


def _float32(*columns: FloatArray) -> np.ndarray:
    # an error without bound overflows single precision, which infinity says as well
    with np.errstate(over="ignore"):
        return np.stack(columns).astype(np.float32)
