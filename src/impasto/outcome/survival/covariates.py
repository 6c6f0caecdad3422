"""Covariates as columns of numbers: categories become indicators against a named reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError

__all__ = ["Covariates", "covariates"]


@dataclass(frozen=True, eq=False)
class Covariates:
    """Columns of a regression.

    Parameters
    ----------
    names : tuple of str
        ``age``, or ``arm: 72 Gy vs 60 Gy`` for the indicator of a category.
    values : ndarray, shape (patient, column)
    terms : ndarray of int, shape (column,)
        Which variable a column belongs to: tests of a variable take its columns together.
    variables : tuple of str
    """

    names: tuple[str, ...]
    values: FloatArray
    terms: IntArray
    variables: tuple[str, ...]

    def of(self, chosen: BoolArray) -> Covariates:
        """Return the covariates of the chosen patients."""
        return Covariates(self.names, self.values[chosen], self.terms, self.variables)

    def with_columns(self, names: Sequence[str], values: FloatArray, variable: str) -> Covariates:
        """Append the columns of one more variable."""
        terms = np.append(self.terms, np.full(len(names), len(self.variables)))
        joined = np.column_stack([self.values, values])
        return Covariates((*self.names, *names), joined, terms, (*self.variables, variable))


def covariates(
    columns: Mapping[str, Sequence[Any] | NDArray[Any]], reference: Mapping[str, str] | None = None
) -> Covariates:
    """Make columns of variables: numbers stay, anything else becomes indicators.

    Parameters
    ----------
    columns : mapping of str to array_like, shape (patient,)
    reference : mapping of str to str, optional
        Category to compare with, by variable; the first in sorted order where none is given. Naming one makes a
        variable of numbers a variable of categories.

    Raises
    ------
    ImpastoError
        When lengths differ, a value is missing, a variable does not vary, or a reference does not occur.

    Examples
    --------
    >>> covariates({"age": [50, 60, 55], "arm": ["60 Gy", "72 Gy", "60 Gy"]}).names
    ('age', 'arm: 72 Gy vs 60 Gy')
    """
    if not columns:
        raise ImpastoError("covariates", "there are none", "name one or more")
    wanted = dict(reference or {})
    unknown = sorted(set(wanted) - set(columns))
    if unknown:
        raise ImpastoError("covariates", f"a reference is given for {unknown[0]!r}, which is none", "name a covariate")
    names: list[str] = []
    parts, terms = [], []
    for term, (variable, given) in enumerate(columns.items()):
        column_names, values = _columns(variable, np.asarray(given), wanted.get(variable))
        names += column_names
        parts.append(values)
        terms += [term] * len(column_names)
    if len({len(part) for part in parts}) > 1:
        raise ImpastoError("covariates", "they have different numbers of patients", "give one value for each patient")
    return Covariates(tuple(names), np.column_stack(parts), np.array(terms, dtype=np.int64), tuple(columns))


def _columns(variable: str, given: NDArray[Any], reference: str | None) -> tuple[list[str], FloatArray]:
    is_number = np.issubdtype(given.dtype, np.number) or given.dtype == bool
    if is_number and not np.isfinite(given.astype(np.float64)).all():
        raise ImpastoError(variable, "a value is missing", "leave the patient out or fill the value, and say so")
    levels = sorted({str(value) for value in given})
    if len(levels) < 2:
        raise ImpastoError(variable, f"every patient has the value {levels[0]}", "leave the covariate out")
    if is_number and reference is None:
        return [variable], given.astype(np.float64)[:, None]
    if any(level in ("", "nan", "None") for level in levels):
        raise ImpastoError(variable, "a value is missing", "leave the patient out or fill the value, and say so")
    base = levels[0] if reference is None else reference
    if base not in levels:
        raise ImpastoError(variable, f"nobody has the reference value {base!r}", f"take one of {', '.join(levels)}")
    others = [level for level in levels if level != base]
    texts = np.array([str(value) for value in given])
    indicators = np.stack([texts == level for level in others], axis=1).astype(np.float64)
    return [f"{variable}: {level} vs {base}" for level in others], indicators
