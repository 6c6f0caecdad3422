"""``impasto register``: images into one frame, with figures for how well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder, Settings, parsed_settings
from impasto.cli.console import print_json, print_line, print_settings, progress_bars
from impasto.cli.outcomes import tell_outcomes

if TYPE_CHECKING:
    from impasto.files import Case

__all__ = ["register"]

Names = list[str] | None


def register(  # noqa: PLR0913 - one option for each choice
    case_folder: CaseFolder,
    onto: Annotated[str, typer.Option(metavar="IMAGE", help="Image that stays; by default the planning CT.")] = "",
    moving: Annotated[Names, typer.Option(metavar="IMAGE", help="Image to bring along; may be repeated.")] = None,
    deformable: Annotated[bool, typer.Option("--deformable", help="Bend the moving image after a rigid fit.")] = False,
    accept: Annotated[Names, typer.Option(metavar="NAME", help="Use a registration that failed its verdict.")] = None,
    landmarks: Annotated[Path | None, typer.Option(help="CSV of landmark pairs that judge the result.")] = None,
    settings: Settings = None,
    show: Annotated[bool, typer.Option("--show", help="Only show what would be done, with every setting.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring images of other frames of reference, and all that lies in those frames, into the frame of one.

    Without --moving one image of each other frame is registered. Name images of the same frame to refine how they lie.
    Every protocol uses what is registered; what failed its verdict stops it until you accept it by name.
    Example: impasto register CASE --onto ct --moving t1c --set t1c.search.model=affine
    """
    from impasto.files import open_case
    from impasto.workflow import (
        register_images,
        registration_protocol,
        step_settings,
        with_landmarks,
        write_case_report,
    )

    case = open_case(case_folder)
    if accept:
        _accept(case, accept)
        return
    protocol = registration_protocol(
        case, onto or None, moving or (), "deformable-registration" if deformable else "registration"
    )
    if landmarks is not None:
        protocol = with_landmarks(protocol, landmarks)
    protocol = protocol.with_settings(parsed_settings(settings))
    if show:
        every = step_settings(protocol)
        print_json(every) if as_json else print_settings(every)
        return
    with progress_bars() as progress:
        made = register_images(case, protocol, progress)
        pages = write_case_report(case, protocol=protocol.name, progress=progress) if made.outcomes else []
    tell_outcomes(made, pages, as_json)


def _accept(case: Case, names: list[str]) -> None:
    from impasto.workflow import accept_registration

    for name in names:
        accept_registration(case, name)
        print_line(f"protocols may use the registration of {name} from now on. Research use only.")
