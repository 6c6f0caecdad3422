"""From a table of patients to table 1 and the table of adverse events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from impasto import __version__
from impasto.core import ImpastoError
from impasto.core.arrays import BoolArray, FloatArray
from impasto.outcome.description import (
    CategoryTest,
    HalfRule,
    NamedTest,
    describe_categories,
    describe_values,
    fisher_exact_test,
    grade_table,
)
from impasto.report import AdverseEventFindings, DescriptionFindings, DescriptionRow, Heading, Setting, Step
from impasto.workflow.outcome.patient_table import PatientTable, doubtful_identifiers, require_unpaired

__all__ = ["DescriptionRequest", "describe_patients"]

_ALL = "all"
_MOST_CATEGORIES = 12
"""Text with more different values than this is taken for names or remarks, unless it is asked for."""

_MOST_DECIMALS = 3


@dataclass(frozen=True)
class DescriptionRequest:
    """Columns and settings.

    Parameters
    ----------
    by : str
        Column of the groups; one group when empty.
    variables : tuple of str
        Columns of table 1; when empty all that are not used otherwise.
    categories : tuple of str
        Columns of numbers that are codes.
    grades : tuple of str
        Columns of worst CTCAE grades, 0 to 5.
    test : {"chi-square", "chi-square corrected", "fisher", "none"}
        Of categories.
    decimals : int
        Of percentages.
    half : {"half-up", "half-even"}
    severe_grade : int
    confidence : float
        Of the limits of shares.
    patient : str
        Column of identifiers that may not occur twice.
    unpaired : bool
        Test groups as if they were of different patients where they are not: to reproduce what others printed.
    """

    by: str = ""
    variables: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    test: CategoryTest = "chi-square"
    decimals: int = 1
    half: HalfRule = "half-up"
    severe_grade: int = 3
    confidence: float = 0.95
    patient: str = ""
    unpaired: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.severe_grade <= 5:
            raise ImpastoError("severe grade", f"it is {self.severe_grade}", "give one of 1 to 5")
        if not 0 <= self.decimals <= 4:
            raise ImpastoError("decimals of percentages", f"{self.decimals}", "give 0 to 4")
        for name in (self.by, self.patient):
            if name and name in (*self.variables, *self.categories, *self.grades):
                raise ImpastoError(name, "names the groups or patients and is a variable too", "leave it out of one")


def describe_patients(table: PatientTable, request: DescriptionRequest) -> DescriptionFindings:
    """Describe patients by group: characteristics with named tests, adverse events with exact limits.

    Parameters
    ----------
    table : PatientTable
    request : DescriptionRequest

    Raises
    ------
    ImpastoError
        When a column is missing, a grade is none, or a patient has two rows.
    """
    notes = list(table.notes)
    if request.patient:
        table.require_unique(request.patient)
    else:
        notes += doubtful_identifiers(table, [request.by, *request.variables])
    table = _with_group(table, request, notes)
    if request.by and not request.unpaired:
        require_unpaired(table, request.by)
    groups = table.text(request.by) if request.by else np.full(table.patients, _ALL)
    measured, categories = _kinds(table, request, notes)
    kept = [name for name in table.columns if name in measured or name in categories]
    if request.variables:
        kept = list(dict.fromkeys([*request.variables, *request.categories]))
    rows = tuple(_row(table, name, groups, name in measured, request, notes) for name in kept)
    names = _names(table, request)
    if _ALL in names and len(names) > 1:
        raise ImpastoError(table.source, f"a group of {request.by} is called {_ALL!r}", "give it another name")
    if len(names) < 2 and request.by:
        notes.append(f"Everybody has {request.by} = {names[0]}: nothing is compared.")
    title = "Patients" if not request.by else f"Patients by {request.by}"
    return DescriptionFindings(
        heading=Heading(title, table.source, "description", date.today().isoformat(), False),
        groups=tuple(names),
        sizes=tuple(int(np.sum(groups == name)) for name in names),
        rows=rows,
        events=_adverse_events(table, groups, request, notes),
        severe_grade=request.severe_grade,
        decimals=request.decimals,
        half=request.half,
        notes=tuple(notes),
        settings=_settings(request),
        provenance=(Step("description", (table.source,), f"{table.patients} patients", __version__),),
    )


def _with_group(table: PatientTable, request: DescriptionRequest, notes: list[str]) -> PatientTable:
    if not request.by:
        return table
    table.groups(request.by)
    known = table.text(request.by) != ""
    if not known.all():
        notes.append(f"{int((~known).sum())} of {table.patients} patients have no {request.by} and are left out.")
    return table.of(known)


def _kinds(table: PatientTable, request: DescriptionRequest, notes: list[str]) -> tuple[set[str], set[str]]:
    """Sort columns into measured ones and categories, and say how."""
    used = {request.by, request.patient, *request.grades}
    asked = [*request.variables, *request.categories]
    for name in asked:
        table.text(name)
    names = asked if request.variables else [name for name in table.columns if name not in used]
    measured, categories, left, coded = set(), set(), [], []
    for name in names:
        values = {value for value in table.text(name).tolist() if value}
        if name in request.categories:
            categories.add(name)
        elif len(values) > 2 and table.is_mostly_numeric(name):
            measured.add(name)
        elif name in asked or (values and len(values) <= _MOST_CATEGORIES and not _is_unique(table, name)):
            categories.add(name)
            coded += [name] if table.is_numeric(name) else []
        else:
            left.append(name)
    if coded:
        notes.append(f"Two numbers at most, so taken for codes: {', '.join(coded)}.")
    if left:
        notes.append(f"Left out as names, remarks or empty: {', '.join(left)}; --variable takes them in.")
    return measured, categories


def _is_unique(table: PatientTable, name: str) -> bool:
    """Whether a column tells patients apart: so many texts that none of them groups anybody."""
    known = [value for value in table.text(name).tolist() if value]
    return len(known) > 3 and len(set(known)) == len(known)


def _row(
    table: PatientTable, name: str, groups: NDArray[np.str_], is_measured: bool, request: DescriptionRequest,
    notes: list[str],
) -> DescriptionRow:  # fmt: skip
    together = np.full(table.patients, _ALL).tolist()
    if is_measured:
        values = table.known_numbers(name)
        decimals = min(_MOST_DECIMALS, max(len(text.partition(".")[2]) for text in table.text(name).tolist()))
        return DescriptionRow(
            describe_values(name, values, groups.tolist()), describe_values(name, values, together), decimals
        )
    texts = table.text(name).tolist()
    overall = describe_categories(name, texts, together, "none")
    try:
        return DescriptionRow(describe_categories(name, texts, groups.tolist(), request.test), overall)
    except ImpastoError as error:
        notes.append(f"No test of {name}: {error.problem}; {error.remedy}.")
        return DescriptionRow(describe_categories(name, texts, groups.tolist(), "none"), overall)


def _adverse_events(
    table: PatientTable, groups: NDArray[np.str_], request: DescriptionRequest, notes: list[str]
) -> tuple[AdverseEventFindings, ...]:
    if not request.grades:
        return ()
    grades = {name: _grades(table, name) for name in request.grades}
    if len(grades) > 1:
        several = np.column_stack(list(grades.values()))
        assessed = np.isfinite(several)
        partly = int((assessed.any(axis=1) & ~assessed.all(axis=1)).sum())
        worst = np.where(assessed, several, -1.0).max(axis=1)
        grades["worst of these"] = np.where(worst < 0.0, np.nan, worst)
        if partly:
            notes.append(f"Patients with grades of some adverse events only: {partly}; their worst is that of those.")
    arms = {name: groups == name for name in _names(table, request)}
    return tuple(_adverse_event(term, values, arms, request, notes) for term, values in grades.items())


def _adverse_event(
    term: str, grades: FloatArray, arms: Mapping[str, BoolArray], request: DescriptionRequest, notes: list[str]
) -> AdverseEventFindings:
    names, chosen = list(arms), dict(arms)
    if len(names) > 1:
        chosen[_ALL] = np.ones(len(grades), dtype=bool)
    by_group = {}
    for name, rows in chosen.items():
        given = [None if np.isnan(grade) else int(grade) for grade in grades[rows]]
        if all(grade is None for grade in given):
            raise ImpastoError(term, f"nobody of {name} was assessed", "leave the column or the group out")
        by_group[name] = grade_table({term: given}, request.confidence)[0]
    severe = [by_group[name].at_least[request.severe_grade] for name in names]
    table = np.array([[one.count for one in severe], [one.of - one.count for one in severe]])
    test: NamedTest | None = None
    if len(names) > 1 and (table.sum(axis=1) > 0).all():
        try:
            test = fisher_exact_test(table)
        except ImpastoError as error:
            notes.append(f"No test of {term}: {error.problem}.")
    return AdverseEventFindings(term, by_group, test)


def _grades(table: PatientTable, name: str) -> FloatArray:
    values = table.known_numbers(name)
    wrong = np.isfinite(values) & ~np.isin(values, np.arange(6.0))
    if wrong.any():
        row = int(np.argmax(wrong))
        problem = f"row {table.lines[row]}, column {name!r}: {values[row]:g} is no CTCAE grade"
        raise ImpastoError(table.source, problem, "write 0 to 5, and leave the cell empty where nobody assessed it")
    return values


def _names(table: PatientTable, request: DescriptionRequest) -> list[str]:
    return table.groups(request.by) if request.by else [_ALL]


def _settings(request: DescriptionRequest) -> tuple[Setting, ...]:
    rows = [
        Setting("test of categories", request.test, "", "chosen beforehand, not by the counts"),
        Setting("test of measured values", "Mann-Whitney, Kruskal-Wallis of more than two groups", "", ""),
        Setting("percentages", f"{request.decimals} decimals, {request.half}", "", "from the exact fraction"),
    ]
    if request.grades:
        rows.append(Setting("severe", f"grade {request.severe_grade} or worse", "", "tested by Fisher's exact test"))
        rows.append(Setting("confidence", f"{request.confidence:g}", "", "of exact limits (Clopper-Pearson)"))
    return tuple(rows)
