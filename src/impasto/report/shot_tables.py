"""Tables of the shots of radiosurgery plans, as they would be delivered."""

from __future__ import annotations

from itertools import groupby

from impasto.core.plan import Shot
from impasto.report.content import PlanResult, ReportContent
from impasto.report.tables import Cell, Column, Table, number

__all__ = ["shot_tables"]

_BLOCKED = "B"


def shot_tables(content: ReportContent) -> tuple[Table, ...]:
    """Make one table of shots for each plan that has any."""
    return tuple(_table(plan) for plan in content.plans if plan.shots)


def _table(plan: PlanResult) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for number_of, (place, found) in enumerate(groupby(plan.shots, key=lambda shot: shot.isocentre_mm), start=1):
        shots = list(found)
        for shot in shots:
            isocentre = "" if shot is not shots[0] else str(number_of)
            where = tuple(number(x, 1) if shot is shots[0] else Cell("") for x in place)
            rows.append((Cell(str(len(rows) + 1)), Cell(isocentre), *where, *_sectors(shot), number(shot.minutes, 2)))
    sectors = len(plan.shots[0].collimators_mm)
    heads = (
        Column("Shot"),
        Column("Isocentre"),
        *(Column(axis, "mm") for axis in ("x", "y", "z")),
        *(Column(str(sector + 1), "mm") for sector in range(sectors)),
        Column("Time", "min"),
    )
    minutes = sum(shot.minutes for shot in plan.shots)
    note = (
        f"{len(plan.shots)} shots, {minutes:.1f} min beam-on time. Isocentres in the images' frame (x to the patient's "
        f"left, y to the back, z to the head). Columns 1 to {sectors}: collimator of each sector; {_BLOCKED} blocked."
    )
    return Table(f"Shots of {plan.name}", heads, tuple(rows), note)


def _sectors(shot: Shot) -> tuple[Cell, ...]:
    return tuple(Cell(f"{diameter:g}" if diameter else _BLOCKED) for diameter in shot.collimators_mm)
