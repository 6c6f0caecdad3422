"""The ``impasto`` command: verbs, options and exit codes.

Exit status: 0 done, 1 the input or request cannot be used, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from impasto.cli.adapt import adapt
from impasto.cli.adding import add
from impasto.cli.anatomy import anatomy
from impasto.cli.change import change
from impasto.cli.coherence import coherence
from impasto.cli.cohort import cohort
from impasto.cli.compare import compare
from impasto.cli.console import print_line, print_problem
from impasto.cli.curve import curve
from impasto.cli.demo import demo
from impasto.cli.describe import describe
from impasto.cli.design import design
from impasto.cli.export import export
from impasto.cli.importing import import_case
from impasto.cli.info import info
from impasto.cli.lesions import lesions
from impasto.cli.maps import maps, spectrum
from impasto.cli.patterns import patterns
from impasto.cli.phantom import phantom
from impasto.cli.protocols import protocols
from impasto.cli.reconstruct import reconstruct
from impasto.cli.register import register
from impasto.cli.report import report
from impasto.cli.reproduce import reproduce
from impasto.cli.response import response
from impasto.cli.run import run
from impasto.cli.survival import survival
from impasto.cli.trial import trial

__all__ = ["application", "main"]

application = typer.Typer(
    name="impasto",
    help="Paint radiation dose by biology. [bold]Research use only.[/]",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_CASE, _IMAGES = "A case", "Images"
_TREATMENT, _OUTCOME, _STUDIES = "Targets, plans and treatment", "Outcome", "Trials and publications"
_SIMULATED = "Digital patients"

application.command("import", rich_help_panel=_CASE)(import_case)
application.command(rich_help_panel=_CASE)(add)
application.command(rich_help_panel=_CASE)(info)
application.command(rich_help_panel=_CASE)(report)
application.command(rich_help_panel=_CASE)(export)
application.command(rich_help_panel=_IMAGES)(register)
application.command(rich_help_panel=_IMAGES)(anatomy)
application.command(rich_help_panel=_IMAGES)(maps)
application.command(rich_help_panel=_IMAGES)(spectrum)
application.command(rich_help_panel=_IMAGES)(curve)
application.command(rich_help_panel=_IMAGES)(lesions)
application.command(rich_help_panel=_TREATMENT)(protocols)
application.command(rich_help_panel=_TREATMENT)(run)
application.command(rich_help_panel=_TREATMENT)(adapt)
application.command(rich_help_panel=_TREATMENT)(cohort)
application.command(rich_help_panel=_OUTCOME)(response)
application.command(rich_help_panel=_OUTCOME)(change)
application.command(rich_help_panel=_OUTCOME)(patterns)
application.command(rich_help_panel=_OUTCOME)(compare)
application.command(rich_help_panel=_OUTCOME)(describe)
application.command(rich_help_panel=_OUTCOME)(survival)
application.add_typer(design, name="design", rich_help_panel=_STUDIES)
application.command(rich_help_panel=_STUDIES)(trial)
application.command(rich_help_panel=_STUDIES)(reconstruct)
application.command(rich_help_panel=_STUDIES)(coherence)
application.command(rich_help_panel=_STUDIES)(reproduce)
application.add_typer(phantom, name="phantom", rich_help_panel=_SIMULATED)
application.command(rich_help_panel=_SIMULATED)(demo)


def main() -> None:
    """Run the command line and exit."""
    from impasto.core.errors import ImpastoError

    try:
        application()
    except ImpastoError as error:
        print_problem(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        print_problem("interrupted; finished steps are kept, and the same command goes on from there")
        sys.exit(130)


def _print_versions(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import requires, version

    print_line(f"impasto {version('impasto')}")
    needed = [need for need in requires("impasto") or [] if "extra ==" not in need]
    for need in sorted(needed, key=str.lower):
        name = need.split(">")[0].split("<")[0].split("=")[0].strip()
        print_line(f"  {name} {version(name)}")
    raise typer.Exit


@application.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the versions of impasto and what it runs on.",
            callback=_print_versions,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Take the options that stand before a verb."""
