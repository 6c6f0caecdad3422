"""Rules for biological zones: those that come with impasto, and users' own."""

from __future__ import annotations

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from impasto.core import ImpastoError
from impasto.target.zones import ZoneRule, zone_rule

__all__ = ["load_zone_rule", "zone_rule_names"]


def zone_rule_names() -> list[str]:
    """Names of the rules that come with impasto."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def load_zone_rule(name: str) -> ZoneRule:
    """Load a rule by its name, or from a user's own file by its path (ending in ``.toml``).

    Raises
    ------
    ImpastoError
        When there is none of that name, or the file is damaged; it says where.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise ImpastoError(name, "no such rule file", "check the path")
        text = path.read_text(encoding="utf-8")
    elif name in zone_rule_names():
        text = (_folder() / f"{name}.toml").read_text(encoding="utf-8")
    else:
        known = ", ".join(zone_rule_names())
        raise ImpastoError(name, "no rule has this name", f"choose one of: {known}; or give the path of a .toml file")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImpastoError(name, f"is not TOML ({error})", "correct the file") from None
    return zone_rule(document, name)


def _folder() -> Traversable:
    return resources.files("impasto.target") / "zones" / "rules"
