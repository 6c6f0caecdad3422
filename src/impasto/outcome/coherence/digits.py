"""Slips of the pen: what small change of digits turns a printed number into the one it should be."""

from __future__ import annotations

from fractions import Fraction

from impasto.outcome.coherence.printed import Printed, Rounding, rounded

__all__ = ["CUT", "digit_slip"]

CUT = "it was cut, not rounded"


def digit_slip(printed: Printed, number: float, single: bool = True) -> str:
    """Name the slip that would explain why `number` was printed so; empty when none does.

    Cut instead of rounded, decimal point moved, two digits swapped, one digit wrong, looked for in this order.

    Parameters
    ----------
    printed : Printed
    number : float
        What it should be.
    single : bool
        Whether to look for one wrong digit: among several candidates one always comes near.

    Examples
    --------
    >>> digit_slip(Printed("0.08"), 0.00765)
    'the decimal point may have moved (0.008)'
    """
    exact = Fraction(number)
    if rounded(exact, printed.decimals, Rounding.DOWN) == printed.exact:
        return CUT
    for places in (-2, -1, 1, 2):
        moved = printed.exact * Fraction(10) ** places
        decimals = max(printed.decimals - places, 0)
        if moved and rounded(exact, decimals, Rounding.HALF_UP) == moved:
            return f"the decimal point may have moved ({float(moved):.{decimals}f})"
    right = f"{float(rounded(exact, printed.decimals, Rounding.HALF_UP)):.{max(printed.decimals, 0)}f}"
    wrong = f"{printed.value:.{max(printed.decimals, 0)}f}"
    if len(right) != len(wrong):
        return ""
    apart = [place for place, (one, other) in enumerate(zip(wrong, right, strict=True)) if one != other]
    swapped = len(apart) == 2 and [wrong[place] for place in apart] == [right[place] for place in reversed(apart)]
    if swapped:
        return f"two digits may be swapped ({right})"
    is_one = single and len(apart) == 1 and sum(map(str.isdigit, right)) > 2
    return f"one digit may be wrong ({right})" if is_one else ""
