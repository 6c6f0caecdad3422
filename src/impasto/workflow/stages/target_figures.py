"""The numbers that steps making targets leave beside them, in one form that reports and tables read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from impasto.core import Structure
from impasto.target import Check, Compared, VolumeInterval
from impasto.workflow.artefacts import Figures

__all__ = [
    "read_checks",
    "read_comparison",
    "read_volumes",
    "target_checks",
    "target_comparison",
    "target_volumes",
]


def target_volumes(structures: Iterable[Structure | VolumeInterval], rules: dict[str, str] | None = None) -> Figures:
    """Write volumes down; structures have no interval, and their rules by name in `rules`."""
    words = rules or {}
    rows = [
        one if isinstance(one, VolumeInterval) else VolumeInterval(one.name, one.volume_ml(), words.get(one.name, ""))
        for one in structures
    ]
    return Figures({"volumes": [asdict(row) for row in rows]})


def target_checks(checks: Sequence[Check]) -> Figures:
    """Write checks down."""
    return Figures({"checks": [asdict(check) for check in checks]})


def target_comparison(rows: Sequence[Compared]) -> Figures:
    """Write a comparison of methods down; what is not a number becomes none."""
    return Figures({"methods": [asdict(row) | {"values": _finite(row.values)} for row in rows]})


def read_volumes(figures: Figures) -> tuple[VolumeInterval, ...]:
    """Read what :func:`target_volumes` wrote."""
    return tuple(VolumeInterval(**row) for row in figures.values["volumes"])


def read_checks(figures: Figures) -> tuple[Check, ...]:
    """Read what :func:`target_checks` wrote."""
    return tuple(Check(**row) for row in figures.values["checks"])


def read_comparison(figures: Figures) -> tuple[Compared, ...]:
    """Read what :func:`target_comparison` wrote."""
    return tuple(Compared(**row) for row in figures.values["methods"])


def _finite(values: dict[str, float | str | None]) -> dict[str, float | str | None]:
    """JSON has no word for what is not a number."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
