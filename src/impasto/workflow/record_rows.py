"""What records of steps say, as rows of a report: every setting, and where each output came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impasto.report import Setting, Step, StepSettings
from impasto.workflow.results import ProtocolResults

__all__ = ["provenance_rows", "setting_rows", "step_settings_rows"]

_SHORT = 10


def setting_rows(results: ProtocolResults) -> tuple[Setting, ...]:
    """List the settings of all steps, each named after its step."""
    rows = []
    for record in results.records:
        rows += [Setting(f"{record.step}: {name}", _printed(value), "", "") for name, value in record.settings.items()]
    return tuple(rows)


def step_settings_rows(results: ProtocolResults) -> tuple[StepSettings, ...]:
    """List the settings of each step, nested ones named as ``--set`` takes them."""
    return tuple(
        StepSettings(
            record.step, tuple(Setting(name, _printed(value), "", "") for name, value in _flat(record.settings))
        )
        for record in results.records
    )


def provenance_rows(results: ProtocolResults) -> tuple[Step, ...]:
    """List the inputs of each step by the beginning of their hashes."""
    return tuple(
        Step(
            f"{record.step} ({record.stage})",
            tuple(f"{i.reference} {i.sha256[:_SHORT]}" for i in record.inputs.values()),
            f"key {record.key[:_SHORT]}",
            record.impasto,
        )
        for record in results.records
    )


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_printed(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, list):
        return "; ".join(_printed(item) for item in value) or "none"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
