"""Arguments and options that several verbs share."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

__all__ = ["AsJson", "CaseFolder", "Settings", "parsed_point", "parsed_settings"]

CaseFolder: TypeAlias = Annotated[Path, typer.Argument(metavar="CASE", help="Folder of the case.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
Settings: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replace a setting, named as impasto protocols and --show name it; may be repeated.",
    ),
]


def parsed_settings(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Take ``KEY=VALUE`` apart; values are TOML, or plain text where they are not.

    Raises
    ------
    typer.BadParameter
        When there is no equals sign.
    """
    return dict(_parsed(pair) for pair in pairs or ())


def parsed_point(text: str) -> tuple[float, float, float]:
    """Take ``X,Y,Z`` apart.

    Raises
    ------
    typer.BadParameter
        When it is not three numbers.
    """
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not X,Y,Z in mm", param_hint="--at") from None
    return (x, y, z)


def _parsed(pair: str) -> tuple[str, Any]:
    key, sign, text = pair.partition("=")
    if not sign:
        raise typer.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--set")
    try:
        return key.strip(), tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), text.strip()
