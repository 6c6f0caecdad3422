"""The stage that finds zones, rules by name or path, and steps that optional inputs decide on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure, StructureSet
from impasto.core.progress import silent
from impasto.workflow import load_protocol
from impasto.workflow.artefacts import Artefact
from impasto.workflow.protocol import Protocol
from impasto.workflow.stage import Inputs, StageResult
from impasto.workflow.stages.target_figures import read_checks, read_comparison, read_volumes
from impasto.workflow.stages.zones import ZONES
from impasto.workflow.zones.rules import load_zone_rule, zone_rule_names
from impasto.workflow.zones.settings import ZonesStageSettings

_PERFUSION = Grid.centred((18, 14, 6), (3.0, 3.0, 5.0))
_SPECTRA = Grid.centred((9, 7, 4), (6.25, 6.25, 10.0))


def _ball(centre_mm: float, radius_mm: float) -> Structure:
    grid = Grid.centred((60, 60, 40), (1.0, 1.0, 1.0))
    away = np.linalg.norm(grid.voxel_centres_mm() - [centre_mm, 0.0, 0.0], axis=-1)
    return Structure.from_mask("", Role.GTV, away < radius_mm, grid)


def _things() -> dict[str, Artefact]:
    """A ball of tumour whose left half is raised in all maps, and white matter opposite it."""
    rng = np.random.default_rng(0)
    tumour, white = _ball(12.0, 10.0), _ball(-15.0, 9.0)
    assert tumour.mask is not None
    assert white.mask is not None
    structures = StructureSet(
        (
            Structure("GTV", Role.GTV, mask=tumour.mask),
            Structure("NAWM contralateral", Role.CONTROL, mask=white.mask),
        )
    )

    def image(name: str, grid: Grid, normal: float, raised: float, error: float) -> Image:
        points = grid.voxel_centres_mm()
        inside = (np.linalg.norm(points - [12.0, 0.0, 0.0], axis=-1) < 10.0) & (points[..., 1] < 0.0)
        data = np.where(inside, raised, normal) + error * rng.standard_normal(grid.shape)
        return Image(data, grid, name, "1", standard_error=np.full(grid.shape, error))

    return {
        "structures": structures,
        "tcho": image("tCho", _SPECTRA, 1.0, 3.0, 0.1),
        "tnaa": image("tNAA", _SPECTRA, 4.0, 1.0, 0.2),
        "ktrans": image("Ktrans", _PERFUSION, 0.001, 0.1, 0.002),
        "rcbv": image("rCBV", _PERFUSION, 1.0, 3.0, 0.1),
    }


def _run(things: dict[str, Artefact], **settings: object) -> StageResult:
    inputs = Inputs("zones", {slot: lambda thing=thing: thing for slot, thing in things.items()})  # type: ignore[misc]
    return ZONES.run(inputs, ZonesStageSettings.model_validate({"draws": 20, "voxel_mm": 2.5, **settings}), silent)


@lru_cache
def _usual() -> StageResult:
    return _run(_things())


def test_zones_with_probability_interval_and_comparison() -> None:
    found = _usual().outputs
    zones, volumes = found["structures"], found["volumes"]
    assert isinstance(zones, StructureSet)
    assert zones.names == ["GTV", "NAWM contralateral", "aggressive", "penumbra", "passive"]
    aggressive = zones["aggressive"]
    assert aggressive.mask is not None
    grid = aggressive.mask.grid
    raised = grid.voxel_centres_mm()[..., 1] < -2.0
    assert (aggressive.mask.data > 0.0)[raised & (zones["GTV"].occupancy(grid) > 0.5)].mean() > 0.9
    total = sum(np.asarray(found[f"probability-{name}"].data) for name in ("aggressive", "penumbra", "passive"))
    assert total[zones["GTV"].occupancy(grid) > 0.0] == pytest.approx(1.0, abs=1e-5)
    assert sum(row.volume_ml for row in read_volumes(volumes)) == pytest.approx(zones["GTV"].volume_ml(), rel=0.02)
    ways = [row.method for row in read_comparison(found["comparison"])]
    assert ways == ["blocks", "linear", "point spread", "expected"]
    *shares, agreement = read_checks(found["checks"])
    assert all(check.is_met for check in shares)
    # twenty draws know a probability to about a tenth
    assert agreement.value == pytest.approx(0.0, abs=0.08)


def test_maps_that_are_not_there_are_said_and_too_few_refused() -> None:
    notes = " ".join(_usual().notes)
    assert "Not judged, for their maps are not there: Cho/Cr, IAUC60." in notes
    things = _things()
    del things["ktrans"], things["rcbv"]
    with pytest.raises(ImpastoError, match="1 of its 3 groups can be judged, a zone needs 2; give more of the maps"):
        _run(things)


def test_a_user_rule_by_path_and_a_region_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        """
format = 1
name = "mine"
title = "Raised blood volume"
[[groups]]
name = "volume"
[[groups.criteria]]
name = "rCBV"
map = "rcbv"
raised_by = "percentile"
threshold = 97.5
[[zones]]
name = "hot"
at_least = 1
""",
        encoding="utf-8",
    )
    found = _run(_things(), rule=str(path))
    assert "probability-hot" in found.outputs
    with pytest.raises(ImpastoError, match="no structure fits 'CEL'; draw the enhancing tumour"):
        _run(_things(), rule=str(path), region=("CEL",))
    before = ZONES.files(ZonesStageSettings(rule=str(path)))
    path.write_text("format = ", encoding="utf-8")
    assert ZONES.files(ZonesStageSettings(rule=str(path))) != before
    with pytest.raises(ImpastoError, match="is not TOML"):
        load_zone_rule(str(path))


def test_a_region_may_be_what_two_structures_cover() -> None:
    things = _things()
    structures = things["structures"]
    assert isinstance(structures, StructureSet)
    core, whole = _ball(12.0, 5.0), structures["GTV"]
    assert core.mask is not None
    assert whole.mask is not None
    rim = Image(whole.mask.data * (1.0 - core.mask.data), whole.mask.grid, "occupancy", "1")
    parts = (Structure("GTV", Role.GTV, mask=core.mask), Structure("Oedema", mask=rim))
    split = {**things, "structures": StructureSet((*parts, structures["NAWM contralateral"]))}
    joined, one = _run(split, region=("*oedema* + GTV",), draws=4), _run(things, draws=4)
    volumes = [{row.name: row.volume_ml for row in read_volumes(r.outputs["volumes"])} for r in (joined, one)]  # type: ignore[arg-type]
    assert sum(volumes[0].values()) == pytest.approx(sum(volumes[1].values()), rel=0.03)


def test_rules_are_found_by_name() -> None:
    assert zone_rule_names() == ["ai-ctv", "gamma-knife-painting", "molecular-head-neck", "spectro-glio"]
    with pytest.raises(ImpastoError, match="choose one of: ai-ctv, gamma-knife-painting"):
        load_zone_rule("gamma-knife")


def test_a_step_may_only_need_inputs_of_its_protocol() -> None:
    protocol = load_protocol("zones")
    assert {step.name: step.needs for step in protocol.steps}["dsc"] == ("dsc-series",)
    assert isinstance(protocol, Protocol)
