"""What is said of a target beside its shape: volume and interval, conditions it must meet, other ways to it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Check", "Compared", "VolumeInterval"]


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
