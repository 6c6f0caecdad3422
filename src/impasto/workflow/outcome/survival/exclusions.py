"""Who is left out of an analysis, and for which missing value."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.workflow.outcome.patient_table import PatientTable

__all__ = ["left_out_text"]


def left_out_text(table: PatientTable, needed: Sequence[str]) -> str:
    """Say how many rows lack a value in one of the columns, and in which; empty where none does.

    Parameters
    ----------
    table : PatientTable
        Those who could be in the analysis.
    needed : sequence of str
        Columns that it needs a value in.
    """
    names = list(dict.fromkeys(needed))
    kept = int(table.is_complete(names).sum()) if names else table.patients
    if kept == table.patients:
        return ""
    missing = {name: int((table.text(name) == "").sum()) for name in names}
    why = ", ".join(f"{count} without {name}" for name, count in missing.items() if count)
    return f"n = {kept}; {table.patients - kept} of {table.patients} patients left out: {why}"
