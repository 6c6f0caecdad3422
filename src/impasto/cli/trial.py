"""``impasto trial``: a whole trial on digital patients."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table, progress_bars

__all__ = ["trial"]


def trial(
    name: Annotated[str, typer.Argument(metavar="NAME", help="spectro-glio, or the path of a .toml of assumptions.")],
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="New folder, or one to go on in.")],
    patients: Annotated[
        int | None,
        typer.Option(min=4, help="Patients of the trial as run, a count; by default those of the assumptions."),
    ] = None,
    replicates: Annotated[int, typer.Option(min=2, help="Simulated trials in each world, a count.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other trials.")] = 1,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes, a count; by default one for each core.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a dose-painting trial many times: hazard ratios, power, and what would have made it work. Simulated.

    An interrupted call goes on where it stopped; more replicates add to those that are there. OUT/assumptions.toml
    lists every assumption with its source: change a copy and give its path.

    Example: impasto trial spectro-glio OUT --patients 180 --replicates 500
    """
    from impasto.workflow import TrialRequest, run_trial, summarise_trial, trial_document, write_trial_report

    request = TrialRequest(name, patients, replicates, seed, workers or os.cpu_count() or 1)
    with progress_bars() as progress:
        run = run_trial(request, folder, progress)
        found = summarise_trial(run)
        written = write_trial_report(found, folder, progress)
    document = trial_document(found)
    if as_json:
        print_json(document)
        return
    rows = []
    for world in document["worlds"]:
        if world["kind"] == "grid":
            continue
        for design, one in world["designs"].items():
            low, high = one["hazard_ratio_95"]
            least, most = one["power_limits"]
            rows.append([world["name"], design, f"{one['hazard_ratio']:.2f} ({low:.2f} to {high:.2f})",
                         f"{100 * one['power']:.1f} % ({100 * least:.1f} to {100 * most:.1f})",
                         f"{100 * one['at_most_published']:.0f} %"])  # fmt: skip
    ratio = f"{found.published.hazard_ratio:.2f}"
    header = ["world", "design", "hazard ratio (95 % of trials)", "power (exact 95 % limits)",
              f"trials with HR <= {ratio}"]  # fmt: skip
    print_table(f"{found.heading.title}: {replicates} simulated trials", header, rows)
    for row in found.calibration:
        if row.published == row.published:
            unit = f" {row.unit}" if row.unit else ""
            print_line(f"{row.name}: published {row.published:g}, simulated {row.simulated:.2f}{unit} ({row.role})")
    for world_name, why in found.impossible.items():
        print_line(f"left out: {world_name}: {why}")
    print_line(f"{run.made} replicates simulated, {run.kept} kept; wrote {written[0]}. [bold]Research use only.[/]")
