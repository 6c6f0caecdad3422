"""Registering a case: one frame for all that protocols read, and nothing used that failed its verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Image, ImpastoError, Role, Structure, StructureSet, Transform
from impasto.core.atlas.template import brain_template
from impasto.files import Case, CaseEntry, EntryKind, create_case, dicom, open_case, save_case, write_identity
from impasto.workflow import (
    Protocol,
    accept_registration,
    open_results,
    register_images,
    registration_protocol,
    write_case_report,
)
from impasto.workflow.importing.entries import with_image, with_structures
from impasto.workflow.inputs import resolve_inputs
from impasto.workflow.protocol import InputChoice
from impasto.workflow.protocol_frame import ProtocolFrame, protocol_frame

TURN = np.deg2rad(8.0)
TRUTH = Transform(
    np.array(
        [
            [np.cos(TURN), -np.sin(TURN), 0.0, 6.0],
            [np.sin(TURN), np.cos(TURN), 0.0, -9.0],
            [0.0, 0.0, 1.0, 5.0],
            [0.0, 0.0, 0.0, 1.0],
        ]
    ),
    "truth",
)
"""Point of the frame of t1 to point of the frame of t2."""

QUICK = {"uncertainty_parts": 2, "search.levels_mm": [8.0, 4.0], "search.samples": [20000, 40000]}


def heads() -> tuple[Image, Image]:
    template = brain_template()
    grid = template.grid.with_spacing(4.0)
    t1 = Image(template.t1.astype(np.float32), template.grid, "T1-weighted signal", "1").resampled_conserving(grid)
    inverted = t1.with_data(np.where(t1.data > 0.1 * t1.data.max(), 1.2 * t1.data.max() - t1.data, 0.0))
    return t1, replace(inverted, grid=TRUTH.inverse().grid_in_fixed(grid), quantity="T2-weighted signal")


def ball(centre: np.ndarray, radius: float, grid_of: Image, name: str) -> StructureSet:
    away = np.linalg.norm(grid_of.grid.voxel_centres_mm() - centre, axis=-1)
    mask = Image((away < radius).astype(np.float32), grid_of.grid, "occupancy", "1")
    return StructureSet((Structure(name, Role.GTV, mask=mask),))


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Give a case with T1 in one frame, T2 and what was drawn on it in another, and their registration."""
    case = create_case(tmp_path_factory.mktemp("cases") / "case", "test")
    case.folder.mkdir(exist_ok=True)
    for name, image in zip(("t1", "t2"), heads(), strict=True):
        entry = CaseEntry(name, EntryKind.IMAGE, "MR", name)
        case = with_image(case, entry, image)
        write_identity(case, entry, dicom.new_reference("MR", "TEST", "Test", (name,)), None)
    drawn = ball(np.array([20.0, -10.0, 20.0]), 20.0, heads()[1], "GTV")
    case = with_structures(case, CaseEntry("drawn", EntryKind.STRUCTURES, drawn_on="t2"), drawn)
    save_case(case)
    settings = {f"t2.{key}": value for key, value in QUICK.items()}
    assert not register_images(case, registration_protocol(case).with_settings(settings)).failures
    return open_case(case.folder)


def frame_of(case: Case, *names: str) -> ProtocolFrame:
    kinds = {"t1": "image", "t2": "image", "drawn": "structures"}
    inputs = {name: InputChoice(kind=kinds[name], name=name) for name in names}  # type: ignore[arg-type]
    protocol = Protocol(format=1, name="anything", title="", about="", inputs=inputs, steps=())
    return protocol_frame(case, protocol, resolve_inputs(case, protocol))


def test_everything_of_the_other_frame_comes_along(registered: Case) -> None:
    frame = frame_of(registered, "t1", "t2", "drawn")
    found = frame.load("t2")
    assert isinstance(found, Image)
    corners = heads()[1].grid.bounds_mm()
    expected = TRUTH.fixed_from_moving(corners)
    index = heads()[1].grid.index_from_world(corners)
    # no voxel was interpolated: only the grid moved
    assert np.linalg.norm(found.grid.world_from_index(index) - expected, axis=1).max() < 1.0
    np.testing.assert_allclose(found.data, heads()[1].data, rtol=1e-6)
    drawn = frame.load("drawn")
    assert isinstance(drawn, StructureSet)
    middle = 0.5 * (drawn["GTV"].bounds_mm()[0] + drawn["GTV"].bounds_mm()[1])
    assert np.linalg.norm(middle - TRUTH.fixed_from_moving(np.array([20.0, -10.0, 20.0]))) < 3.0
    assert sum("brought into the frame of t1" in note for note in frame.notes()) == 2


def test_the_way_back_is_taken_where_the_first_image_is_the_moving_one(registered: Case) -> None:
    frame = frame_of(registered, "t2", "t1", "drawn")
    assert set(frame.placements) == {"t1"}
    found = frame.placements["t1"].transform.moving_from_fixed([[0.0, 0.0, 0.0]])
    assert np.linalg.norm(found - TRUTH.fixed_from_moving([[0.0, 0.0, 0.0]])) < 1.0


def test_a_failed_verdict_stops_protocols_until_accepted_by_name(registered: Case, tmp_path: Path) -> None:
    figures = registered.results_folder("registration") / "t2" / "quality" / "figures.json"
    before = figures.read_text()
    values = json.loads(before)
    values["quality"]["verdict"]["failures"] = ["mean 9.00 mm by landmarks"]
    figures.write_text(json.dumps(values))
    try:
        with pytest.raises(ImpastoError, match=r"mean 9.00 mm .*--accept t2"):
            frame_of(registered, "t1", "t2")
        with pytest.raises(ImpastoError, match="no registration of this name"):
            accept_registration(registered, "t3")
        accept_registration(registered, "t2")
        assert "t2" in frame_of(registered, "t1", "t2").placements
    finally:
        figures.write_text(before)


def test_the_input_counts_as_another_once_it_is_placed(registered: Case) -> None:
    assert frame_of(registered, "t1", "t2").digest("t2") != frame_of(registered, "t2").digest("t2")
    assert frame_of(registered, "t1", "t2").digest("t1") == frame_of(registered, "t1").digest("t1")


def test_the_report_shows_how_well(registered: Case) -> None:
    page = write_case_report(registered, protocol="registration")[0].read_text()
    for said in ("Research use only", "t2 to t1", "Forward-backward error", "Mutual information after", "Squares of"):
        assert said in page
    record = open_results(registered, "registration").records[0]
    assert set(record.outputs) == {"start", "transform", "backward", "moved", "quality", "expected-error"}


def test_requests_that_cannot_be_met(registered: Case) -> None:
    with pytest.raises(ImpastoError, match="cannot be brought onto itself"):
        registration_protocol(registered, "t1", ["t1"])
    with pytest.raises(ImpastoError, match="no images entry 'ct'"):
        registration_protocol(registered, "ct")


def test_images_of_one_frame_are_only_refined_by_name(case: Case) -> None:
    with pytest.raises(ImpastoError, match="share one frame of reference"):
        registration_protocol(case)
    step = registration_protocol(case, moving=["pet"]).steps[0]
    assert step.settings == {"starts_by_header": True}
