"""``impasto curve``: a look at one voxel of a perfusion or diffusion series."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder, parsed_point
from impasto.cli.console import print_json, print_line, print_table, progress_bars

if TYPE_CHECKING:
    from impasto.report.curve_findings import Parameter, VoxelFindings

__all__ = ["curve"]


def curve(
    case_folder: CaseFolder,
    at: Annotated[str, typer.Option(metavar="X,Y,Z", help="Point in mm (LPS).")],
    series: Annotated[str, typer.Option(metavar="NAME", help="Which series, when the case has several.")] = "",
    output: Annotated[Path, typer.Option(help="Picture: .png, .svg or .pdf.")] = Path("curve.png"),
    as_json: AsJson = False,
) -> None:
    """Draw one voxel of a DCE, DSC or diffusion series: data, arterial input, fit, residual, and its numbers.

    Settings are those of the case's last maps.
    Example: impasto curve CASE --at 34,-16,22 --series dsc
    """
    from impasto.files import open_case
    from impasto.workflow import draw_curve

    point = parsed_point(at)
    with progress_bars() as progress:
        found = draw_curve(open_case(case_folder), point, output, series or None, progress)
    voxel = found.voxel
    if as_json:
        print_json(_record(voxel))
        return
    x, y, z = voxel.position_mm
    rows = [[one.name, *_cells(one)] for one in voxel.parameters]
    title = f"{voxel.label}: voxel at {x:.1f}, {y:.1f}, {z:.1f} mm"
    print_table(title, ["quantity", "value", "standard error", "unit"], rows)
    for note in voxel.notes:
        print_line(note)
    print_line(f"against it: {'; '.join(voxel.reasons) or 'nothing'}")
    print_line(f"wrote {output}. [bold]Research use only.[/]")


def _record(voxel: VoxelFindings) -> dict[str, object]:
    return {
        "series": voxel.label,
        "position_mm": [float(part) for part in voxel.position_mm],
        "parameters": [
            {"quantity": one.name, "value": one.value, "standard_error": one.standard_error,
             "unit": one.unit}
            for one in voxel.parameters
        ],
        "notes": list(voxel.notes),
        "against_it": list(voxel.reasons),
    }  # fmt: skip


def _cells(one: Parameter) -> tuple[str, str, str]:
    error = one.standard_error
    known = math.isfinite(one.value)
    return (
        f"{one.value:.4g}" if known else "none",
        f"{error:.2g}" if known and error is not None and math.isfinite(error) else "",
        "" if one.unit == "1" else one.unit,
    )
