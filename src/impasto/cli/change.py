"""``impasto change``: a biomarker before and after treatment."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_table

__all__ = ["change"]


def change(
    source: Annotated[Path, typer.Argument(metavar="CASE|TABLE.csv", help="A case, or a row for each patient.")],
    before: Annotated[str, typer.Option(metavar="NAME", help="Image of the case, or column: K-trans, IAUC, ...")],
    after: Annotated[str, typer.Option(metavar="NAME", help="The same at the later date.")],
    zones: Annotated[str, typer.Option(metavar="NAME", help="Case: entry of structures that holds both.")] = "",
    escalated: Annotated[str, typer.Option(metavar="NAME", help="Case: structure of the escalated voxels.")] = "",
    within: Annotated[str, typer.Option(metavar="NAME", help="Case: lesion whose other voxels are compared.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say by how many percent a biomarker changed, and whether its dependence on the baseline means anything.

    Of a table: median change over patients, Wilcoxon's signed-rank test, and a warning where change is correlated with
    the baseline that is part of it. Of a case: medians over escalated voxels and over the rest of a lesion.

    Example: impasto change patients.csv --before ktrans_before --after ktrans_after
    """
    if source.is_dir():
        if not (zones and escalated and within):
            raise typer.BadParameter("a case needs --zones, --escalated and --within", param_hint="CASE")
        _tell_zones(source, (before, after), (zones, escalated, within), as_json)
    else:
        _tell_patients(source, before, after, as_json)


def _tell_patients(path: Path, before: str, after: str, as_json: bool) -> None:
    from impasto.workflow import change_in_patients

    found = change_in_patients(path, before, after)
    if as_json:
        coupling = None if found.coupling is None else asdict(found.coupling)
        tests = {"signed_rank": asdict(found.tests.signed_rank), "shift": asdict(found.tests.shift)}
        print_json({"percent": asdict(found.percent), **tests, "coupling": coupling, "notes": found.notes})
        return
    percent = found.percent
    left = f", {percent.left_out} without a relative change" if percent.left_out else ""
    print_line(
        f"median change {percent.median:+.1f} % (quartiles {percent.low:+.1f} to {percent.high:+.1f} %), "
        f"{percent.pairs} patients{left}"
    )
    print_line(found.tests.signed_rank.sentence())
    shift = found.tests.shift
    print_line(
        f"Hodges-Lehmann difference {shift.estimate:.4g} ({shift.low:.4g} to {shift.high:.4g}, "
        f"{shift.confidence:.0%} CI)"
    )
    for note in found.notes:
        print_line(f"[yellow]note[/] {note}")


def _tell_zones(folder: Path, maps: tuple[str, str], zones: tuple[str, str, str], as_json: bool) -> None:
    from impasto.files import open_case
    from impasto.workflow import change_in_zones

    changes, notes = change_in_zones(open_case(folder), *maps, *zones)
    if as_json:
        print_json({"zones": [asdict(one) for one in changes], "notes": notes})
        return
    rows = [
        [one.zone, f"{one.before:.4g}", f"{one.after:.4g}", f"{one.of_medians_percent:+.1f} %",
         f"{one.voxels.median:+.1f} %", f"{one.voxels.low:+.1f} to {one.voxels.high:+.1f} %", one.voxels.pairs]
        for one in changes
    ]  # fmt: skip
    columns = ["zone", "median before", "after", "change of median", "median change", "quartiles", "voxels"]
    print_table(f"{maps[0]} to {maps[1]}", columns, rows)
    for note in notes:
        print_line(f"[yellow]note[/] {note}")
