"""Printed numbers: a number on paper stands for every number that rounds to it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from impasto.core.errors import ImpastoError

__all__ = ["Printed", "Relation", "Rounding", "rounded", "rounding_rules"]

_NUMBER = re.compile(r"^(?P<relation>[<>=≤≥]?)\s*(?P<number>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)\s*%?$")
_SLACK = 1e-9
"""Share of a number's size that floating-point arithmetic may take."""


class Rounding(StrEnum):
    """How a printed number came from an exact one."""

    EITHER = "half up or half to even"
    HALF_UP = "half up"
    HALF_EVEN = "half to even"
    DOWN = "cut"


class Relation(StrEnum):
    """Whether a number is printed as such or as a bound."""

    EQUAL = "="
    BELOW = "<"
    ABOVE = ">"


@dataclass(frozen=True)
class Printed:
    """A number as it stands in print, with its digits.

    Parameters
    ----------
    text : str
        As printed: ``"0.10"``, ``".5461"``, ``"<0.001"``, ``"2.7e-6"``, ``"54 %"``. Trailing zeros count.

    Raises
    ------
    ImpastoError
        When it is no number.

    Examples
    --------
    >>> Printed("2.23").low, Printed("2.23").high
    (2.225, 2.235)
    """

    text: str
    exact: Fraction = field(init=False)
    decimals: int = field(init=False)
    relation: Relation = field(init=False)

    def __post_init__(self) -> None:
        found = _NUMBER.match(self.text.strip().replace("−", "-").replace("·", "."))
        try:
            number = Decimal(found["number"]) if found else None
        except InvalidOperation:  # pragma: no cover - the pattern allows none
            number = None
        if found is None or number is None:
            raise ImpastoError(f"{self.text!r}", "is no printed number", "write digits, such as 0.10, .5461 or <0.001")
        exponent = number.as_tuple().exponent
        object.__setattr__(self, "exact", Fraction(number))
        object.__setattr__(self, "decimals", -int(exponent))
        relation = {"<": Relation.BELOW, "≤": Relation.BELOW, ">": Relation.ABOVE, "≥": Relation.ABOVE}
        object.__setattr__(self, "relation", relation.get(found["relation"], Relation.EQUAL))

    @property
    def value(self) -> float:
        """The number."""
        return float(self.exact)

    @property
    def step(self) -> Fraction:
        """One unit of the last printed digit."""
        return Fraction(10) ** -self.decimals

    @property
    def low(self) -> float:
        """Smallest number that is printed so; minus infinity for an upper bound."""
        return -math.inf if self.relation is Relation.BELOW else float(self._edges()[0])

    @property
    def high(self) -> float:
        """Largest number that is printed so; infinity for a lower bound."""
        return math.inf if self.relation is Relation.ABOVE else float(self._edges()[1])

    def overlaps(self, low: float, high: float) -> bool:
        """Whether some number between `low` and `high` is printed so."""
        finite = [abs(edge) for edge in (low, high) if math.isfinite(edge)]
        slack = _SLACK * max([abs(self.value), *finite])
        return low <= self.high + slack and high >= self.low - slack

    def is_rounded(self, number: float) -> bool:
        """Whether `number` is printed so."""
        return self.overlaps(number, number)

    def _edges(self) -> tuple[Fraction, Fraction]:
        half = self.step / 2 if self.relation is Relation.EQUAL else Fraction(0)
        return self.exact - half, self.exact + half


def rounded(number: Fraction, decimals: int, rounding: Rounding) -> Fraction:
    """Round an exact number to so many decimals; ``EITHER`` rounds half up.

    Half up means away from zero, as taught; half to even is what most programs do.

    Examples
    --------
    >>> float(rounded(Fraction(25, 2), 0, Rounding.HALF_UP)), float(rounded(Fraction(25, 2), 0, Rounding.HALF_EVEN))
    (13.0, 12.0)
    """
    scaled = abs(number) * Fraction(10) ** decimals
    if rounding is Rounding.HALF_EVEN:
        whole = round(scaled)
    elif rounding is Rounding.DOWN:
        whole = math.floor(scaled)
    else:
        whole = math.floor(scaled + Fraction(1, 2))
    return Fraction(whole if number >= 0 else -whole) / Fraction(10) ** decimals


def rounding_rules(printed: Printed, number: Fraction) -> tuple[Rounding, ...]:
    """Say which rules print `number` so; none when none does."""
    rules = (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.DOWN)
    return tuple(rule for rule in rules if rounded(number, printed.decimals, rule) == printed.exact)
