"""Colours and lines of a trial's arms: told apart in all common colour deficiencies and in grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["ArmLine", "arm_lines"]

ArmLine = tuple[str, Any]
"""Colour and matplotlib line style."""

# Okabe and Ito (2008), the darkest first
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b4518c", "#a67c00", "#3f4650")
_STYLES: tuple[Any, ...] = ("-", "-", (0, (5.0, 1.6)), (0, (5.0, 1.6)), (0, (1.5, 1.2)), (0, (1.5, 1.2)))


def arm_lines(arms: Sequence[str]) -> dict[str, ArmLine]:
    """Give each arm its colour and line style, in order; from the seventh arm on they repeat."""
    count = len(_COLOURS)
    return {arm: (_COLOURS[place % count], _STYLES[place % count]) for place, arm in enumerate(arms)}
