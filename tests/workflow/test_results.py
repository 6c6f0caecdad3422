"""Which of several protocols' results is meant where none is named."""

from __future__ import annotations

import re

import pytest

from impasto.core import ImpastoError
from impasto.files import Case
from impasto.workflow import Protocol, open_plans, open_results
from impasto.workflow.results import keep_protocol


def leave(case: Case, *names: str, plans: bool = False) -> None:
    """Leave results without steps in a case: of protocols that plan, or of others."""
    roles = {"ct": "ct", "structures": "ct", "prescription": "ct", "plans": []}
    for name in names:
        content = {"format": 1, "name": name, "title": name, "about": "", "inputs": {}, "steps": []}
        case.results_folder(name).mkdir(parents=True)
        keep_protocol(case, Protocol.model_validate(content | ({"report": roles} if plans else {})))


def test_the_one_that_the_others_were_run_for_is_meant(case: Case) -> None:
    with pytest.raises(ImpastoError, match=r"no dose in this case \(no protocol was run\)"):
        open_plans(case)
    leave(case, "anatomy")
    assert open_results(case).protocol.name == "anatomy"
    leave(case, "lesions")
    several = "several protocols were run: anatomy, lesions; choose with --protocol"
    with pytest.raises(ImpastoError, match=several):
        open_results(case)
    with pytest.raises(ImpastoError, match=re.escape("no dose in this case (anatomy, lesions plan none); run a")):
        open_plans(case)
    with pytest.raises(ImpastoError, match="it plans no dose; choose a protocol that plans"):
        open_plans(case, "lesions")
    leave(case, "zones")
    assert open_results(case).protocol.name == "zones"
    leave(case, "pet-painting", plans=True)
    assert open_results(case).protocol.name == open_plans(case).protocol.name == "pet-painting"
    assert open_results(case, "zones").protocol.name == "zones"
    leave(case, "spectro-glio", plans=True)
    for opened in (open_results, open_plans):
        with pytest.raises(ImpastoError, match="several protocols were run: pet-painting, spectro-glio; choose"):
            opened(case)
    with pytest.raises(ImpastoError, match="hypoxia was not run; run it: impasto run hypoxia"):
        open_results(case, "hypoxia")
