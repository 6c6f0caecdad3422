"""``impasto cohort``: a whole cohort of digital patients planned and compared by one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from impasto.cli.arguments import Settings, parsed_settings
from impasto.cli.console import print_line, print_table, progress_bars

__all__ = ["cohort"]


def cohort(
    protocol: Annotated[
        Literal["gamma-knife-painting"], typer.Argument(metavar="PROTOCOL", help="gamma-knife-painting.")
    ],
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the patients' cases.")],
    count: Annotated[int, typer.Option("--n", help="Number of patients.", min=1)] = 23,
    seed: Annotated[int, typer.Option(help="Seed of the first patient; the next ones follow.", min=0)] = 0,
    settings: Settings = None,
) -> None:
    """Plan a cohort of digital patients and compare the plans beside the paper's. Simulated, no persons.

    Every patient becomes a case in OUT; an interrupted call goes on where it stopped. About a minute a patient.

    Example: impasto cohort gamma-knife-painting OUT --n 23
    """
    from impasto.workflow import radiosurgery_cohort as cohorts

    published = cohorts.published_cohort()
    with progress_bars() as progress:
        found = cohorts.run_radiosurgery_cohort(folder, count, seed, parsed_settings(settings), progress)
    print_table("Patients (simulated): uniform / painted", cohorts.PATIENT_HEADER, cohorts.patient_rows(found))
    compared = cohorts.compared_measures(found, published)
    title = f"{len(found.patients)} patients (simulated): painted against uniform"
    print_table(title, cohorts.COMPARISON_HEADER, cohorts.comparison_rows(compared))
    print_line("mean ± SD; Hodges-Lehmann shift, painted minus uniform; p of Wilcoxon's test; r rank-biserial")
    print_table("Means beside the paper's", cohorts.PUBLISHED_HEADER, cohorts.published_rows(compared))
    print_line(f"paper: {published.source}, tests recomputed from its printed patients")
    for sentence in (*published.notes, *cohorts.unreachable_sentences(found, published)):
        print_line(f"[yellow]note[/] {sentence}")
    table = folder / "cohort.csv"
    cohorts.write_patient_table(found, table)
    print_line(f"{found.planned} patients planned now; wrote {table}. [bold]Research use only.[/]")
