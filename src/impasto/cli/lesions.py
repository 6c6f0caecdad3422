"""``impasto lesions``: contrast-enhancing and T2/FLAIR lesion, necrosis, cavity, normal-appearing brain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder, Settings, parsed_settings
from impasto.cli.console import print_json, print_line, print_settings, print_table, progress_bars

__all__ = ["lesions"]


def lesions(  # noqa: PLR0913 - one option for each way to say where and what a lesion is
    case_folder: CaseFolder,
    seed: Annotated[
        list[str] | None,
        typer.Option(metavar="X,Y,Z", help="A point in a lesion, LPS mm in T1c (else FLAIR); may be repeated."),
    ] = None,
    box: Annotated[str, typer.Option(metavar="X,Y,Z,X,Y,Z", help="Two corners; nothing outside is taken.")] = "",
    edited: Annotated[
        Path | None, typer.Option(metavar="LABELS.nii.gz", help="The label map of an earlier run, after editing.")
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Lesions by others: label map NIfTI, DICOM SEG, RTSTRUCT."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="PART=VALUE", help="What a value or name in it means, for example enhancing=3."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE.onnx", help="Segment by this network (BraTS: T1, T1c, T2, FLAIR).")
    ] = None,
    t1c: Annotated[str, typer.Option(metavar="NAME", help="Image that is T1 after contrast.")] = "",
    flair: Annotated[str, typer.Option(metavar="NAME", help="Image that is FLAIR.")] = "",
    t1: Annotated[str, typer.Option(metavar="NAME", help="Image that is T1 before contrast.")] = "",
    t2: Annotated[str, typer.Option(metavar="NAME", help="Image that is T2.")] = "",
    anew: Annotated[bool, typer.Option("--anew", help="Forget edits, and lesions that others gave.")] = False,
    settings: Settings = None,
    show: Annotated[bool, typer.Option("--show", help="Only show what would be done, with every setting.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find the lesions of a case in T1, T1c and FLAIR, or take them from a file or network.

    They join the case as the structures "lesions": CEL, T2L, NEL, Necrosis, Cavity, NAB. Without a seed the brightest
    FLAIR lesion is taken. To correct them, edit the label map that is named in the end and give it with --edited: your
    edits are kept and put on again after each run. Research use only.
    """
    from impasto.files import open_case
    from impasto.workflow import LesionRequest, find_case_lesions, lesion_protocol, step_settings

    case = open_case(case_folder)
    named = {"t1c": t1c, "flair": flair, "t1": t1, "t2": t2}
    request = LesionRequest(
        images={slot: name for slot, name in named.items() if name},
        seeds_mm=tuple(_point(text, "--seed") for text in seed or ()),
        box_mm=_corners(box) if box else None,
        given=given,
        meaning=_meaning(label or ()),
        network=model,
        edited=edited,
        anew=anew,
    )
    if show:
        every = step_settings(lesion_protocol(case, request).with_settings(parsed_settings(settings)))
        print_json(every) if as_json else print_settings(every)
        return
    with progress_bars() as progress:
        found = find_case_lesions(case, request, parsed_settings(settings), progress)
    if as_json:
        measures = {"volumes": found.volumes, "longest_diameter_mm": found.diameters_mm, "labels": str(found.labels)}
        print_json({"ran": found.outcome.ran, **measures, "notes": found.notes})
        return
    rows = []
    for row in found.volumes:
        longest = found.diameters_mm.get(row["name"])
        shown = ["", ""] if longest is None else [f"{longest[way]:.0f}" for way in ("in_axial_slice", "in_space")]
        rows.append([row["name"], f"{row['volume_ml']:.2f}", *shown, row["rule"]])
    columns = ["lesion", "volume in ml", "longest in a slice, mm", "in space, mm", "what it is"]
    print_table(f"lesions of {case_folder}", columns, rows)
    for note in found.notes:
        print_line(f"[yellow]note[/] {note}")
    print_line(f"to correct them, edit {found.labels} (1 necrosis, 2 non-enhancing, 3 enhancing, 4 cavity): --edited")


def _point(text: str, option: str) -> tuple[float, float, float]:
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not X,Y,Z in mm", param_hint=option) from None
    return (x, y, z)


def _corners(text: str) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    parts = text.split(",")
    if len(parts) != 6:
        raise typer.BadParameter(f"{text!r} is not X,Y,Z,X,Y,Z in mm", param_hint="--box")
    return _point(",".join(parts[:3]), "--box"), _point(",".join(parts[3:]), "--box")


def _meaning(pairs: Sequence[str]) -> dict[str, str]:
    """Take ``PART=VALUE`` apart, by value."""
    found = {}
    for pair in pairs:
        part, sign, value = pair.partition("=")
        if not sign:
            raise typer.BadParameter(f"{pair!r} is not PART=VALUE", param_hint="--label")
        found[value.strip()] = part.strip()
    return found
