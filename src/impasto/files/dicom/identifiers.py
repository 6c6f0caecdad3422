"""Unique identifiers of what impasto writes."""

from __future__ import annotations

from typing import Final

from pydicom.uid import PYDICOM_ROOT_UID, UID, generate_uid

__all__ = ["IMPLEMENTATION_CLASS_UID", "IMPLEMENTATION_VERSION_NAME", "RESEARCH_USE", "SIMULATED", "new_uid"]

IMPLEMENTATION_CLASS_UID: Final = UID(generate_uid(entropy_srcs=["impasto", "implementation class"]))
"""Names impasto as the writer in every file's meta information; the same for all versions."""

IMPLEMENTATION_VERSION_NAME: Final = "IMPASTO"

RESEARCH_USE: Final = "RESEARCH USE ONLY"
"""The label that every written object bears."""

SIMULATED: Final = "SIMULATED: digital patient, not a person"
"""Patient Comments of a digital patient: validators do not know Synthetic Data (0008,001C) yet."""


def new_uid(*entropy: str) -> str:
    """Make a DICOM unique identifier under pydicom's registered root.

    Parameters
    ----------
    *entropy : str
        What the identifier stands for; the same words give the same identifier. Without any it is random.

    Examples
    --------
    >>> new_uid("case 1", "CT") == new_uid("case 1", "CT")
    True
    """
    # the words are joined by a character no word holds, so that ("ab", "c") and ("a", "bc") differ
    words = ["\x1f".join(entropy)] if entropy else None
    return str(generate_uid(prefix=PYDICOM_ROOT_UID, entropy_srcs=words))
