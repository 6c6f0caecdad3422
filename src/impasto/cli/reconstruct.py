"""``impasto reconstruct``: patient data from a published survival figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table

if TYPE_CHECKING:
    from impasto.outcome.published_curves import Reconstruction

__all__ = ["reconstruct"]


def reconstruct(
    curves: Annotated[Path, typer.Argument(metavar="CURVES.csv", help="Digitised points: arm, time, survival (0-1).")],
    at_risk: Annotated[
        Path, typer.Argument(metavar="AT_RISK.csv", help="Below the figure: arm, time, at_risk, events.")
    ],
    output: Annotated[Path, typer.Option(metavar="PATIENTS.csv", help="Reconstructed patients go here.")],
    unit: Annotated[str, typer.Option(help="Unit of time.")] = "months",
    as_json: AsJson = False,
) -> None:
    """Reconstruct patients from a digitised Kaplan-Meier figure (Guyot 2012), and show the error of doing so.

    Example: impasto reconstruct curves.csv at_risk.csv --output patients.csv
    """
    from impasto.outcome.published_curves import compare_reconstructed
    from impasto.workflow import read_patient_table, reconstruct_arms, write_reconstructed

    arms = reconstruct_arms(read_patient_table(curves), read_patient_table(at_risk), unit)
    write_reconstructed(arms, output)
    if as_json:
        print_json({name: _record(arm) for name, arm in arms.items()})
        return
    rows = []
    for name, arm in arms.items():
        error = arm.error
        printed = "" if error.events_printed is None else f" (printed {error.events_printed})"
        wrong = int((error.at_risk_printed != error.at_risk_reconstructed).sum())
        rows.append([name, arm.follow_up.patients, f"{error.events_reconstructed}{printed}",
                     f"{error.digitised_median:.2f} / {error.reconstructed_median:.2f}",
                     f"{error.mean_absolute:.4f} / {error.root_mean_square:.4f} / {error.largest:.4f}",
                     f"{wrong} of {len(error.at_risk_time)}", f"{error.largest_rise:.4f}"])  # fmt: skip
    header = ["arm", "n", "events", f"median ({unit}): figure / data", "survival off by: mean / RMS / most",
              "numbers at risk that differ", "largest rise"]  # fmt: skip
    print_table("Reconstruction", header, rows)
    if len(arms) > 1:
        found = compare_reconstructed(arms)
        print_line(found.log_rank.tested.sentence())
        for term in found.hazard_ratios:
            said = f"{term.hazard_ratio:.3f} ({term.lower:.3f} to {term.upper:.3f})"
            print_line(f"hazard ratio, {term.name}: {said}; {term.tested.sentence()}")
    print_line(f"wrote {output}. [bold]Research use only.[/]")


def _record(arm: Reconstruction) -> dict[str, object]:
    error = arm.error
    return {
        "patients": arm.follow_up.patients,
        "events": error.events_reconstructed,
        "events_printed": error.events_printed,
        "median": float(error.reconstructed_median),
        "median_digitised": float(error.digitised_median),
        "survival_error": {
            "mean_absolute": error.mean_absolute,
            "root_mean_square": error.root_mean_square,
            "largest": error.largest,
        },
        "at_risk": {
            "time": error.at_risk_time.tolist(),
            "printed": error.at_risk_printed.tolist(),
            "reconstructed": error.at_risk_reconstructed.tolist(),
        },
        "largest_rise": error.largest_rise,
    }
