"""Allocation of patients to arms: what was decided, by what rule, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core.errors import ImpastoError

__all__ = ["Allocation", "Arms", "draw_generator"]


@dataclass(frozen=True)
class Arms:
    """The arms of a trial and the ratio in which patients go to them.

    Parameters
    ----------
    names : tuple of str
    ratio : tuple of int
        One whole number for each arm.

    Raises
    ------
    ImpastoError
        When there are fewer than two arms, or names or numbers do not fit.
    """

    names: tuple[str, ...]
    ratio: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.names) < 2 or len(set(self.names)) != len(self.names):
            raise ImpastoError("arms", f"they are {', '.join(self.names) or 'none'}", "name two or more different ones")
        if len(self.ratio) != len(self.names) or any(part < 1 for part in self.ratio):
            problem = f"the ratio {':'.join(map(str, self.ratio))} does not go with {len(self.names)} arms"
            raise ImpastoError("arms", problem, "give one whole number above 0 for each arm")

    @classmethod
    def equal(cls, *names: str) -> Arms:
        """Give every arm the same share."""
        return cls(names, (1,) * len(names))

    def shares(self) -> tuple[float, ...]:
        """Share of patients of each arm."""
        return tuple(part / sum(self.ratio) for part in self.ratio)


@dataclass(frozen=True)
class Allocation:
    """One patient's allocation: a row of the log.

    Parameters
    ----------
    number : int
        Order of entry, from 1; within the stratum for a list prepared in blocks.
    arm : str
    factors : dict of str to str
        Values of the stratification factors.
    rule : str
    reason : str
        In words, with every number that the decision rests on.
    draw : float or None
        The random number between 0 and 1 that decided; None where a shuffled block did.
    """

    number: int
    arm: str
    factors: dict[str, str]
    rule: str
    reason: str
    draw: float | None


def draw_generator(seed: int, *place: object) -> np.random.Generator:
    """Make the random numbers of one decision: the same for the same seed and place, whatever was drawn before.

    So any row of a log can be drawn again alone, and rows added later do not change earlier ones.
    """
    text = "\x1f".join([str(seed), *(str(part) for part in place)])
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    words = np.frombuffer(digest, dtype="<u4")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([int(word) for word in words])))


def factor_text(factors: Mapping[str, str], names: Sequence[str] | None = None) -> str:
    """Name a stratum: ``surgery = biopsy, centre = Lille``."""
    return ", ".join(f"{name} = {factors[name]}" for name in (names or list(factors))) or "all patients"
