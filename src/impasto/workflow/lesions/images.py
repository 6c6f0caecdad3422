"""Which images of a case are T1, T1 after contrast, T2 and FLAIR."""

from __future__ import annotations

import re

from impasto.files import Case, CaseEntry, EntryKind, native

__all__ = ["SEQUENCES", "choose_lesion_images"]

SEQUENCES = ("t1c", "flair", "t1", "t2")
"""Names of the inputs; the first that is there carries the frame."""

_T1 = r"(?<![a-z0-9])(t1|mp2?rage|bravo|spgr|tfl3d)"
_WORDS = {
    "flair": re.compile(r"flair|dark[ _-]?fluid|tirm|(?<![a-z0-9])t2f(?![a-z])"),
    "t1c": re.compile(_T1 + r"w?[ _-]*(c|ce|gd|km|post)(?![a-z])|" + _T1 + r".*(contrast|gadolin|\bgd|\bpost|\+c)"),
    "t1": re.compile(_T1 + r"(w|n)?(?![a-z])"),
    "t2": re.compile(r"(?<![a-z0-9])t2w?(?![a-z*])"),
}
_OTHER = re.compile(r"mapping|swi|t2star|t2\*|map\b")


def choose_lesion_images(case: Case) -> dict[str, CaseEntry]:
    """Tell the sequences by the names of MR images, then by their descriptions.

    Series over time and images for T1 mapping are none. Where several would do, the first imported is taken.

    Parameters
    ----------
    case : Case

    Returns
    -------
    dict of str to CaseEntry
        ``t1c``, ``flair``, ``t1``, ``t2``, those that were recognised.
    """
    chosen: dict[str, CaseEntry] = {}
    for said_by in (lambda entry: entry.name, lambda entry: f"{entry.name} {entry.source}"):
        for entry in case.of_kind(EntryKind.IMAGE):
            sequence = _sequence(said_by(entry).casefold())
            is_free = sequence is not None and sequence not in chosen and entry not in chosen.values()
            if is_free and entry.modality in ("MR", "") and native.read_image_times(case.path(entry)) is None:
                assert sequence is not None
                chosen[sequence] = entry
    return {name: chosen[name] for name in SEQUENCES if name in chosen}


def _sequence(said: str) -> str | None:
    if _OTHER.search(said):
        return None
    return next((name for name, words in _WORDS.items() if words.search(said)), None)
