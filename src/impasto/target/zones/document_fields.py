"""Fields of parsed TOML documents, checked: what is wrong is told with the place where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from impasto.core import ImpastoError

__all__ = ["choice", "number", "only", "tables", "text"]

Choice = TypeVar("Choice", bound=StrEnum)


def only(item: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Refuse keys that are not known, and say which one is near."""
    for key in item:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise ImpastoError(where, f"{key!r} is unknown", f"{meant}known are: {', '.join(known)}")


def tables(item: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    """Return a list of tables that must be there."""
    found = item.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(one, Mapping) for one in found):
        raise ImpastoError(where, f"{key} is missing or not a list of tables", f"write [[...{key}]] once for each")
    return found


def text(item: Mapping[str, Any], key: str, where: str) -> str:
    """Return a text that must be there."""
    found = item.get(key)
    if not isinstance(found, str) or not found.strip():
        raise ImpastoError(where, f"{key} is {found!r}", f'write {key} = "..."')
    return found


def number(item: Mapping[str, Any], key: str, where: str, default: float | None = None) -> float:
    """Return a number; without a default it must be there."""
    found = item.get(key, default)
    if not isinstance(found, int | float) or isinstance(found, bool) or found != found:
        raise ImpastoError(where, f"{key} is {found!r}", "give a number")
    return float(found)


def choice(item: Mapping[str, Any], key: str, kind: type[Choice], where: str, default: Choice | None = None) -> Choice:
    """Return one of some words; without a default it must be there."""
    found = item.get(key, default)
    known = [one.value for one in kind]
    if found not in known:
        raise ImpastoError(where, f"{key} is {found!r}", f"choose one of: {', '.join(known)}")
    return kind(found)
