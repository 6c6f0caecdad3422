"""Type for the page: faces that matplotlib ships, cut down to the letters in use and embedded.

So a report looks the same on every machine, offline, and in the PDF. Letters the faces lack fall back to the system's.
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from fontTools.ttLib import TTFont

__all__ = ["font_face_css"]

_FACES = (
    ("Impasto Serif", "STIXGeneral.ttf", "normal", 400),
    ("Impasto Serif", "STIXGeneralItalic.ttf", "italic", 400),
    ("Impasto Serif", "STIXGeneralBol.ttf", "normal", 700),
    ("Impasto Sans", "DejaVuSans.ttf", "normal", 400),
    ("Impasto Sans", "DejaVuSans-Bold.ttf", "normal", 700),
)


def font_face_css(text: str) -> str:
    """Write ``@font-face`` rules whose embedded faces hold the letters of `text` and printable ASCII."""
    letters = frozenset(range(0x20, 0x7F)) | frozenset(map(ord, text))
    return "\n".join(
        f'@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weight}; '
        f'src: url("data:font/woff;base64,{_cut_face(file, letters)}") format("woff"); }}'
        for family, file, style, weight in _FACES
    )


@lru_cache(maxsize=16)
def _cut_face(file: str, letters: frozenset[int]) -> str:
    font = TTFont(Path(mpl.get_data_path()) / "fonts" / "ttf" / file)
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["kern", "liga", "tnum", "lnum"]
    options.drop_tables += ["FFTM"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    font.flavor = "woff"
    buffer = io.BytesIO()
    font.save(buffer)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
