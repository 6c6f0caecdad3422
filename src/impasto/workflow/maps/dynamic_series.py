"""Telling the dynamic series of a case apart: which agent effect they were made to see."""

from __future__ import annotations

from enum import StrEnum

from impasto.files import Case, CaseEntry, EntryKind, native, read_mr_acquisition

__all__ = ["DynamicKind", "dynamic_kind", "flip_angle_images"]

_LEAST_DSC_ECHO_TIME_S = 0.015
"""Susceptibility contrast needs time to grow; T1-weighted series are read out as early as can be."""

_ROUNDING_S = 5e-5


class DynamicKind(StrEnum):
    """Dynamic contrast-enhanced (T1) or susceptibility contrast (T2*) imaging."""

    DCE = "dce"
    DSC = "dsc"


def dynamic_kind(case: Case, entry: CaseEntry) -> DynamicKind | None:
    """Say what a series over time was made to see: by its echo time, by its name where that is not known.

    Returns
    -------
    DynamicKind or None
        None for images without times, other modalities, and series that nothing is known of.
    """
    if entry.kind is not EntryKind.IMAGE or entry.modality not in ("MR", ""):
        return None
    if native.read_image_times(case.path(entry)) is None:
        return None
    acquisition = read_mr_acquisition(case, entry)
    echo_time_s = None if acquisition is None else acquisition.echo_time_s
    if echo_time_s is not None:
        return DynamicKind.DSC if echo_time_s >= _LEAST_DSC_ECHO_TIME_S else DynamicKind.DCE
    said = f"{entry.name} {entry.source}".casefold()
    return next((kind for kind in DynamicKind if kind in said), None)


def flip_angle_images(case: Case, series: CaseEntry) -> tuple[CaseEntry, ...]:
    """Find the images for T1 mapping that belong to a series: its repetition time, no times, each another flip angle.

    Returns
    -------
    tuple of CaseEntry
        By flip angle; empty when there are fewer than two.
    """
    acquired = read_mr_acquisition(case, series)
    if acquired is None or acquired.repetition_time_s is None:
        return ()
    found: dict[float, CaseEntry] = {}
    for entry in case.of_kind(EntryKind.IMAGE):
        other = read_mr_acquisition(case, entry)
        if entry == series or other is None or native.read_image_times(case.path(entry)) is not None:
            continue
        if other.flip_angle_deg and _alike(other.repetition_time_s, acquired.repetition_time_s):
            found.setdefault(other.flip_angle_deg, entry)
    return tuple(found[angle] for angle in sorted(found)) if len(found) > 1 else ()


def _alike(one_s: float | None, other_s: float | None) -> bool:
    return one_s is not None and other_s is not None and abs(one_s - other_s) < _ROUNDING_S
