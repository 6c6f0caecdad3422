"""``impasto adapt``: re-paint and re-plan by each day's images, and sum what was given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from impasto.cli.arguments import AsJson, CaseFolder, Settings, parsed_settings
from impasto.cli.console import print_json, print_line, print_settings, print_table, progress_bars

__all__ = ["adapt"]


def adapt(  # noqa: PLR0913 - one option for each thing that a course may need said
    case_folder: CaseFolder,
    at: Annotated[str, typer.Option(metavar="N,N", help="Fractions given before each later imaging.")] = "7,17",
    fractions: Annotated[int, typer.Option(help="Of the whole course.", min=1)] = 35,
    tracer: Annotated[str, typer.Option(help="Part of the name of the PET that paints, where days have several.")] = "",
    registration: Annotated[
        Literal["deformable", "rigid", "headers", "supplied"], typer.Option(help="How days come into one frame.")
    ] = "deformable",
    transform: Annotated[
        list[Path] | None,
        typer.Option(help="Supplied: folder with the transform from the day before to a day; once for each."),
    ] = None,
    accept_registration: Annotated[
        list[str] | None, typer.Option(metavar="STEP", help="Go on though this registration failed its limits.")
    ] = None,
    structures: Annotated[
        Literal["deformed", "drawn"], typer.Option(help="What later days are planned on.")
    ] = "deformed",
    oxygen: Annotated[str, typer.Option(metavar="NAME,NAME", help="Oxygen maps of the case, for control.")] = "",
    cells: Annotated[str, typer.Option(metavar="NAME", help="Map of tumour cells of the case, for control.")] = "",
    settings: Settings = None,
    show: Annotated[bool, typer.Option("--show", help="Only show the steps, with every setting.")] = False,
    as_json: AsJson = False,
) -> None:
    """Paint and plan anew by each day's PET, sum the doses before treatment, and compare with the first plan.

    The case holds a CT and a PET of each day, imported from DICOM, and structures of the first. Results and a report
    lie in CASE/results/adaptive; what is current is skipped.
    Example: impasto adapt CASE --at 7,17 --tracer FMISO
    """
    from impasto.files import open_case
    from impasto.workflow import step_settings
    from impasto.workflow.adaptation.adapting import AdaptationChoice, adapt_case, adaptation_protocol

    choice = AdaptationChoice(
        at=_numbers(at),
        fractions=fractions,
        tracer=tracer,
        registration=registration,
        transforms=tuple(transform or ()),
        accepted=tuple(accept_registration or ()),
        structures=structures,
        oxygen=tuple(name.strip() for name in oxygen.split(",") if name.strip()),
        cells=cells,
    )
    case = open_case(case_folder)
    if show:
        every = step_settings(adaptation_protocol(case, choice).with_settings(parsed_settings(settings)))
        print_json(every) if as_json else print_settings(every)
        return
    with progress_bars() as progress:
        done = adapt_case(case, choice, parsed_settings(settings), progress)
    if as_json:
        print_json(done.to_record())
        return
    for table in done.tables:
        print_table(table.title, table.header, table.rows)
    for note in done.notes:
        print_line(f"[yellow]note[/] {note}")
    for path in done.written:
        print_line(f"wrote {path}")
    print_line("[bold]Research use only.[/]")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not fractions such as 7,17", param_hint="--at") from None
