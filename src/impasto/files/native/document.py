"""Reading and writing the JSON documents beside voxel files, strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from impasto.core.errors import ImpastoError

__all__ = ["StrictModel", "read_document", "validated", "write_document"]

Model = TypeVar("Model", bound=BaseModel)


class StrictModel(BaseModel):
    """A model that refuses fields it does not know and values of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_document(path: Path, model: type[Model]) -> Model:
    """Read a JSON file into a model.

    Raises
    ------
    ImpastoError
        When the file is missing, not JSON, or does not fit the model.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ImpastoError(str(path), "is missing", "restore it, or import the case again") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ImpastoError(str(path), f"is not JSON ({error})", "restore it, or import the case again") from None
    return validated(content, model, str(path))


def validated(content: Any, model: type[Model], subject: str) -> Model:
    """Check plain data against a model and name the first field that does not fit.

    Raises
    ------
    ImpastoError
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ImpastoError(subject, f"{where}: {first['msg'].lower()}", "correct this entry") from None


def write_document(model: BaseModel, path: Path) -> None:
    """Write a model as indented JSON."""
    path.write_text(model.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
