"""Names under which a stage keeps its maps."""

from __future__ import annotations

import re

__all__ = ["output_name"]


def output_name(quantity: str) -> str:
    """Return a file's name for a map: ``"Cho/NAA over NAWM"`` becomes ``"cho-naa-over-nawm"``."""
    return re.sub(r"[^a-z0-9]+", "-", quantity.lower()).strip("-")
