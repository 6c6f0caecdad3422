"""Protocols: those that come along are sound, and a user's own is checked before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from impasto.core import ImpastoError
from impasto.workflow import load_protocol, protocol_names, step_settings

SOUND = """
format = 1
name = "mine"
title = "Mine"
about = "A test"
[inputs.ct]
kind = "image"
modality = "CT"
[[steps]]
name = "suv"
stage = "standardised-uptake"
inputs = { image = "ct" }
[report]
ct = "ct"
structures = "ct"
prescription = "suv.image"
plans = []
"""


@pytest.mark.parametrize("name", protocol_names())
def test_protocols_that_come_along_have_valid_settings_and_sources(name: str) -> None:
    protocol = load_protocol(name)
    assert protocol.sources
    assert set(step_settings(protocol)) == {step.name for step in protocol.steps}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('image = "ct" }', 'image = "pet" }', "uses 'pet', which nothing before it gives"),
        ('image = "ct" }', 'image = "later.image" }', "nothing before it gives"),
        ('name = "suv"', 'name = "ct"', "used twice"),
        ("format = 1", "format = 2", "format"),
        ('kind = "image"', 'kind = "picture"', "inputs.ct.kind"),
        ('title = "Mine"', "title = ", "is not TOML"),
        ("[report]", "[reports]", "report"),
    ],
)
def test_a_protocol_of_ones_own_is_checked(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SOUND)
    assert load_protocol(str(path)).name == "mine"
    path.write_text(SOUND.replace(old, new))
    with pytest.raises(ImpastoError, match=problem):
        load_protocol(str(path))


def test_unknown_names_list_the_known() -> None:
    with pytest.raises(ImpastoError, match="pet-painting"):
        load_protocol("painting")
    with pytest.raises(ImpastoError, match="no such protocol file"):
        load_protocol("painting.toml")
