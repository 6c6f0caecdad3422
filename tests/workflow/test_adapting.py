"""Adapting a small digital patient's course: phases found, the whole way walked, what stops it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure, StructureSet, silent
from impasto.files import Case, dicom, open_case
from impasto.phantom import FMISO, pet_scan
from impasto.workflow import import_folder
from impasto.workflow.adaptation import find_phases
from impasto.workflow.adaptation.adapting import AdaptationChoice, adapt_case, adaptation_protocol
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs
from impasto.workflow.stages.adaptation.phase_frame import PHASE_FRAME

CT_GRID = Grid.centred((40, 40, 30), (5.0, 5.0, 5.0))
DAYS = (0, 7)
COARSE = {
    "gantry_deg": [0, 90, 180, 270],
    "bixel_width_mm": 10.0,
    "dose_grid_mm": 6.0,
    "around_targets_mm": 20.0,
    "maximum_iterations": 30,
    "whole_structures": [],
}


def _ball(centre_mm: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    distance = np.linalg.norm(CT_GRID.voxel_centres_mm() - centre_mm, axis=-1)
    return np.clip((radius_mm - distance) / 5.0 + 0.5, 0.0, 1.0)


def _write_day(folder: Path, day: int) -> None:
    """A cylinder of muscle with a tumour that shrinks, and hypoxia that moves within it."""
    points = CT_GRID.voxel_centres_mm()
    body = np.hypot(points[..., 0], points[..., 1]) < 80.0
    tumour = _ball((0.0, 0.0, 0.0), 22.0 if day == 0 else 19.0)
    hypoxic = _ball((-8.0, 0.0, 0.0) if day == 0 else (8.0, 0.0, 0.0), 8.0)
    ct = Image(np.where(body, 50.0, -1000.0), CT_GRID, "CT number", "[hnsf'U]")
    uptake = Image((body * (1.0 + 1.5 * hypoxic)).astype(np.float32), CT_GRID, "standardised uptake value", "g/mL")
    injection = datetime(2021, 3, 1 + day, 8)
    pet, acquisition = pet_scan(uptake, replace(FMISO, noise=0.0), CT_GRID, 0, injection=injection)
    written = {}
    for modality, image, header in (("CT", ct, None), ("PT", pet, acquisition)):
        identity = replace(
            dicom.new_reference(modality, "TEST", "Test^Patient", ("adapt", str(day))),
            synthetic_data="YES",
            study_date=f"202103{1 + day:02d}",
            study_time="080000",
            series_description=f"{modality} FMISO" if modality == "PT" else "CT",
        )
        written[modality] = dicom.write_series(image, identity, folder / f"{day}-{modality}", header)
    drawn = StructureSet(
        (
            Structure.from_mask("EXTERNAL", Role.EXTERNAL, body.astype(float), CT_GRID),
            Structure.from_mask("GTVp", Role.GTV, tumour, CT_GRID),
            Structure.from_mask("PTV70", Role.PTV, _ball((0.0, 0.0, 0.0), 27.0), CT_GRID),
            Structure.from_mask("SpinalCord", Role.ORGAN, _ball((0.0, 50.0, 0.0), 10.0), CT_GRID),
        )
    )
    dicom.write_structures(drawn, written["CT"], CT_GRID, folder / f"{day}-structures.dcm")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("course")
    # the later day is imported first: order must come from the dates
    for day in reversed(DAYS):
        _write_day(folder, day)
    return import_folder(folder, tmp_path_factory.mktemp("cases") / "case", "test subject").case


CHOICE = AdaptationChoice(at=(7,), registration="headers", structures="drawn", accepted=("registration-7",))
SETTINGS = {f"plan-{day}.{name}": value for day in DAYS for name, value in COARSE.items()}


def test_days_are_found_by_date_and_frame(course: Case) -> None:
    phases = find_phases(course, DAYS, "fmiso")
    assert [phase.given for phase in phases] == [0, 7]
    assert all(phase.structures is not None for phase in phases)
    first, second = (dicom_date(course, phase.ct.name) for phase in phases)
    assert first < second


def dicom_date(case: Case, name: str) -> str:
    return str(json.loads((case.folder / "dicom" / f"{name}.json").read_text())["reference"]["study_date"])


def test_days_that_do_not_fit_are_told(course: Case) -> None:
    with pytest.raises(ImpastoError, match="it has 2 CTs"):
        adaptation_protocol(course, AdaptationChoice(at=(7, 17)))
    with pytest.raises(ImpastoError, match="at least one day"):
        adaptation_protocol(course, AdaptationChoice(at=(40,)))
    with pytest.raises(ImpastoError, match="no PET 'FAZA'"):
        adaptation_protocol(course, AdaptationChoice(at=(7,), tracer="FAZA"))
    with pytest.raises(ImpastoError, match="0 transforms for 1"):
        adaptation_protocol(course, AdaptationChoice(at=(7,), registration="supplied"))


def test_the_whole_way(course: Case) -> None:
    adapted = adapt_case(course, CHOICE, SETTINGS)
    assert adapted.written[0].is_file()
    page = adapted.written[0].read_text(encoding="utf-8")
    assert "Coverage of what was hypoxic when" in page
    results = course.folder / "results" / "adaptive"

    def figures(step: str) -> dict[str, object]:
        found: dict[str, object] = json.loads((results / step / "figures" / "figures.json").read_text())
        return found

    drift = figures("drift-7")
    hypoxia = drift["hypoxia_carried_along"]
    assert isinstance(hypoxia, dict)
    # drawn 16 mm apart, balls of 8 mm: they only touch
    assert hypoxia["dice"] < 0.2
    assert 10.0 < hypoxia["shift_mm"] < 18.0
    assert any(one["rule"] == "overlap lost" and one["is_triggered"] for one in drift["triggers"])  # type: ignore[attr-defined]
    energy = figures("sum-adaptive")["energy"]
    assert isinstance(energy, dict)
    assert abs(energy["7"]["error_percent"]) < 0.1
    newborn = figures("comparison")["coverage"][-1]  # type: ignore[index]
    # what became hypoxic later gets its boost only when the course is adapted
    assert newborn["adaptive"]["mean_eqd2_gy"] > newborn["not-adaptive"]["mean_eqd2_gy"] + 1.0
    written = (results / "plan-7" / "record.json").stat().st_mtime_ns
    adapt_case(open_case(course.folder), CHOICE, SETTINGS)
    assert (results / "plan-7" / "record.json").stat().st_mtime_ns == written


def test_a_failed_registration_stops_unless_accepted_by_name() -> None:
    failed = Figures({"quality": {"verdict": {"failures": ["mean 4.00 mm by landmarks, above 2 mm"]}}})
    inputs = Inputs("frame-7", {"quality": lambda: failed})
    settings = PHASE_FRAME.settings.model_validate({"registration": "registration-7"})
    with pytest.raises(ImpastoError, match="--accept-registration registration-7"):
        PHASE_FRAME.run(inputs, settings, silent)
