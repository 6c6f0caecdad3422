"""What the JSON file beside a NIfTI image says of it: impasto's own words, else those of BIDS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.mr_acquisition import MrAcquisition

__all__ = ["UNKNOWN", "NiftiSidecar", "nifti_stem", "read_sidecar"]

UNKNOWN = "unknown"
"""Quantity and unit of an image that nothing is said of."""

_QUANTITIES = {"CT": ("CT number", "[hnsf'U]"), "MR": ("signal", "1")}
_SEQUENCE = {
    "repetition_time_s": "RepetitionTime",
    "echo_time_s": "EchoTime",
    "flip_angle_deg": "FlipAngle",
    "inversion_time_s": "InversionTime",
    "field_strength_t": "MagneticFieldStrength",
}
_TIMES = ("times_s", "FrameTimesStart", "VolumeTiming")


@dataclass(frozen=True, eq=False)
class NiftiSidecar:
    """Meaning of a NIfTI image's values.

    Parameters
    ----------
    path : Path or None
        The sidecar; None when there is none that could be read.
    quantity, unit : str
        :data:`UNKNOWN` where nothing says them.
    modality : str
        Empty when unknown.
    times_s : ndarray or None
        Of the volumes of a time series.
    acquisition : MrAcquisition or None
        Of MR images; None when nothing is said of the sequence.
    """

    path: Path | None = None
    quantity: str = UNKNOWN
    unit: str = UNKNOWN
    modality: str = ""
    times_s: FloatArray | None = None
    acquisition: MrAcquisition | None = None


def nifti_stem(path: Path) -> str:
    """Return the name of a NIfTI file without its suffixes."""
    return path.name.removesuffix(".gz").removesuffix(".nii")


def read_sidecar(image: Path) -> NiftiSidecar:
    """Read the JSON file of the same name beside a NIfTI image.

    The keys are ``quantity``, ``unit`` and ``times_s``, else what BIDS says: ``Modality``, ``Units`` (PET),
    ``FrameTimesStart`` or ``VolumeTiming``. ``RepetitionTime``, ``EchoTime`` and ``InversionTime`` are in seconds.

    Parameters
    ----------
    image : Path

    Returns
    -------
    NiftiSidecar

    Raises
    ------
    ImpastoError
        When a time or a sequence parameter in it is no number.
    """
    path = image.with_name(nifti_stem(image) + ".json")
    content = _json_object(path)
    if content is None:
        return NiftiSidecar()
    modality = str(content.get("Modality", ""))
    quantity, unit = _QUANTITIES.get(modality, (UNKNOWN, UNKNOWN))
    if modality == "PT" and content.get("Units") == "Bq/mL":
        quantity, unit = "activity concentration", "Bq/mL"
    return NiftiSidecar(
        path,
        str(content.get("quantity", quantity)),
        str(content.get("unit", unit)),
        modality,
        _times_s(content, path),
        _acquisition(content, path) if modality in ("MR", "") else None,
    )


def _times_s(content: Mapping[str, Any], path: Path) -> FloatArray | None:
    key = next((key for key in _TIMES if content.get(key) is not None), None)
    if key is None:
        return None
    try:
        return np.asarray(content[key], dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise ImpastoError(str(path), f"its {key} are not numbers", "give one time in seconds a volume") from None


def _acquisition(content: Mapping[str, Any], path: Path) -> MrAcquisition | None:
    said = {field: content[key] for field, key in _SEQUENCE.items() if content.get(key) is not None}
    for field, value in said.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0.0:
            raise ImpastoError(str(path), f"its {_SEQUENCE[field]} is {value!r}", "give one positive number")
    return MrAcquisition(**said) if said else None


def _json_object(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    return content if isinstance(content, dict) else None
