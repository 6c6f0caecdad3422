"""``impasto response``: a patient's response to treatment, scan by scan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table, progress_bars

__all__ = ["response"]


def response(
    scans: Annotated[
        Path,
        typer.Argument(
            metavar="SCANS.toml|csv", help=r"TOML with a table \[\[scan]], or CSV with a row, for each date."
        ),
    ],
    criteria: Annotated[
        Literal["rano-2010", "rano-2"] | None, typer.Option(help="In place of what the file says.")
    ] = None,
    radiotherapy_end: Annotated[str, typer.Option(metavar="DATE", help="Last day of radiotherapy, YYYY-MM-DD.")] = "",
    baseline: Annotated[str, typer.Option(metavar="DATE", help="Scan that others are compared with.")] = "",
    label: Annotated[
        int | None, typer.Option(help="Value of enhancing tumour in label maps; by default BraTS'.")
    ] = None,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Page and figure go here.")] = Path("response"),
    as_json: AsJson = False,
) -> None:
    """Measure enhancing tumour at every date and judge the response: RANO by products of diameters and by volume.

    A scan has a date and labels = "FILE.nii.gz", or case = "FOLDER", or product_mm2 and volume_ml; besides, where
    known, steroid_mg, clinical, t2_flair, non_measurable (better, stable, worse), new_lesion, outside_field, pathology.
    With --json nothing is written.

    Example: impasto response scans.toml --criteria rano-2 --radiotherapy-end 2026-03-01
    """
    from impasto.workflow import analyse_response, read_response_table, write_response_report

    named = {"criteria": criteria, "radiotherapy_end": radiotherapy_end, "baseline": baseline, "label": label}
    options = {key: value for key, value in named.items() if value not in (None, "")}
    with progress_bars() as progress:
        found = analyse_response(read_response_table(scans, options), scans, progress)
        written = () if as_json else write_response_report(found, output, progress)
    if as_json:
        print_json(
            {
                "courses": [
                    {
                        "criteria": course.criteria.name,
                        "measure": course.criteria.measure,
                        "baseline": str(course.baseline),
                        "best": course.best,
                        "progression": None if course.progression is None else str(course.progression),
                        "scans": [
                            {"date": str(one.timepoint.date), "size": one.size, "from_baseline": one.from_baseline,
                             "from_smallest": one.from_nadir, "response": one.response, "reasons": one.reasons}
                            for one in course.assessments
                        ],
                    }
                    for course in found.courses
                ],
                "early_progression": None if found.early is None else found.early.finding,
                "notes": found.notes,
            }
        )  # fmt: skip
        return
    for course in found.courses:
        unit = {"product": "mm2", "volume": "ml"}[course.criteria.measure]
        rows = [
            [str(one.timepoint.date), one.size, _percent(one.from_baseline), _percent(one.from_nadir),
             one.response.value, "; ".join(one.reasons)]
            for one in course.assessments
        ]  # fmt: skip
        columns = ["date", unit, "from baseline", "from smallest", "response", "why"]
        print_table(f"{course.criteria.name} by {course.criteria.measure}", columns, rows)
        best = "none" if course.best is None else course.best.value
        progression = "none seen" if course.progression is None else f"{course.progression}"
        print_line(f"best response: {best}; progression: {progression}")
    if found.early is not None:
        print_line(f"by the rule of SPECTRO GLIO: {found.early.sentence()}")
    for note in found.notes:
        print_line(f"[yellow]note[/] {note}")
    print_line(f"wrote {written[0]} and its figure. [bold]Research use only.[/]")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100.0 * share:+.0f} %"
