"""Joining dynamic series that a scanner has written as one DICOM series for each time."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from impasto.core.errors import ImpastoError
from impasto.files.dicom.frame import Frame
from impasto.files.dicom.grouping import SeriesFiles
from impasto.files.dicom.timing import Times, in_time_order

__all__ = ["with_phases_joined"]

_FEWEST = 4
"""Fewer volumes of one sequence may as well be repeats, or images before and after contrast agent."""

_LONGEST_PAUSE = 4.0
"""Longest time between neighbouring volumes, in units of the usual one."""


def with_phases_joined(series: Iterable[SeriesFiles]) -> tuple[SeriesFiles, ...]:
    """Join MR series that are single volumes of one dynamic series.

    They belong together when there are at least four of the same study, frame of reference, description (but for
    numbers in it), kind of image, geometry, repetition time, and their times rise with the series number without a
    pause longer than four times the usual step. Diffusion-weighted images are left alone.

    Parameters
    ----------
    series : iterable of SeriesFiles

    Returns
    -------
    tuple of SeriesFiles
        In the same order, a joined series in the place of its first.
    """
    series = tuple(series)
    alike: dict[Hashable, list[SeriesFiles]] = {}
    for one in series:
        if _is_one_volume(one):
            alike.setdefault(_likeness(one), []).append(one)
    replaced: dict[int, SeriesFiles | None] = {}
    for members in alike.values():
        members.sort(key=lambda one: one.reference.series_number or 0)
        if _is_dynamic(members):
            replaced |= {id(one): None for one in members} | {id(members[0]): _joined(members)}
    kept = (replaced.get(id(one), one) for one in series)
    return tuple(one for one in kept if one is not None)


def _is_one_volume(series: SeriesFiles) -> bool:
    places = {_place(frame) for frame in series.frames}
    weighted = any(frame.weighting and frame.weighting.b_value_s_per_mm2 > 0.0 for frame in series.frames)
    return series.reference.modality == "MR" and len(places) == len(series.frames) and not weighted


def _place(frame: Frame) -> tuple[float, ...]:
    return tuple(round(coordinate, 1) for coordinate in frame.position_mm)


def _likeness(series: SeriesFiles) -> Hashable:
    """Return what must be the same in all series of one dynamic acquisition."""
    reference, frame = series.reference, series.frames[0]
    return (
        reference.patient_id,
        reference.study_instance_uid,
        reference.frame_of_reference_uid,
        reference.sop_class_uid,
        re.sub(r"\d+", "#", reference.series_description),
        frame.kind,
        frame.shape,
        frame.spacing_mm,
        frame.repetition_time_s,
        tuple(round(cosine, 3) + 0.0 for cosine in frame.orientation),
        frozenset(map(_place, series.frames)),
    )


def _is_dynamic(members: Sequence[SeriesFiles]) -> bool:
    if len(members) < _FEWEST or len({one.reference.series_number for one in members}) < len(members):
        return False
    places: dict[tuple[float, ...], list[Frame]] = {}
    for one in members:
        for frame in one.frames:
            places.setdefault(_place(frame), []).append(frame)
    try:
        ordered, times = in_time_order(list(places.values()), np.zeros(len(places)), members[0].label)
    except ImpastoError:
        return False
    return times is not None and _is_steady(times) and _follows_numbers(ordered, members)


def _is_steady(times: Times) -> bool:
    steps = np.diff(times.seconds)
    return bool(steps.max() <= _LONGEST_PAUSE * np.median(steps))


def _follows_numbers(ordered: Sequence[Sequence[Frame]], members: Sequence[SeriesFiles]) -> bool:
    number = {frame.sop_instance_uid: place for place, one in enumerate(members) for frame in one.frames}
    return all([number[frame.sop_instance_uid] for frame in row] == list(range(len(members))) for row in ordered)


def _joined(members: Sequence[SeriesFiles]) -> SeriesFiles:
    frames = tuple(frame for one in members for frame in one.frames)
    numbers = tuple(one.reference.series_number or 0 for one in members)
    return replace(members[0], frames=frames, joined=numbers)
