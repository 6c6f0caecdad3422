"""Sorting image files into stacks: by series, and within a series by whatever keeps frames from one stack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.files.dicom.frame import Frame
from impasto.files.dicom.reference import SeriesReference

__all__ = ["SeriesFiles", "grouped"]

_SAME_DIRECTION = 1e-3
"""Largest difference of direction cosines within a stack: a quarter of a millimetre at 25 cm."""


_LARGEST_UNWEIGHTED_B = 50.0
"""Scanners write such b-values, in s/mm2 and without direction, for images that they do not mean to weight."""


@dataclass(frozen=True, eq=False)
class SeriesFiles:
    """The frames of one stack, in no order yet.

    Parameters
    ----------
    reference : SeriesReference
        Identity, from the first file; without instances.
    frames : tuple of Frame
    split_by : str
        What tells this stack from others in the same DICOM series, for example ``"echo number 2"``; empty when it is
        the whole series.
    joined : tuple of int
        Numbers of the DICOM series that make it up, one for each time, where it is not one.
    """

    reference: SeriesReference
    frames: tuple[Frame, ...]
    split_by: str = ""
    joined: tuple[int, ...] = ()

    @property
    def is_diffusion(self) -> bool:
        """Whether it holds measurements of different diffusion weighting: at least two, one of them weighted."""
        weightings = {(f.weighting.b_value_s_per_mm2, f.weighting.direction) for f in self.frames if f.weighting}
        return len(weightings) > 1 and max(b_value for b_value, _ in weightings) > 0.0

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the files, each once, in order of their names."""
        return tuple(sorted({frame.path for frame in self.frames}))

    @property
    def label(self) -> str:
        """Name the series for people: modality, description, what it was split by."""
        name = self.reference.series_description or f"series {self.reference.series_instance_uid}"
        return f"{self.reference.modality} {name}" + (f" ({self.split_by})" if self.split_by else "")


_Key = tuple[tuple[str, str], ...]
_Stacks = dict[_Key, tuple[SeriesReference, list[Frame]]]


def grouped(images: Iterable[tuple[SeriesReference, Sequence[Frame]]]) -> tuple[SeriesFiles, ...]:
    """Sort the frames of image files into stacks.

    Files belong together when they share series, study, patient, frame of reference and kind of object, and their
    frames orientation, shape, image type, echo, inversion time, flip angle and units. Diffusion-weighted images of
    all weightings belong together, but not with those that the scanner combined over directions. What a series had to
    be split by is stated.

    Parameters
    ----------
    images : iterable of (SeriesReference, sequence of Frame)
        One entry per file.

    Returns
    -------
    tuple of SeriesFiles
        By series number and identifier.
    """
    series: dict[str, _Stacks] = {}
    directions: dict[str, list[tuple[float, ...]]] = {}
    for reference, frames in images:
        uid = reference.series_instance_uid
        stacks, known = series.setdefault(uid, {}), directions.setdefault(uid, [])
        for frame in frames:
            key = (*_identity(reference), *_geometry(frame, known), *frame.kind)
            stacks.setdefault(key, (reference, []))[1].append(frame)
    found = []
    for stacks in map(_without_combined, series.values()):
        differing = _differing(list(stacks))
        for key, (reference, frames_of_stack) in stacks.items():
            split_by = ", ".join(f"{name} {value or 'not stated'}" for name, value in key if name in differing)
            found.append(SeriesFiles(reference, tuple(frames_of_stack), split_by))
    return tuple(sorted(found, key=_order))


def _without_combined(stacks: _Stacks) -> _Stacks:
    """Take images that were combined over directions out of stacks with single directions."""
    apart: _Stacks = {}
    for key, (reference, frames) in stacks.items():
        mixed = any(map(_has_direction, frames))
        for frame in frames:
            combined = mixed and _is_weighted(frame) and not _has_direction(frame)
            kind = (*key, ("directions", "combined" if combined else "single"))
            apart.setdefault(kind, (reference, []))[1].append(frame)
    return apart


def _is_weighted(frame: Frame) -> bool:
    return frame.weighting is not None and frame.weighting.b_value_s_per_mm2 > _LARGEST_UNWEIGHTED_B


def _has_direction(frame: Frame) -> bool:
    return frame.weighting is not None and frame.weighting.direction is not None


def _order(series: SeriesFiles) -> tuple[str, str, int, str, str]:
    reference = series.reference
    return (
        reference.study_date,
        reference.study_time,
        reference.series_number or 0,
        reference.series_instance_uid,
        series.split_by,
    )


def _identity(reference: SeriesReference) -> tuple[tuple[str, str], ...]:
    return (
        ("patient", reference.patient_id),
        ("study", reference.study_instance_uid),
        ("frame of reference", reference.frame_of_reference_uid),
        ("modality", reference.modality),
        ("SOP class", reference.sop_class_uid),
    )


def _geometry(frame: Frame, known: list[tuple[float, ...]]) -> tuple[tuple[str, str], ...]:
    """Name shape and orientation; orientations that differ by rounding take the name of the first one met."""
    near = (d for d in known if np.abs(np.subtract(d, frame.orientation)).max() <= _SAME_DIRECTION)
    direction: tuple[float, ...] | None = next(near, None)
    if direction is None:
        direction = frame.orientation
        known.append(direction)
    cosines = "\\".join(f"{cosine:z.3f}" for cosine in direction)
    return ("shape", f"{frame.shape[0]} x {frame.shape[1]}"), ("orientation", cosines)


def _differing(keys: Sequence[tuple[tuple[str, str], ...]]) -> set[str]:
    values: dict[str, set[str]] = {}
    for key in keys:
        for name, value in key:
            values.setdefault(name, set()).add(value)
    return {name for name, found in values.items() if len(found) > 1}
