"""Stages are found by the names that protocols write."""

import pytest

from impasto.core import ImpastoError
from impasto.workflow import stages
from impasto.workflow.settings import stage_named


@pytest.mark.parametrize("constant", stages.__all__)
def test_every_constant_is_its_stage_in_capitals(constant: str) -> None:
    name = constant.lower().replace("_", "-")
    assert stage_named(name).name == name


def test_an_unknown_stage_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ImpastoError, match="no stage is called 'painting'.*painting-by-numbers"):
        stage_named("painting", "protocol")
