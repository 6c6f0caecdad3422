"""From digitised curves and tables of numbers at risk to patient data, with the error of each arm."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from impasto.core import ImpastoError
from impasto.files import replacing_file
from impasto.outcome.published_curves import AtRisk, DigitisedCurve, Reconstruction, reconstruct
from impasto.workflow.outcome.patient_table import PatientTable

__all__ = ["reconstruct_arms", "write_reconstructed"]


def reconstruct_arms(
    curves: PatientTable, at_risk: PatientTable, time_unit: str = "months"
) -> dict[str, Reconstruction]:
    """Reconstruct every arm of a figure.

    Parameters
    ----------
    curves : PatientTable
        Columns arm, time, survival (0 to 1): the digitised points.
    at_risk : PatientTable
        Columns arm, time, at_risk and, where the paper prints them, events (the arm's total, in any of its rows).
    time_unit : str

    Raises
    ------
    ImpastoError
        When an arm is in one table only.
    """
    arms = list(dict.fromkeys(curves.text("arm").tolist()))
    if set(arms) != set(at_risk.text("arm").tolist()):
        problem = f"its arms are not those of {at_risk.source}"
        raise ImpastoError(curves.source, problem, "give each arm the same name in both tables")
    found = {}
    for arm in arms:
        points = curves.of(curves.text("arm") == arm)
        entries = at_risk.of(at_risk.text("arm") == arm)
        curve = DigitisedCurve(points.numbers("time"), points.numbers("survival"))
        numbers = entries.numbers("at_risk").astype(np.int64)
        found[arm] = reconstruct(curve, AtRisk(entries.numbers("time"), numbers, _events(entries)), time_unit)
    return found


def write_reconstructed(arms: dict[str, Reconstruction], path: Path) -> None:
    """Write reconstructed patients as CSV: arm, time, event; a failure leaves what was there."""
    with replacing_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["arm", "time", "event"])
        for arm, one in arms.items():
            for time, event in zip(one.follow_up.time.tolist(), one.follow_up.event.tolist(), strict=True):
                writer.writerow([arm, f"{time:.6g}", int(event)])


def _events(entries: PatientTable) -> int | None:
    if "events" not in entries.columns:
        return None
    given = sorted({text for text in entries.text("events").tolist() if text})
    if len(given) > 1:
        problem = f"one arm has {' and '.join(given)} events"
        raise ImpastoError(entries.source, problem, "write the arm's total once")
    return int(entries.of(entries.text("events") != "").numbers("events")[0]) if given else None
