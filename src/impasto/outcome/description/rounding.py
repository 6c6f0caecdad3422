"""Rounding as a table states it."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from impasto.core.errors import ImpastoError

__all__ = ["HalfRule", "percentage"]

HalfRule = Literal["half-up", "half-even"]


def percentage(count: int, of: int, decimals: int = 1, half: HalfRule = "half-up") -> str:
    """Write a share in per cent, rounded from the exact fraction.

    Parameters
    ----------
    count, of : int
    decimals : int
    half : {"half-up", "half-even"}
        What becomes of a share that lies exactly between two.

    Raises
    ------
    ImpastoError
        When the count is not between 0 and the whole.

    Examples
    --------
    >>> percentage(3, 24, 0), percentage(3, 24, 0, "half-even")
    ('13', '12')
    """
    if not 0 <= count <= of or of < 1:
        raise ImpastoError("percentage", f"{count} of {of}", "give a part and a whole that holds it")
    share = Fraction(100 * count, of) * 10**decimals
    whole = math.floor(share + Fraction(1, 2)) if half == "half-up" else round(share)
    return f"{Decimal(whole).scaleb(-decimals):f}"
