"""Which tracer a PET header names."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["named_tracer"]

_WORDS: Mapping[str, tuple[str, ...]] = {
    "FMISO": ("fmiso", "miso", "misonidazole"),
    "FAZA": ("faza", "azomycin"),
    "HX4": ("hx4", "flortanidazole"),
    "ATSM": ("atsm",),
    "FDG": ("fdg", "glucose"),
    "FET": ("fet", "fluoroethyl", "tyrosine"),
    "MET": ("methionine",),
    "FDOPA": ("dopa",),
    "FLT": ("flt", "thymidine"),
    "PSMA": ("psma",),
    "choline": ("choline",),
    "fluoride": ("fluoride", "naf"),
}


def named_tracer(radiopharmaceutical: str) -> str:
    """Recognise a tracer in the text of DICOM's Radiopharmaceutical (0018,0031), which has no fixed vocabulary.

    Parameters
    ----------
    radiopharmaceutical : str

    Returns
    -------
    str
        Its usual short name; empty where the text names none that is known.

    Examples
    --------
    >>> named_tracer("Fluorine F^18^ fluorodeoxyglucose"), named_tracer("18F-FMISO"), named_tracer("Solution")
    ('FDG', 'FMISO', '')
    """
    text = radiopharmaceutical.casefold()
    found = (tracer for tracer, words in _WORDS.items() if any(word in text for word in words))
    return next(found, "")
