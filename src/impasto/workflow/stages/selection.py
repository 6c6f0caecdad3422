"""Choosing structures by patterns of their names."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from impasto.core import ImpastoError, Structure, StructureSet

__all__ = ["matching", "only_one"]


def matching(structures: StructureSet, patterns: Sequence[str]) -> tuple[Structure, ...]:
    """Return the structures whose name fits a pattern such as ``"GTV*"``, upper and lower case alike."""
    folded = [pattern.casefold() for pattern in patterns]
    return tuple(s for s in structures if any(fnmatchcase(s.name.casefold(), pattern) for pattern in folded))


def only_one(structures: StructureSet, pattern: str, what: str) -> Structure:
    """Return the one structure that fits a pattern.

    Raises
    ------
    ImpastoError
        When none or several do.
    """
    found = matching(structures, [pattern])
    if len(found) == 1:
        return found[0]
    names = ", ".join(structure.name for structure in found or structures) or "none"
    problem = "several structures fit" if found else "no structure fits"
    raise ImpastoError(what, f"{problem} {pattern!r}", f"choose one of: {names}")
