"""Registrations that failed their verdict and were accepted by a person nevertheless."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from impasto.core import ImpastoError
from impasto.files import Case, StrictModel, read_document, replacing_file, write_document
from impasto.workflow.record import StepRecord, read_record
from impasto.workflow.registration.protocol import REGISTRATION_PROTOCOL

__all__ = ["accept_registration", "is_accepted"]

_FILE = "accepted.json"


class _Acceptance(StrictModel):
    key: str
    accepted: str


class _Acceptances(StrictModel):
    """By step; each holds for the result it was given for, and not for another one of the same name."""

    steps: dict[str, _Acceptance] = Field(default_factory=dict)


def accept_registration(case: Case, step: str) -> StepRecord:
    """Let protocols use a registration of a case although it failed its verdict.

    Raises
    ------
    ImpastoError
        When there is no such registration.
    """
    record = read_record(case.results_folder(REGISTRATION_PROTOCOL) / step)
    if record is None:
        raise ImpastoError(step, "the case has no registration of this name", "run impasto register first")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    steps = {**_read(case).steps, step: _Acceptance(key=record.key, accepted=now)}
    with replacing_file(_path(case)) as beside:
        write_document(_Acceptances(steps=steps), beside)
    return record


def is_accepted(case: Case, record: StepRecord) -> bool:
    """Say whether this very result was accepted by name."""
    acceptance = _read(case).steps.get(record.step)
    return acceptance is not None and acceptance.key == record.key


def _read(case: Case) -> _Acceptances:
    return read_document(_path(case), _Acceptances) if _path(case).exists() else _Acceptances()


def _path(case: Case) -> Path:
    return case.results_folder(REGISTRATION_PROTOCOL) / _FILE
