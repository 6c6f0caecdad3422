"""Help of every verb: each option is explained, and no markup eats what is in brackets."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
import typer
from rich.markup import render
from tests.cli.command import impasto

from impasto.cli.main import application


def _verbs(command: click.Command, name: str = "impasto") -> Iterator[tuple[str, click.Command]]:
    yield name, command
    for inner, one in getattr(command, "commands", {}).items():
        yield from _verbs(one, f"{name} {inner}")


_ALL = dict(_verbs(typer.main.get_command(application)))


@pytest.mark.parametrize("verb", list(_ALL))
def test_every_option_has_a_text_that_is_shown_whole(verb: str) -> None:
    command = _ALL[verb]
    about = (command.help or "").replace("[bold]", "").replace("[/]", "")
    assert render(about).plain == about.replace("\\[", "[")
    for option in command.params:
        if option.name in ("help", "install_completion", "show_completion"):
            continue
        text = getattr(option, "help", "")
        assert text, option.name
        assert render(text).plain == text.replace("\\[", "["), option.name


def test_names_of_tables_keep_their_brackets() -> None:
    assert "[[scan]]" in " ".join(impasto("response", "--help").stdout.split())
