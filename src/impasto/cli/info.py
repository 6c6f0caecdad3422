"""``impasto info``: what a case holds."""

from __future__ import annotations

from impasto.cli.arguments import AsJson, CaseFolder
from impasto.cli.console import print_json, print_line, print_table

__all__ = ["info"]


def info(case_folder: CaseFolder, as_json: AsJson = False) -> None:
    """Show what a case holds: geometry, quantities, units, structures with volumes, and results."""
    from impasto.files import open_case
    from impasto.report.units import printed_unit
    from impasto.workflow import summarise_case

    summary = summarise_case(open_case(case_folder))
    if as_json:
        print_json(summary.to_record())
        return
    simulated = "  [yellow](digital patient: simulated)[/]" if summary.simulated else ""
    print_line(f"[bold]{summary.subject}[/]{simulated}")
    header = ["image", "modality", "quantity", "unit", "voxels", "spacing [mm]", "range"]
    if summary.images:
        unit = header.index("unit")
        rows = [[*row[:unit], printed_unit(str(row[unit])), *row[unit + 1 :]] for row in summary.images]
        print_table("Images", header, rows)
    for name, rows in summary.structures.items():
        print_table(f"Structures: {name}", ["structure", "role", "volume [ml]"], rows)
    if summary.doses:
        print_table("Doses", ["dose", "voxels", "spacing [mm]", "fractions", "maximum [Gy]"], summary.doses)
    if summary.spectra:
        header = ["spectra", "voxels", "spacing [mm]", "points", "width [Hz]", "MHz", "TE [ms]", "water"]
        print_table("Spectra", header, summary.spectra)
    if summary.results:
        print_table("Results", ["protocol", "step", "stage", "finished", "outputs"], summary.results)
