"""The values of a series' frames: decoded, rescaled, gathered into one array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress
from impasto.files.dicom.frame import Frame
from impasto.files.dicom.grouping import SeriesFiles
from impasto.files.dicom.header import read_instance
from impasto.files.dicom.mosaic import tile
from impasto.files.dicom.pixels import stored_frames

__all__ = ["require_rescale", "rescaled_values"]

_FRAMES_AT_ONCE = 16
"""Frames gathered before they are written across the k axis, which is the slow way through the array."""


def require_rescale(frames: Sequence[Frame], series: SeriesFiles) -> None:
    """Make sure that the stored values of frames can be turned into what they measure.

    Raises
    ------
    ImpastoError
        When rescale slope and intercept are no scale, or are missing where values are more than arbitrary signal.
    """
    without = [frame for frame in frames if frame.slope is None or frame.intercept is None]
    if without and series.reference.modality != "MR":
        what = "CT numbers" if series.reference.modality == "CT" else "activity"
        names = without[0].path.name + (f" and {len(without) - 1} more" if len(without) > 1 else "")
        problem = f"no rescale slope and intercept in {names}, so its stored values cannot be turned into {what}"
        raise ImpastoError(series.label, problem, "export the original images from the scanner or archive")
    for frame in frames:
        slope, intercept = _scaling(frame)
        if not (np.isfinite(slope) and np.isfinite(intercept) and slope != 0.0):
            problem = f"rescale slope {slope:g} and intercept {intercept:g} in {frame.path.name} are no scale"
            raise ImpastoError(series.label, problem, "repair the header or export the series again")


def _scaling(frame: Frame) -> tuple[float, float]:
    return (1.0 if frame.slope is None else frame.slope), (0.0 if frame.intercept is None else frame.intercept)


def rescaled_values(
    frames: Sequence[Frame], progress: Progress, work: str
) -> tuple[NDArray[np.float32], list[Dataset]]:
    """Read and rescale frames, opening each file once.

    Returns
    -------
    values : ndarray, shape (i, j, frame)
    headers : list of Dataset
        Of the files, without pixels, in the order of their first frames.

    Raises
    ------
    ImpastoError
        When pixels cannot be decoded, or have another shape than the header says.
    """
    headers: list[Dataset] = []
    columns, rows = frames[0].shape
    values = np.empty((columns, rows, len(frames)), dtype=np.float32)
    block = np.empty((_FRAMES_AT_ONCE, rows, columns), dtype=np.float32)
    places: list[int] = []
    for done, (place, stored) in enumerate(_stored(frames, headers)):
        if stored.shape != (rows, columns):
            problem = f"its pixels have shape {stored.shape}, its header says {(rows, columns)}"
            raise ImpastoError(str(frames[place].path), problem, "export or copy it again")
        slope, intercept = _scaling(frames[place])
        block[len(places)] = stored * slope + intercept
        places.append(place)
        if len(places) == _FRAMES_AT_ONCE or done == len(frames) - 1:
            values[:, :, places] = block[: len(places)].transpose(2, 1, 0)
            places.clear()
            progress(work, (done + 1) / len(frames))
    return values, headers


def _stored(frames: Sequence[Frame], headers: list[Dataset]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield every frame's place and stored values, opening each file once."""
    places: dict[Path, list[int]] = {}
    for place, frame in enumerate(frames):
        places.setdefault(frame.path, []).append(place)
    for path, places_in_file in places.items():
        dataset = read_instance(path)
        numbers = [frames[place].number for place in places_in_file]
        tiles_per_side = frames[places_in_file[0]].tiles_per_side
        if tiles_per_side:
            whole = next(stored_frames(path, dataset, [0]))
            yield from ((place, tile(whole, tiles_per_side, frames[place].number)) for place in places_in_file)
        else:
            yield from zip(places_in_file, stored_frames(path, dataset, numbers), strict=True)
        for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
            dataset.pop(keyword, None)
        headers.append(dataset)
