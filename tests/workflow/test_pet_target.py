"""The stage that makes a target from PET, and its protocol."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from impasto.core import ImpastoError, Role, Structure, StructureSet
from impasto.phantom.pet_spheres import PetPhantom, PetPhantomSettings, sphere_pet_phantom
from impasto.workflow import load_protocol
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.settings import stage_named
from impasto.workflow.stage import Inputs, StageResult
from impasto.workflow.stages.target_figures import read_comparison, read_volumes

FEW = {"compared": ("iterative-threshold", "41-percent", "suv-2.5", "co-segmentation")}


@pytest.fixture(scope="module")
def phantom() -> PetPhantom:
    return sphere_pet_phantom(22.0, PetPhantomSettings(4.0, 6.0, spacing_mm=4.0, margin_mm=30.0), 1)


def ran(phantom: PetPhantom, **settings: Any) -> StageResult:
    drawn = Structure("GTV drawn", Role.GTV, mask=phantom.truth.mask)
    slots: dict[str, Artefact] = {"image": phantom.image, "structures": StructureSet((drawn,))}
    stage = stage_named("pet-target")
    inputs = Inputs("target", {slot: lambda thing=thing: thing for slot, thing in slots.items()})  # type: ignore[misc]
    return stage.run(inputs, stage.settings.model_validate(FEW | settings), lambda work, fraction: None)


def test_a_drawn_lesion_is_found_and_compared(phantom: PetPhantom) -> None:
    result = ran(phantom, near="GTV*", node_prevalence=0.3)
    structures, comparison, nodes = (result.outputs[name] for name in ("structures", "comparison", "nodal-selection"))
    assert isinstance(structures, StructureSet)
    assert isinstance(comparison, Figures)
    assert isinstance(nodes, Figures)
    assert structures.names == ["GTV drawn", "GTV PET"]
    assert structures["GTV PET"].volume_ml() == pytest.approx(phantom.truth.volume_ml(), rel=0.03)
    rows = {row.method: row for row in read_comparison(comparison)}
    assert [row.method for row in rows.values() if row.is_chosen] == ["Iterative threshold"]
    assert rows["Iterative threshold"].values["Dice against GTV drawn"] == pytest.approx(0.98, abs=0.03)
    # 41 % of 4 above a background of 1 is too low a threshold
    assert rows["41 % of maximum"].values["Volume [ml]"] > structures["GTV PET"].volume_ml()
    assert len({tuple(row.values) for row in rows.values()}) == 1
    assert len(nodes.values["rows"]) == 10


def test_a_method_without_its_ct_has_no_values_and_says_so(phantom: PetPhantom) -> None:
    result = ran(phantom, click_mm=tuple(phantom.centre_mm))
    comparison = result.outputs["comparison"]
    assert isinstance(comparison, Figures)
    row = next(row for row in read_comparison(comparison) if row.source == "Bagci 2013")
    assert set(row.values.values()) == {None}
    assert any("needs a CT or MR" in note for note in result.notes)


def test_click_and_box_give_the_same_lesion(phantom: PetPhantom) -> None:
    ends = tuple(tuple(phantom.centre_mm + np.full(3, side)) for side in (-38.0, 38.0))
    volumes = []
    for place in ({"click_mm": tuple(phantom.centre_mm)}, {"box_mm": ends}):
        figures = ran(phantom, compared=(), **place).outputs["volumes"]
        assert isinstance(figures, Figures)
        volumes.append(read_volumes(figures)[0].volume_ml)
    assert volumes[0] == pytest.approx(volumes[1], rel=0.01)


def test_no_place_is_refused(phantom: PetPhantom) -> None:
    with pytest.raises(ImpastoError, match="click_mm, box_mm or near"):
        ran(phantom)


def test_the_protocol_knows_its_stages_and_settings() -> None:
    protocol = load_protocol("pet-target")
    for step in protocol.steps:
        stage_named(step.stage).settings.model_validate(step.settings)


def test_click_needs_no_word_on_which_drawn_lesion_is_meant(phantom: PetPhantom) -> None:
    drawn = [Structure(name, Role.GTV, mask=phantom.truth.mask) for name in ("GTVp", "GTVn")]
    slots: dict[str, Artefact] = {"image": phantom.image, "structures": StructureSet(tuple(drawn))}
    stage = stage_named("pet-target")
    inputs = Inputs("target", {slot: lambda thing=thing: thing for slot, thing in slots.items()})  # type: ignore[misc]
    few = {"compared": ("41-percent",), "near": "GTV*"}
    with pytest.raises(ImpastoError, match="several structures fit"):
        stage.run(inputs, stage.settings.model_validate(few), lambda work, fraction: None)
    said = stage.settings.model_validate(few | {"click_mm": phantom.centre_mm})
    assert "GTV PET" in stage.run(inputs, said, lambda work, fraction: None).outputs["structures"].names  # type: ignore[union-attr]
