"""What the command says to mistakes that everybody makes: a wrong path, a misspelt setting."""

from __future__ import annotations

import pytest
from tests.cli.command import impasto

from impasto.core import ImpastoError
from impasto.workflow import load_protocol, step_settings


@pytest.mark.parametrize(
    "verb",
    [
        "survival absent.csv --time t --event e",
        "describe absent.csv",
        "compare absent.csv --first a --second b",
        "change absent.csv --before a --after b",
        "coherence absent.csv",
        "coherence absent.toml",
        "response absent.csv",
        "response absent.toml",
    ],
)
def test_a_file_that_is_not_there_is_called_so(verb: str) -> None:
    words = verb.split()
    assert impasto(*words, code=1).stderr == f"error: {words[1]}: no such file; check the path\n"


def test_a_misspelt_setting_is_met_by_the_one_that_was_meant_and_by_all() -> None:
    protocol = load_protocol("zones")
    with pytest.raises(
        ImpastoError, match=r"rul: there is no such entry; did you mean 'rule'\? choose one of: rule, region, "
    ):
        step_settings(protocol.with_settings({"zones.rul": "x"}))
    with pytest.raises(ImpastoError, match=r"spectroscopy\.matrx: .* did you mean 'matrix'\?.* filter"):
        step_settings(protocol.with_settings({"zones.spectroscopy.matrx": [8, 8, 8]}))
