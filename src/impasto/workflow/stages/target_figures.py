"""The numbers that steps making targets leave beside them, in one form that reports and tables read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from impasto.core import Structure
from impasto.workflow.artefacts import Figures

__all__ = [
    "Check",
    "Compared",
    "VolumeInterval",
    "read_checks",
    "read_comparison",
    "read_volumes",
    "target_checks",
    "target_comparison",
    "target_volumes",
]


@dataclass(frozen=True)
class VolumeInterval:
    """Volume of a target, and between which values it lies where the step knows.

    Parameters
    ----------
    name : str
        Of the structure.
    volume_ml : float
    rule : str
        What it is, in a few words: ``"Cho/NAA > 2, + 10 mm"``.
    low_ml, high_ml : float, optional
        Ends of the interval.
    level : float, optional
        Share of the cases that the interval holds, for example 0.9.
    """

    name: str
    volume_ml: float
    rule: str
    low_ml: float | None = None
    high_ml: float | None = None
    level: float | None = None


@dataclass(frozen=True)
class Check:
    """A condition that a target must meet.

    Parameters
    ----------
    what : str
        ``"Largest diameter of the enhancing lesion"``.
    value : float, optional
        None where it could not be measured.
    unit : str
    limit : str
        ``"<= 50"``: with the sign, in the unit of the value.
    is_met : bool, optional
        None where it could not be judged.
    source : str
        Where the condition comes from; or, where it could not be judged, why.
    """

    what: str
    value: float | None
    unit: str
    limit: str
    is_met: bool | None
    source: str


@dataclass(frozen=True)
class Compared:
    """One way of several to the same target.

    Parameters
    ----------
    method : str
    values : dict of str to float or str, optional
        By column, with the unit in brackets: ``{"Volume [ml]": 12.3, "Dice against GTV": 0.81}``; the same columns in
        every row. None where there is no value.
    source : str
        Author year.
    is_chosen : bool
        Whether the target was made this way.
    """

    method: str
    values: dict[str, float | str | None]
    source: str
    is_chosen: bool = False


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
