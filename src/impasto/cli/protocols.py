"""``impasto protocols``: what can be run."""

from __future__ import annotations

from typing import Annotated

import typer

from impasto.cli.arguments import AsJson
from impasto.cli.console import print_json, print_line, print_settings, print_table

__all__ = ["protocols"]


def protocols(
    name: Annotated[str, typer.Argument(help="Show the steps and settings of this protocol.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the protocols, or show the steps of one with every setting."""
    from impasto.workflow import load_protocol, protocol_names, step_settings

    if not name:
        loaded = [load_protocol(each) for each in protocol_names()]
        if as_json:
            print_json([{"name": one.name, "title": one.title} for one in loaded])
        else:
            print_table("Protocols", ["protocol", "title"], [[one.name, one.title] for one in loaded])
        return
    protocol = load_protocol(name)
    settings = step_settings(protocol)
    if as_json:
        print_json({"protocol": protocol.model_dump(mode="json"), "settings": settings})
        return
    print_line(f"[bold]{protocol.title}[/]\n{protocol.about}")
    print_settings(settings)
