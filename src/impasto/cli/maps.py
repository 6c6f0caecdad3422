"""``impasto maps`` and ``impasto spectrum``: functional images to quantitative maps, and a look at one voxel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impasto.cli.arguments import AsJson, CaseFolder, Settings, parsed_point, parsed_settings
from impasto.cli.console import print_json, print_line, print_settings, print_table, progress_bars
from impasto.cli.outcomes import tell_outcomes

__all__ = ["maps", "spectrum"]


def maps(
    case_folder: CaseFolder,
    settings: Settings = None,
    show: Annotated[bool, typer.Option("--show", help="Only show what would be made, with every setting.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make every map that the case has data for: of spectra, perfusion, diffusion and PET.

    Maps lie in CASE/results/maps as NIfTI, and report.html beside them shows them. What is current is skipped; what
    cannot be made is said at the end.
    Example: impasto maps CASE --set mrsi.basis_file=press_30ms_3T.basis
    """
    from impasto.files import open_case
    from impasto.workflow import map_protocol, run_independent_steps, step_settings, write_case_report

    case = open_case(case_folder)
    protocol = map_protocol(case).with_settings(parsed_settings(settings))
    if show:
        every = step_settings(protocol)
        print_json(every) if as_json else print_settings(every)
        return
    with progress_bars() as progress:
        made = run_independent_steps(case, protocol, progress)
        pages = write_case_report(case, protocol=protocol.name, progress=progress) if made.outcomes else []
    tell_outcomes(made, pages, as_json)


def spectrum(
    case_folder: CaseFolder,
    at: Annotated[str, typer.Option(metavar="X,Y,Z", help="Point in mm (LPS); not needed for a single voxel.")] = "",
    output: Annotated[Path, typer.Option(help="Picture: .png, .svg or .pdf.")] = Path("spectrum.png"),
    spectra: Annotated[str, typer.Option(metavar="NAME", help="Which spectra, when the case has several.")] = "",
    as_json: AsJson = False,
) -> None:
    """Draw one voxel: spectrum, fit, components, baseline and residual, with the numbers read from it.

    Example: impasto spectrum CASE --at 34,-16,22
    """
    from impasto.files import open_case
    from impasto.workflow import draw_spectrum

    found = draw_spectrum(open_case(case_folder), parsed_point(at) if at else None, output, spectra or None)
    if as_json:
        shown = (*((one, found.unit) for one in found.amplitudes), *((one, "1") for one in found.ratios))
        values = [
            {"quantity": one.name, "value": one.value, "standard_error": one.standard_error, "unit": unit}
            for one, unit in shown
        ]
        print_json(
            {
                "label": found.label,
                "values": values,
                "signal_to_noise": found.signal_to_noise,
                "fwhm_hz": found.fwhm_hz,
                "accepted": found.verdict.is_accepted,
            }
        )
        return
    rows = [[one.name, f"{one.value:.3g}", f"{one.standard_error:.2g}"] for one in (*found.amplitudes, *found.ratios)]
    print_table(f"{found.label}", ["quantity", f"value [{found.unit}, ratios 1]", "standard error"], rows)
    state = "accepted" if found.verdict.is_accepted else f"rejected: {found.verdict.reason}"
    print_line(f"SNR {found.signal_to_noise:.0f}, FWHM {found.fwhm_hz:.1f} Hz, {state}")
    print_line(f"wrote {output}. [bold]Research use only.[/]")
