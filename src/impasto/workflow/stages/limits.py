"""Dose limits for organs at risk as protocols state them: by patterns of names, kept where the organ is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.core import DoseLimit, LimitKind, StructureSet
from impasto.files import StrictModel
from impasto.workflow.stages.selection import matching

__all__ = ["LimitSetting", "limits_for"]


class LimitSetting(StrictModel):
    """A limit for every structure whose name fits a pattern."""

    structure: str
    kind: LimitKind
    dose_gy: float
    volume_percent: float | None = None
    weight: float = 1.0


def limits_for(
    settings: Sequence[LimitSetting], structures: StructureSet
) -> tuple[tuple[DoseLimit, ...], tuple[str, ...]]:
    """Return the limits of organs that are drawn, and a note on those that fit none."""
    limits, unmatched = [], []
    for setting in settings:
        found = matching(structures, [setting.structure])
        if not found:
            unmatched.append(setting.structure)
        limits += [
            DoseLimit(organ.name, setting.kind, setting.dose_gy, setting.volume_percent, setting.weight)
            for organ in found
        ]
    names = ", ".join(unmatched)
    notes = (f"No structure fits {names}: the protocol's limits for these are not used.",) if unmatched else ()
    return tuple(limits), notes
