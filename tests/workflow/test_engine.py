"""Running protocols: what is current is skipped, what changed is run again, nothing is left half-written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Image, ImpastoError, Plan
from impasto.files import Case, EntryKind, content_hash, native
from impasto.workflow import Protocol, export_case, open_results, run_protocol, stages, write_case_report
from impasto.workflow.stage import Inputs, StageResult


def ran(outcomes: tuple) -> list[str]:  # type: ignore[type-arg]
    return [outcome.record.step for outcome in outcomes if outcome.ran]


def test_the_whole_chain_and_what_runs_again(case: Case, protocol: Protocol, tmp_path: Path) -> None:
    steps = [step.name for step in protocol.steps]
    assert ran(run_protocol(case, protocol)) == steps
    assert ran(run_protocol(case, protocol)) == []

    changed = protocol.with_settings({"uniform.maximum_iterations": 20})
    assert ran(run_protocol(case, changed)) == ["uniform", "uniform-evaluation"]

    # a damaged output is noticed and made again, and what depends on it stays as it is: its content is the same
    suv = case.results_folder(protocol.name) / "uptake" / "image" / "image.json"
    suv.write_text(suv.read_text().replace("g/mL", "g/mX"))
    assert ran(run_protocol(case, changed)) == ["uptake"]

    # settings changed without a whole run: nothing is reported that mixes old and new
    run_protocol(case, changed.with_settings({"uptake.normalisation": "body surface area"}), only="uptake")
    with pytest.raises(ImpastoError, match="prescription is out of date"):
        open_results(case)
    assert "uptake" in ran(run_protocol(case, changed))

    results = open_results(case)
    painted, uniform = results.load("painted.plan"), results.load("uniform.plan")
    assert isinstance(painted, Plan)
    assert isinstance(uniform, Plan)
    assert any("not commissioned" in note for note in painted.notes)
    figures = [
        json.loads((case.results_folder(protocol.name) / f"{arm}-evaluation" / "figures" / "figures.json").read_text())
        for arm in ("painted", "uniform")
    ]
    quality = [arm["quality"][0]["quality_factor"] for arm in figures]
    assert quality[0] < 0.8 * quality[1]

    written = write_case_report(case, tmp_path / "report.html")
    page = written[0].read_text()
    assert "Research use only" in page
    assert "simulated" in page
    exported = export_case(case, tmp_path / "dicom")
    assert {file.modality for file in exported} == {"RTSTRUCT", "RTPLAN", "RTDOSE"}
    with pytest.raises(ImpastoError, match="not empty"):
        export_case(case, tmp_path / "dicom")


def test_the_export_reads_back_identical(case: Case, protocol: Protocol, tmp_path: Path) -> None:
    from impasto.files import dicom

    run_protocol(case, protocol)
    export_case(case, tmp_path / "dicom")
    results = open_results(case)
    plan = results.load("painted.plan")
    assert isinstance(plan, Plan)
    dose = dicom.read_dose(tmp_path / "dicom" / "RTDOSE-painted.dcm", plan.dose.fractions).dose
    # 32-bit integers over the dose's range
    np.testing.assert_allclose(dose.gy, plan.dose.gy, atol=float(plan.dose.gy.max()) / 2**32 + 1e-6)
    assert dose.grid.matches(plan.dose.grid)
    structures = dicom.read_structures(tmp_path / "dicom" / "RTSTRUCT.dcm").structures
    drawn = native.read_structures(case.path(case.entry(EntryKind.STRUCTURES, "structures-ct")))
    for contour, again in zip(drawn["GTV"].contours, structures["GTV"].contours, strict=True):
        np.testing.assert_array_equal(contour, again)
    assert sum("Gy" in name for name in structures.names) >= 3


def test_an_interrupted_run_goes_on_where_it_stopped(
    case: Case, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    whole = stages.EQUAL_MEAN_UNIFORM

    def interrupted(*_: object) -> StageResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "EQUAL_MEAN_UNIFORM", replace(whole, run=interrupted))
    with pytest.raises(KeyboardInterrupt):
        run_protocol(case, protocol)
    left = sorted(path.name for path in case.results_folder(protocol.name).iterdir())
    assert left == ["prescription", "protocol.json", "targets", "uptake"]
    with pytest.raises(ImpastoError, match="no result yet: uniform-prescription"):
        open_results(case)
    monkeypatch.setattr(stages, "EQUAL_MEAN_UNIFORM", whole)
    assert ran(run_protocol(case, protocol, only="uniform-prescription")) == ["uniform-prescription"]


def test_a_step_runs_again_when_a_file_that_its_settings_name_was_edited(
    case: Case, protocol: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    named = tmp_path / "rule.toml"

    def digests(_: object) -> dict[str, str]:
        return {"rule": content_hash(named)}

    monkeypatch.setattr(stages, "STANDARDISED_UPTAKE", replace(stages.STANDARDISED_UPTAKE, files=digests))
    named.write_text("threshold = 1", encoding="utf-8")
    assert ran(run_protocol(case, protocol, only="uptake")) == ["uptake"]
    assert ran(run_protocol(case, protocol, only="uptake")) == []
    named.write_text("threshold = 2", encoding="utf-8")
    assert ran(run_protocol(case, protocol, only="uptake")) == ["uptake"]


def test_one_step_alone_needs_what_it_depends_on(case: Case, protocol: Protocol) -> None:
    with pytest.raises(ImpastoError, match="missing or out of date"):
        run_protocol(case, protocol, only="painted")
    with pytest.raises(ImpastoError, match="choose one of: uptake"):
        run_protocol(case, protocol, only="paint")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"prescription.maximum_gy": 70.0}, "above the maximum of 70 Gy"),
        ({"prescription.fractions": "many"}, "settings of prescription: fractions"),
        ({"prescription.colour": "red"}, "settings of prescription: colour"),
        ({"targets.gtv": "Tumour"}, "no structure fits 'Tumour'; choose one of: EXTERNAL, GTV"),
        ({"targets.gtv": "*"}, "several structures fit"),
        ({"targets.margin_mm": -5.0}, "margin"),
        ({"inputs.ct": "pet"}, "needs structures in the frame of 'pet', and the case has none"),
        ({"inputs.pet": "mr"}, "no images entry 'mr'; choose one of: ct, pet"),
    ],
)
def test_settings_that_cannot_be_used_are_named(case: Case, protocol: Protocol, settings: dict, problem: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ImpastoError, match=problem):
        run_protocol(case, protocol.with_settings(settings))


def test_a_setting_within_a_list_is_refused(protocol: Protocol) -> None:
    with pytest.raises(ImpastoError, match="limits is not a table"):
        protocol.with_settings({"prescription.limits.0.dose_gy": 3.0})


def test_a_setting_of_no_step_is_refused(protocol: Protocol) -> None:
    with pytest.raises(ImpastoError, match="begin with one of: uptake"):
        protocol.with_settings({"planning.beams": 7})


def test_pet_without_its_header_is_refused(case: Case, protocol: Protocol) -> None:
    case.dicom_path(case.entry(EntryKind.IMAGE, "pet")).unlink()
    with pytest.raises(ImpastoError, match="has no PET header"):
        run_protocol(case, protocol)


def test_inputs_of_the_wrong_kind_are_refused() -> None:
    from impasto.core import Grid

    image = Image(np.zeros((2, 2, 2)), Grid.centred((2, 2, 2), (1, 1, 1)), "signal", "1")
    inputs = Inputs("step", {"ct": lambda: image})
    with pytest.raises(ImpastoError, match="is a Image, not a StructureSet"):
        inputs.structures("ct")
    with pytest.raises(ImpastoError, match="is not given"):
        inputs.image("pet")
