"""Pairs of values from a table: one row for each patient and plan, or two columns for each measure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray
from impasto.workflow.outcome.patient_table import PatientTable

__all__ = ["MeasuredPairs", "pairs_from_columns", "pairs_from_rows"]

_UNIT = re.compile(r"\s*[\[(]([^\])]*)[\])]")
_JOINTS = " ,_-/:"
_NAMELESS = "value"
"""Measure of columns that have the plan's name only."""


@dataclass(frozen=True, eq=False)
class MeasuredPairs:
    """One measure of two plans.

    Parameters
    ----------
    name, unit : str
    patients : tuple of str
    first, second : ndarray, shape (patient,)
        NaN where missing.
    """

    name: str
    unit: str
    patients: tuple[str, ...]
    first: FloatArray
    second: FloatArray


def pairs_from_columns(
    table: PatientTable, plans: tuple[str, str], patient: str, measures: Sequence[str]
) -> tuple[MeasuredPairs, ...]:
    """Pair columns whose names differ only by the plan that they begin or end with: ``V12 [ml], uniform``.

    Raises
    ------
    ImpastoError
        When no columns pair up, a measure that was asked for is not there, or a patient has two rows.
    """
    if patient:
        table.require_unique(patient)
    names = tuple(table.text(patient).tolist()) if patient else tuple(f"row {line}" for line in table.lines)
    first, second = ({_without(column, plan): column for column in table.columns} for plan in plans)
    paired = [name for name in first if name is not None and name in second]
    if not paired:
        problem = f"no two columns differ only in {plans[0]!r} and {plans[1]!r}"
        remedy = f"name them so (V12 {plans[0]}, V12 {plans[1]}), or name the column of the plans with --plan"
        raise ImpastoError(table.source, problem, f"{remedy}; it has {', '.join(table.columns)}")
    bare = {_name_and_unit(name or _NAMELESS)[0]: name for name in paired}
    unknown = [name for name in measures if name not in bare]
    if unknown:
        raise ImpastoError(table.source, f"no measure {unknown[0]!r} is paired", f"take one of {', '.join(bare)}")
    return tuple(
        MeasuredPairs(
            label, _name_and_unit(name or _NAMELESS)[1], names,
            table.known_numbers(first[name]), table.known_numbers(second[name]),
        )
        for label, name in bare.items()
        if not measures or label in measures
    )  # fmt: skip


def pairs_from_rows(
    table: PatientTable, plan: str, plans: tuple[str, str], patient: str, measures: Sequence[str]
) -> tuple[MeasuredPairs, ...]:
    """Pair the rows of each patient, one a plan.

    Raises
    ------
    ImpastoError
        When a plan has no row, or a patient has two rows of one plan.
    """
    if not patient:
        raise ImpastoError(table.source, "rows of one patient cannot be told", "name the column: --patient COLUMN")
    texts, people = table.text(plan), table.text(patient)
    rows = []
    for name in plans:
        of_plan = table.of((texts == name) & (people != ""))
        if not of_plan.patients:
            problem = f"nobody has {plan} = {name}"
            raise ImpastoError(table.source, problem, f"take two of {', '.join(table.groups(plan))}")
        of_plan.require_unique(patient)
        rows.append(of_plan)
    both = list(dict.fromkeys([*rows[0].text(patient).tolist(), *rows[1].text(patient).tolist()]))
    wanted = measures or [
        name for name in table.columns if name not in (plan, patient) and table.is_mostly_numeric(name)
    ]
    found = []
    for name in wanted:
        values = [dict(zip(one.text(patient).tolist(), one.known_numbers(name), strict=True)) for one in rows]
        first, second = (np.array([one.get(person, np.nan) for person in both]) for one in values)
        found.append(MeasuredPairs(*_name_and_unit(name), tuple(both), first, second))
    return tuple(found)


def _without(column: str, plan: str) -> str | None:
    """Name of a column without the plan at its end or beginning; None where it has none."""
    if column == plan:
        return ""
    lower, wanted = column.casefold(), plan.casefold()
    if lower.endswith(wanted) and column[-len(plan) - 1] in _JOINTS:
        return column[: -len(plan)].rstrip(_JOINTS)
    if lower.startswith(wanted) and column[len(plan)] in _JOINTS:
        return column[len(plan) :].lstrip(_JOINTS)
    return None


def _name_and_unit(column: str) -> tuple[str, str]:
    """Take the unit in brackets out of a column's name: ``V12 [ml]``."""
    unit = _UNIT.search(column)
    if unit is None:
        return column, ""
    return (column[: unit.start()] + column[unit.end() :]).strip(_JOINTS) or column, unit[1]
