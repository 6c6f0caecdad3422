"""``impasto anatomy``: brain, tissue, barriers, organs and reference white matter of a head."""

from __future__ import annotations

from typing import Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder, Settings, parsed_settings
from impasto.cli.console import print_json, print_line, print_settings, progress_bars

__all__ = ["anatomy"]


def anatomy(
    case_folder: CaseFolder,
    image: Annotated[str, typer.Option(metavar="NAME", help="MR image to look in; by default the best T1.")] = "",
    settings: Settings = None,
    show: Annotated[bool, typer.Option("--show", help="Only show what would be done, with every setting.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find brain, ventricles, barriers, organs and the white matter opposite the lesion in an MR image.

    They join the case as the structures "anatomy"; maps take their reference from there where none was drawn.
    Starting contours, not for treatment. Example: impasto anatomy CASE --set head.lesion='["GTV*"]'
    """
    from impasto.files import open_case
    from impasto.workflow import anatomy_protocol, find_anatomy, step_settings, write_case_report

    case = open_case(case_folder)
    protocol = anatomy_protocol(case, image or None).with_settings(parsed_settings(settings))
    if show:
        every = step_settings(protocol)
        print_json(every) if as_json else print_settings(every)
        return
    with progress_bars() as progress:
        case, outcome = find_anatomy(case, protocol, progress)
        pages = write_case_report(case, protocol=protocol.name, progress=progress)
    if as_json:
        print_json({"ran": outcome.ran, **outcome.record.model_dump(mode="json")})
        return
    for note in outcome.record.notes:
        print_line(note)
    for page in pages:
        print_line(f"wrote {page}")
