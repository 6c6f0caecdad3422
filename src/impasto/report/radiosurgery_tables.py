"""Tables of radiosurgery plans held against each other: whole brain, conformity on one line, zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from impasto.evaluate import RadiosurgerySummary, ZoneDose
from impasto.report.tables import Cell, Column, Table, columns, number, verdict

__all__ = ["radiosurgery_tables"]


def radiosurgery_tables(plans: tuple[RadiosurgerySummary, ...]) -> tuple[Table, ...]:
    """Make both tables; none without plans."""
    return (_whole(plans), _zones(plans)) if plans else ()


def _whole(plans: tuple[RadiosurgerySummary, ...]) -> Table:
    high, line = f"V{plans[0].high_gy:g}", plans[0].indices.isodose_gy or 0.0
    wanted: tuple[tuple[str, str, int, Callable[[RadiosurgerySummary], float | None]], ...] = (
        ("Mean dose of the brain", "Gy", 2, lambda plan: plan.brain_mean_gy),
        ("Integral dose of the brain", "J", 2, lambda plan: plan.brain_j),
        ("Integral dose of the brain without the target", "J", 2, lambda plan: plan.brain_outside_target_j),
        ("Integral dose of the head", "J", 2, lambda plan: plan.head_j),
        (f"{high} anywhere", "ml", 1, lambda plan: plan.high_ml),
        (f"{high} in the brain, target with it", "ml", 1, lambda plan: plan.high_in_brain_ml),
        (f"{high} outside the target", "ml", 1, lambda plan: plan.high_outside_target_ml),
        (f"Coverage by the {line:g} Gy line", "1", 3, lambda plan: plan.indices.coverage),
        ("Selectivity of that line", "1", 3, lambda plan: plan.indices.selectivity),
        ("Paddick conformity of that line", "1", 3, lambda plan: plan.indices.paddick_conformity_index),
        ("Gradient index of that line", "1", 2, lambda plan: plan.indices.gradient_index),
        ("Efficiency index of that line", "1", 3, lambda plan: plan.efficiency_index),
        ("Largest dose", "Gy", 1, lambda plan: plan.maximum_gy),
    )
    rows = tuple(
        (Cell(name), Cell(unit), *(number(of(plan), digits) for plan in plans)) for name, unit, digits, of in wanted
    )
    heads = (*columns(["Figure"], ["Unit"]), *(Column(plan.name) for plan in plans))
    note = (
        "Energy at the density of brain, 1.04 g/ml (ICRU 46). Conformity of all plans is taken on one line, whatever "
        "each is prescribed to: only so can they be compared."
    )
    return Table("Radiosurgery plans by the same figures", heads, rows, note)


def _zones(plans: tuple[RadiosurgerySummary, ...]) -> Table:
    rows = []
    for place, zone in enumerate(plans[0].zones):
        for plan in plans:
            head = [Cell(zone.structure, rows=len(plans))] if plan is plans[0] else []
            rows.append((*head, Cell(plan.name), *_cells(plan.zones[place])))
    heads = columns(
        ["Zone"], ["Plan"], ["Volume", "ml"], ["Level", "Gy"], ["D98 %", "Gy"], ["D50 %", "Gy"], ["D2 %", "Gy"],
        ["Mean", "Gy"], ["Reached"],
    )  # fmt: skip
    note = "Reached: D98 % is the zone's level or more, and D2 % stays below the bound that the notes state."
    return Table("Zones under each plan", heads, tuple(rows), note)


def _cells(zone: ZoneDose) -> tuple[Cell, ...]:
    doses = (zone.d98_gy, zone.d50_gy, zone.d2_gy, zone.mean_gy)
    judged = replace(verdict(zone.is_kept, ""), text="\u2713 yes" if zone.is_kept else "\u2717 no")
    return (number(zone.volume_ml, 2), number(zone.level_gy, 1), *(number(dose, 1) for dose in doses), judged)
