"""``impasto patterns``: where a tumour came back, against dose and distance."""

from __future__ import annotations

from dataclasses import asdict
from math import isinf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder
from impasto.cli.console import print_json, print_line, print_table, progress_bars

if TYPE_CHECKING:
    from impasto.outcome.patterns import DistanceBand

__all__ = ["patterns"]


def patterns(  # noqa: PLR0913  (one option for each thing that a pattern rests on)
    case_folder: CaseFolder,
    recurrence: Annotated[
        list[str], typer.Option(metavar="NAME", help="Structure of a recurrence, or ENTRY/NAME; may be repeated.")
    ],
    dose: Annotated[str, typer.Option(metavar="NAME", help="Dose of the case; by default the first plan.")] = "",
    protocol: Annotated[
        str, typer.Option(help="Protocol whose plan was given; by default the only one that was run.")
    ] = "",
    prescribed: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Prescribed dose of the course in Gy; by default the least that the protocol wants in a target.",
        ),
    ] = None,
    isodose: Annotated[
        float,
        typer.Option(min=1.0, max=100.0, help="Isodose that recurrences are judged by, in % of the prescribed dose."),
    ] = 95.0,
    lesion: Annotated[str, typer.Option(metavar="NAME", help="Distance counts from it; empty for none.")] = "T2L",
    edge: Annotated[
        list[float] | None,
        typer.Option(help="Edge of a band of distance in mm; may be repeated; by default 0, 10 and 20."),
    ] = None,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Page, CSV and figures go here.")] = Path("patterns"),
    as_json: AsJson = False,
) -> None:
    """Say whether recurrences are central, in-field, marginal or distant, and how far from the T2/FLAIR lesion.

    Central: at least 95 % of the volume inside the isodose; in-field above 80 %; marginal from 20 %; else distant.
    With --json nothing is written.

    Example: impasto patterns CASE --recurrence relapse --prescribed 60
    """
    from impasto.files import open_case
    from impasto.report.figures.failure_shares import band_name
    from impasto.workflow import PatternRequest, find_failure_patterns, pattern_findings, write_pattern_report

    edges_mm = tuple(edge) if edge else (0.0, 10.0, 20.0)
    request = PatternRequest(tuple(recurrence), dose, protocol, prescribed, isodose / 100.0, lesion, edges_mm)
    case = open_case(case_folder)
    found = find_failure_patterns(case, request)
    if as_json:
        bands = {name: [_finite(band) for band in row] for name, row in found.bands.items()}
        print_json(
            {"dose": found.dose, "prescribed_gy": found.prescribed_gy, "isodose_gy": found.isodose_gy,
             "recurrences": [asdict(one) for one in found.recurrences], "bands": bands, "relapse": found.relapse,
             "notes": found.notes}
        )  # fmt: skip
        return
    names = [band_name(band) for row in list(found.bands.values())[:1] for band in row]
    report = pattern_findings(case, request, found)
    with progress_bars() as progress:
        written = write_pattern_report(report, output, progress)
    rows = [
        [one.name, one.volume_ml, f"{100.0 * one.covered_share:.1f} %", one.pattern.value,
         *(f"{100.0 * band.share:.0f} %" for band in found.bands.get(one.name, ()))]
        for one in found.recurrences
    ]  # fmt: skip
    columns = ["recurrence", "volume in ml", f"inside {found.isodose_gy:.1f} Gy", "pattern", *names]
    from_lesion = f", distance from {lesion}" if found.bands else ""
    print_table(f"{found.dose}, {isodose:g} % of {found.prescribed_gy:g} Gy{from_lesion}", columns, rows)
    print_line(f"relapse: {found.relapse.value}")
    for note in report.notes:
        print_line(f"[yellow]note[/] {note}")
    print_line(f"wrote {written[0]}, {written[1]} and {len(written) - 2} figures. [bold]Research use only.[/]")


def _finite(band: DistanceBand) -> dict[str, float | None]:
    return {key: None if isinf(value) else value for key, value in asdict(band).items()}
