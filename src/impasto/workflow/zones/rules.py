"""Rules for biological zones and calibrations of their maps: those that come with impasto, and users' own."""

from __future__ import annotations

import tomllib
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from impasto.core import ImpastoError
from impasto.target.zones import ZoneCalibration, ZoneRule, zone_calibration, zone_rule
from impasto.workflow.zones.settings import ZonesStageSettings

__all__ = ["load_zone_calibration", "load_zone_rule", "zone_files", "zone_rule_names"]

_NO_CALIBRATION = "none"


def zone_rule_names() -> list[str]:
    """Names of the rules that come with impasto."""
    return _names(_folder("rules"))


def load_zone_rule(name: str) -> ZoneRule:
    """Load a rule by its name, or from a user's own file by its path (ending in ``.toml``).

    Raises
    ------
    ImpastoError
        When there is none of that name, or the file is damaged; it says where.
    """
    return zone_rule(_document(name, "rule", _folder("rules")), name)


def load_zone_calibration(name: str) -> ZoneCalibration:
    """Load a calibration by its name, or from a user's own file by its path; ``"none"`` changes nothing.

    Raises
    ------
    ImpastoError
        When there is none of that name, or the file is damaged; it says where.
    """
    if name == _NO_CALIBRATION:
        return ZoneCalibration(name)
    return zone_calibration(_document(name, "calibration", _folder("calibrations")), name)


def zone_files(settings: ZonesStageSettings) -> dict[str, str]:
    """Digest rule and calibration: edited, zones are found anew."""
    texts = {"rule": _text(settings.rule, "rule", _folder("rules"))}
    if settings.calibration != _NO_CALIBRATION:
        texts["calibration"] = _text(settings.calibration, "calibration", _folder("calibrations"))
    return {kind: sha256(text.encode()).hexdigest() for kind, text in texts.items()}


def _document(name: str, kind: str, folder: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(name, kind, folder))
    except tomllib.TOMLDecodeError as error:
        raise ImpastoError(name, f"is not TOML ({error})", "correct the file") from None


def _text(name: str, kind: str, folder: Traversable) -> str:
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise ImpastoError(name, f"no such {kind} file", "check the path")
        return path.read_text(encoding="utf-8")
    if name not in _names(folder):
        known = ", ".join(_names(folder))
        remedy = f"choose one of: {known}; or give the path of a .toml file"
        raise ImpastoError(name, f"no {kind} has this name", remedy)
    return (folder / f"{name}.toml").read_text(encoding="utf-8")


def _names(folder: Traversable) -> list[str]:
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def _folder(name: str) -> Traversable:
    return resources.files("impasto.target") / "zones" / name
