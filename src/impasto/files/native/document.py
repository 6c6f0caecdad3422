"""Reading and writing the JSON documents beside voxel files, strictly."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

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
        Of a key that the model does not know it lists those that it knows, the nearest first.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        if first["type"] == "extra_forbidden":
            remedy = _known_keys(model, first["loc"])
            raise ImpastoError(subject, f"{where}: there is no such entry", remedy or "leave it out") from None
        raise ImpastoError(subject, f"{where}: {first['msg'].lower()}", "correct this entry") from None


def _known_keys(model: type[BaseModel], place: tuple[int | str, ...]) -> str:
    """Ask for the key that was meant, and list all that the model has there; empty where that is no model."""
    for part in place[:-1]:
        # numbers count the items of a list, of which the model is told by the field that holds it
        if not isinstance(part, str):
            continue
        inner = _model_of(model.model_fields[part].annotation) if part in model.model_fields else None
        if inner is None:
            return ""
        model = inner
    known, wrong = list(model.model_fields), str(place[-1])
    near = get_close_matches(wrong, known, n=1, cutoff=0.6)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"{meant}choose one of: {', '.join(known)}" if known else ""


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the first model in a type, whatever holds it: a list, a mapping, an optional value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_of(part)) is not None), None)


def write_document(model: BaseModel, path: Path) -> None:
    """Write a model as indented JSON."""
    path.write_text(model.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
