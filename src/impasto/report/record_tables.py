"""Tables of how the figures came about: settings that change a number, and provenance."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.report.content import Setting, Step
from impasto.report.tables import Cell, Table, columns
from impasto.report.units import printed_unit

__all__ = ["provenance_table", "settings_table"]


def settings_table(settings: Sequence[Setting]) -> Table:
    """List the settings that change a number, and why they are what they are."""
    rows = tuple(
        (Cell(setting.name), Cell(setting.value), Cell(printed_unit(setting.unit)), Cell(setting.why))
        for setting in settings
    )
    return Table("Settings that matter", columns(["Setting"], ["Value"], ["Unit"], ["Why"]), rows)


def provenance_table(steps: Sequence[Step]) -> Table:
    """List every step with its inputs, settings and version."""
    rows = tuple(
        (Cell(step.name), Cell(", ".join(step.inputs)), Cell(step.settings), Cell(step.version)) for step in steps
    )
    return Table("Provenance", columns(["Step"], ["Inputs"], ["Settings"], ["Version"]), rows)
