"""Which image of a case shows the anatomy below its maps."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from impasto.files import Case, CaseEntry, EntryKind, native, read_reference

__all__ = ["choose_anatomy", "frame_of_reference"]

_T1 = re.compile(r"t1|mp2?rage|bravo|spgr|tfl3d")
_CONTRAST = re.compile(r"t1w?[ _-]*(c|ce|gd|km|post)\b|contrast|[ _+-](gd|gad\w*|post|km|ce|c)\b|\+c\b")
_FLAIR = re.compile(r"flair|dark[ _-]?fluid|tirm")


def choose_anatomy(case: Case, mapped: Sequence[CaseEntry], left_out: Collection[CaseEntry] = ()) -> CaseEntry | None:
    """Choose contrast-enhanced T1, else T1, FLAIR, another MR image or the CT, in the frame of what was mapped.

    Images are told by modality, name and description; series over time are none.

    Parameters
    ----------
    case : Case
    mapped : sequence of CaseEntry
        What the maps were made of: the anatomy must not lie in another DICOM frame of reference.
    left_out : collection of CaseEntry
        Images that are no anatomy: those for T1 mapping.

    Returns
    -------
    CaseEntry or None
        None when the case has no such image.
    """
    frames = {frame for entry in mapped if (frame := frame_of_reference(case, entry))}
    best: tuple[int, CaseEntry] | None = None
    for entry in case.of_kind(EntryKind.IMAGE):
        rank = _rank(entry)
        if rank is None or entry in mapped or entry in left_out or (best is not None and best[0] <= rank):
            continue
        frame = frame_of_reference(case, entry)
        if native.read_image_times(case.path(entry)) is None and (not frame or not frames or frame in frames):
            best = rank, entry
    return None if best is None else best[1]


def frame_of_reference(case: Case, entry: CaseEntry) -> str:
    """Return the DICOM frame of reference of an image or diffusion series; empty where it has none."""
    return read_reference(case, entry).frame_of_reference_uid if case.dicom_path(entry).exists() else ""


def _rank(entry: CaseEntry) -> int | None:
    """Place in the order of preference; None for what shows no anatomy."""
    if entry.modality == "CT":
        return 4
    if entry.modality not in ("MR", ""):
        return None
    said = f"{entry.name} {entry.source}".casefold()
    if _T1.search(said):
        return 0 if _CONTRAST.search(said) else 1
    return 2 if _FLAIR.search(said) else 3
