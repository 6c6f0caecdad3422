"""The sequence of an MR image, from the header of one of its files."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from impasto.core.mr_acquisition import MrAcquisition
from impasto.files.dicom.header import number

__all__ = ["mr_acquisition"]

# field of MrAcquisition: elements that may hold it, and what one unit of theirs is in ours
_ELEMENTS: dict[str, tuple[tuple[str, ...], float]] = {
    "repetition_time_s": (("RepetitionTime",), 1e-3),
    "echo_time_s": (("EchoTime", "EffectiveEchoTime"), 1e-3),
    "flip_angle_deg": (("FlipAngle",), 1.0),
    "inversion_time_s": (("InversionTime", "InversionTimes"), 1e-3),
    "field_strength_t": (("MagneticFieldStrength",), 1.0),
}


def mr_acquisition(header: Dataset) -> MrAcquisition | None:
    """Read how an image was acquired, from a single-frame header or from a multi-frame file's functional groups.

    Returns
    -------
    MrAcquisition or None
        None where the header says nothing of it, or the image is not MR. Zeros, which some scanners write for what
        does not apply, count as nothing said.
    """
    if header.get("Modality") != "MR":
        return None
    places = list(_places(header))
    said = {}
    for field, (keywords, unit) in _ELEMENTS.items():
        values = (number(place, keyword) for place in places for keyword in keywords)
        value = next((value for value in values if value is not None and value > 0.0), None)
        if value is not None:
            said[field] = value * unit
    return MrAcquisition(**said) if said else None


def _places(header: Dataset) -> Iterator[Dataset]:
    """Where an element may stand: the header, and the macros of the shared and the first frame's functional groups."""
    yield header
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in list(header.get(groups) or ())[:1]:
            for element in group:
                if element.VR == "SQ":
                    yield from list(element.value)[:1]
