"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = ["AsJson", "CaseFolder"]

CaseFolder: TypeAlias = Annotated[Path, typer.Argument(metavar="CASE", help="Folder of the case.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
