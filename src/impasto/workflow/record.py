"""The record of a step: what made its outputs, so that it can be repeated, and skipped while nothing changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from impasto.core import ImpastoError
from impasto.files import StrictModel, content_hash, read_document

__all__ = ["InputRecord", "OutputRecord", "StepRecord", "current_record", "read_record", "step_key"]

RECORD_FILE = "record.json"


class InputRecord(StrictModel):
    """Where an input came from and the SHA-256 of its content."""

    reference: str
    sha256: str


class OutputRecord(StrictModel):
    """Kind of an output and the SHA-256 of its content."""

    kind: str
    sha256: str


class StepRecord(StrictModel):
    """Everything that decided a step's outputs."""

    step: str
    stage: str
    key: str
    impasto: str
    settings: dict[str, Any]
    inputs: dict[str, InputRecord]
    outputs: dict[str, OutputRecord]
    notes: tuple[str, ...] = ()
    seconds: float
    finished: str


def step_key(stage: str, version: str, settings: Mapping[str, Any], input_hashes: Mapping[str, str]) -> str:
    """SHA-256 over all that decides a step's outputs."""
    decided = {"stage": stage, "version": version, "settings": settings, "inputs": dict(input_hashes)}
    return hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()


def read_record(folder: Path) -> StepRecord | None:
    """Read a step's record; None when there is none or it cannot be read."""
    try:
        return read_document(folder / RECORD_FILE, StepRecord)
    except ImpastoError:
        return None


def current_record(folder: Path, key: str) -> StepRecord | None:
    """Return a step's record if its key is `key` and its outputs are as they were written."""
    record = read_record(folder)
    if record is None or record.key != key:
        return None
    for name, output in record.outputs.items():
        if not (folder / name).is_dir() or content_hash(folder / name) != output.sha256:
            return None
    return record
