"""Prescriptions as TOML, with a NIfTI map for every level that differs from voxel to voxel."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.prescription import DoseGoal, DoseLimit, LimitKind, Prescription
from impasto.files.native.document import StrictModel, validated
from impasto.files.native.image import read_image, write_image

__all__ = ["read_prescription", "write_prescription"]


class _GoalRecord(StrictModel):
    structure: str
    lower_gy: float | str
    upper_gy: float | str | None = None
    weight: float = 1.0


class _LimitRecord(StrictModel):
    structure: str
    kind: LimitKind
    dose_gy: float
    volume_percent: float | None = None
    weight: float = 1.0


class _PrescriptionRecord(StrictModel):
    name: str
    fractions: int
    maximum_gy: float
    method: str
    goals: list[_GoalRecord]
    limits: tuple[_LimitRecord, ...] = ()


def write_prescription(prescription: Prescription, folder: Path) -> None:
    """Write ``prescription.toml`` and the maps it names into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    goals = []
    for number, goal in enumerate(prescription.goals):
        lower = _written_level(goal.lower_gy, folder, f"lower-{number}-gy")
        # a goal for exactly one dose keeps one map
        same = goal.upper_gy is goal.lower_gy
        upper = lower if same else _written_level(goal.upper_gy, folder, f"upper-{number}-gy")
        goals.append({"structure": goal.structure, "lower_gy": lower, "upper_gy": upper, "weight": goal.weight})
    limits = [
        {
            "structure": limit.structure,
            "kind": str(limit.kind),
            "dose_gy": limit.dose_gy,
            "volume_percent": limit.volume_percent,
            "weight": limit.weight,
        }
        for limit in prescription.limits
    ]
    document = {
        "name": prescription.name,
        "fractions": prescription.fractions,
        "maximum_gy": prescription.maximum_gy,
        "method": prescription.method,
        "goals": [_without_none(goal) for goal in goals],
        "limits": [_without_none(limit) for limit in limits],
    }
    (folder / "prescription.toml").write_text(tomli_w.dumps(document), encoding="utf-8")


def read_prescription(folder: Path) -> Prescription:
    """Read what :func:`write_prescription` wrote.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    path = folder / "prescription.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ImpastoError(str(path), f"cannot be read ({error})", "run the step again that writes it") from None
    record = validated(content, _PrescriptionRecord, str(path))
    goals = []
    for goal in record.goals:
        lower = _read_level(goal.lower_gy, folder)
        upper = lower if goal.upper_gy == goal.lower_gy else _read_level(goal.upper_gy, folder)
        assert lower is not None
        goals.append(DoseGoal(goal.structure, lower, upper, goal.weight))
    limits = tuple(
        DoseLimit(limit.structure, limit.kind, limit.dose_gy, limit.volume_percent, limit.weight)
        for limit in record.limits
    )
    return Prescription(record.name, record.fractions, tuple(goals), limits, record.maximum_gy, record.method)


def _written_level(level: float | Image | None, folder: Path, name: str) -> float | str | None:
    if not isinstance(level, Image):
        return level
    write_image(level, folder / name)
    return name


def _read_level(level: float | str | None, folder: Path) -> float | Image | None:
    return read_image(folder / level) if isinstance(level, str) else level


def _without_none(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value is not None}
