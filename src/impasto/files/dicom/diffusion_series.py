"""Reading a diffusion-weighted series: one measurement after another, each with its gradient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.diffusion import DiffusionSeries, GradientTable
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.mr_acquisition import MrAcquisition
from impasto.core.progress import Progress, silent
from impasto.files.dicom.frame import Frame
from impasto.files.dicom.grouping import SeriesFiles
from impasto.files.dicom.header import lenient, with_converted_elements
from impasto.files.dicom.mr_header import mr_acquisition
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.series import general_notes, with_instances
from impasto.files.dicom.stacking import Placed, placed
from impasto.files.dicom.timing import moment_s, past_midnight
from impasto.files.dicom.values import require_rescale, rescaled_values

__all__ = ["DicomDiffusionSeries", "read_diffusion_series"]

_Gradient = tuple[float, float, float, float]
"""b-value in s/mm2 and direction, rounded so that slices of one measurement agree."""

_Measurement = tuple[_Gradient, int]
"""Gradient, and which of its repeats."""


@dataclass(frozen=True, eq=False)
class DicomDiffusionSeries:
    """A diffusion-weighted series with what its headers say of whose and what it is.

    Parameters
    ----------
    series : DiffusionSeries
        float32 values on the series' own axes, as :class:`~impasto.files.dicom.series.ImageSeries`; measurements in
        the order of acquisition, directions in LPS.
    reference : SeriesReference
        Identity; SOP instance UIDs of the first measurement in k order.
    acquisition : MrAcquisition, optional
    notes : tuple of str
    """

    series: DiffusionSeries
    reference: SeriesReference
    acquisition: MrAcquisition | None = None
    notes: tuple[str, ...] = ()


def read_diffusion_series(series: SeriesFiles, progress: Progress = silent) -> DicomDiffusionSeries:
    """Read a stack that a scan found to be diffusion-weighted (:attr:`SeriesFiles.is_diffusion`).

    Images without a statement of their weighting count as unweighted. Repeats of one gradient stay separate
    measurements.

    Parameters
    ----------
    series : SeriesFiles
    progress : Progress

    Raises
    ------
    ImpastoError
        When slices are missing from a measurement, uneven or sheared, or pixels cannot be decoded.
    """
    found = placed(series.frames, series.label)
    measurements = _measurements(found, series.label)
    ordered = [frame for frames in zip(*measurements.values(), strict=True) for frame in frames]
    require_rescale(ordered, series)
    with lenient():
        values, headers = rescaled_values(ordered, progress, f"reading {series.label}")
        header = with_converted_elements(headers[0])
        acquisition = mr_acquisition(header)
        notes = general_notes(header, series)
    times_s, clock = _times(list(measurements.values()))
    values = values.reshape((*found.grid.shape, len(measurements)))
    image = Image(values, found.grid, "diffusion-weighted signal", "1", times_s)
    b_values, directions = np.array([g[0] for g, _ in measurements]), np.array([g[1:] for g, _ in measurements])
    first = next(iter(measurements.values()))
    return DicomDiffusionSeries(
        DiffusionSeries(image, GradientTable(b_values, directions)),
        with_instances(series.reference, first),
        acquisition,
        (*_gradient_notes(series, list(measurements)), clock, *notes),
    )


def _measurements(found: Placed, subject: str) -> Mapping[_Measurement, Sequence[Frame]]:
    """Sort the frames of every slice by gradient and repeat; measurements in order of acquisition."""
    slices = [_by_measurement(frames) for frames in past_midnight(found.slices)]
    every = {measurement for one in slices for measurement in one}
    for height, one in zip(found.heights_mm, slices, strict=True):
        missing = sorted(every - set(one))
        if missing:
            (b_value, *direction), repeat = missing[0]
            along = " along " + ", ".join(f"{part:.2f}" for part in direction) if any(direction) else ""
            problem = f"the slice at {height:.2f} mm lacks b = {b_value:g} s/mm2{along}, repeat {repeat + 1}"
            problem += f", and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise ImpastoError(subject, problem, "export the series again with every slice of every measurement, once")
    by_measurement = {measurement: tuple(one[measurement] for one in slices) for measurement in every}
    return dict(sorted(by_measurement.items(), key=lambda item: (min(map(_moment, item[1])), item[0])))


def _by_measurement(frames: Sequence[Frame]) -> dict[_Measurement, Frame]:
    repeats: Counter[_Gradient] = Counter()
    found = {}
    for frame in sorted(frames, key=_moment):
        gradient = _gradient(frame)
        found[gradient, repeats[gradient]] = frame
        repeats[gradient] += 1
    return found


def _gradient(frame: Frame) -> _Gradient:
    if frame.weighting is None:
        return 0.0, 0.0, 0.0, 0.0
    x, y, z = frame.weighting.direction or (0.0, 0.0, 0.0)
    # adding zero turns a minus zero into a zero
    return (
        round(frame.weighting.b_value_s_per_mm2, 1),
        round(x, 5) + 0.0,
        round(y, 5) + 0.0,
        round(z, 5) + 0.0,
    )


def _moment(frame: Frame) -> tuple[float, int, int, int]:
    return moment_s(frame) or 0.0, frame.temporal_index or 0, frame.instance_number, frame.number


def _times(measurements: Sequence[Sequence[Frame]]) -> tuple[FloatArray, str]:
    """Return when measurements began, and a note on which element said so."""
    moments = [[moment_s(frame) for frame in frames] for frames in measurements]
    if not any(None in row for row in moments):
        starts: FloatArray = np.array(moments, dtype=np.float64).min(axis=1)
        if np.all(np.diff(starts) > 0.0):
            seconds: FloatArray = starts - starts[0]
            return seconds, "measurements in order of acquisition time"
    first = measurements[0][0]
    count = np.arange(len(measurements), dtype=np.float64)
    if first.is_single_shot and first.repetition_time_s:
        return count * first.repetition_time_s, "measurements by instance number, seconds from repetition time"
    return count, "measurements by instance number; no header says when each began: seconds are their number"


def _gradient_notes(series: SeriesFiles, measurements: Sequence[_Measurement]) -> tuple[str, ...]:
    counts = Counter(round(gradient[0]) for gradient, _ in measurements)
    said = ", ".join(f"{count} of b = {b_value}" for b_value, count in sorted(counts.items()))
    sources = sorted({frame.weighting.source for frame in series.frames if frame.weighting})
    notes = [f"{len(measurements)} measurements ({said} s/mm2), gradients by {' and '.join(sources)}"]
    if not any(any(gradient[1:]) for gradient, _ in measurements):
        notes.append("no gradient directions: combined over directions by the scanner, or not stated")
    repeats = max(repeat for _, repeat in measurements) + 1
    if repeats > 1:
        notes.append(f"up to {repeats} repeats of one gradient, kept as separate measurements")
    return tuple(notes)
