"""Stages clinical-targets and hypoxia: what they take, what they leave for reports, what they say."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, PetAcquisition, Role, Structure, StructureSet
from impasto.core.progress import silent
from impasto.workflow.protocol import load_protocol
from impasto.workflow.settings import stage_named, step_settings
from impasto.workflow.stage import Inputs
from impasto.workflow.stages.target_figures import read_checks, read_comparison, read_volumes

GRID = Grid.centred((36, 36, 32), (4, 4, 4))
DISTANCE = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
CT = Image(np.where(DISTANCE < 64, 40.0, -1000.0), GRID, "CT number", "[hnsf'U]")


def ball(name, role, centre_mm, radius_mm):
    distance = np.linalg.norm(GRID.voxel_centres_mm() - centre_mm, axis=-1)
    return Structure.from_mask(name, role, np.clip(0.5 + (radius_mm - distance) / 4.0, 0, 1), GRID)


DRAWN = StructureSet(
    (
        ball("GTV", Role.GTV, (-20, 0, 0), 14.0),
        ball("Oedema", Role.OTHER, (-20, 10, 0), 22.0),
        ball("Brain", Role.ORGAN, (0, 0, 0), 56.0),
        ball("Chiasm", Role.ORGAN, (20, -20, -20), 5.0),
    )
)
FOUND = StructureSet((ball("Brain", Role.ORGAN, (0, 0, 0), 30.0), ball("Ventricles", Role.OTHER, (12, 0, 0), 8.0)))


def run(stage, things, **settings):
    loaders = {slot: (lambda thing=thing: thing) for slot, thing in things.items()}
    checked = stage_named(stage).settings(**settings)
    return stage_named(stage).run(Inputs(stage, loaders), checked, silent)


def test_clinical_targets_join_what_was_drawn_and_found():
    things = {"ct": CT, "structures": DRAWN, "anatomy": FOUND}
    result = run("clinical-targets", things, definition="RTOG", compared=("EORTC",))
    structures = result.outputs["structures"]
    assert {"CTV46", "PTV46", "CTV60", "PTV60", "Ventricles"} <= set(structures.names)
    assert len(structures.with_role(Role.EXTERNAL)) == 1
    # drawn goes before found: the target leaves the small brain
    assert structures["CTV46"].volume_ml() > FOUND["Brain"].volume_ml()
    ventricles = FOUND["Ventricles"].occupancy(GRID)
    assert not (structures["CTV46"].occupancy(GRID)[ventricles > 0.99] > 0.01).any()
    rows = {row.name: row for row in read_volumes(result.outputs["volumes"])}
    assert rows["CTV46"].rule == "enhancement, T2 lesion + 20 mm"
    assert rows["PTV60"].rule == "CTV60 + 3 mm"
    assert rows["CTV46"].volume_ml > rows["CTV60"].volume_ml > DRAWN["GTV"].volume_ml()
    compared = read_comparison(result.outputs["comparison"])
    assert [row.is_chosen for row in compared] == [True, False, False]
    assert compared[0].values["Dice with CTV46"] == 1.0
    assert 0.3 < compared[2].values["Dice with CTV46"] < 0.9
    assert any("no limit to targets: Falx, Tentorium, Brainstem" in note for note in result.notes)
    assert any("The patient has no cavity" in note for note in result.notes)


def test_spectro_glio_checks_the_trial_and_does_without_metabolic_abnormality():
    things = {"ct": CT, "structures": DRAWN}
    result = run("clinical-targets", things, definition="SPECTRO GLIO", compared=(), margins_mm={"PTV2": 5.0})
    checks = read_checks(result.outputs["checks"])
    assert [check.is_met for check in checks] == [True, True, None, True]
    assert any("has no cavity, metabolic" in note for note in result.notes)
    assert any("Margins are not the definition's own: PTV2 5 mm." in note for note in result.notes)
    assert result.outputs["structures"]["CTV2"].volume_ml() == pytest.approx(DRAWN["GTV"].volume_ml(), rel=1e-3)
    with pytest.raises(ImpastoError, match="no definition is called 'NRG'; choose one of: RTOG, EORTC"):
        run("clinical-targets", things, definition="NRG")


def test_hypoxia_of_a_still_image():
    uptake = Image(1.0 + 2.0 * np.exp(-(((DISTANCE) / 14.0) ** 2)), GRID, "SUV", "g/mL")
    structures = StructureSet((ball("GTV", Role.GTV, (0, 0, 0), 16.0), ball("Muscle", Role.OTHER, (44, 0, 0), 10.0)))
    result = run("hypoxia", {"image": uptake, "structures": structures}, ratio=1.5)
    (row,) = read_volumes(result.outputs["volumes"])
    assert row.low_ml <= row.volume_ml <= row.high_ml
    assert row.rule == "tumour-to-muscle ratio >= 1.5"
    compared = {row.source: row for row in read_comparison(result.outputs["comparison"])}
    assert compared["set"].is_chosen
    by_threshold = sorted(compared.values(), key=lambda one: one.values["Threshold"])
    volumes = [one.values["Volume [ml]"] for one in by_threshold]
    assert volumes == sorted(volumes, reverse=True)
    assert result.outputs["oxygen"].unit == "mm[Hg]"
    assert result.outputs["dose-factor"].data.min() >= 1.0
    with pytest.raises(ImpastoError, match="no region of blood was drawn"):
        run("hypoxia", {"image": uptake, "structures": structures}, rule="FMISO, blood")


@pytest.mark.parametrize(
    ("written", "settings", "said"),
    [
        ("FMISO", {}, None),
        ("18F-Fluoromisonidazole", {}, None),
        ("", {}, "Nothing names the tracer: taken to be FMISO"),
        ("Solution", {}, "'Solution' names no tracer known here: taken to be FMISO"),
        ("FDG", {"tracer": "FMISO"}, None),
    ],
)
def test_hypoxia_asks_which_tracer_was_injected(written, settings, said):
    result = run_hypoxia_of(written, settings)
    notes = [note for note in result.notes if "taken to be" in note]
    assert notes == [] if said is None else notes[0].startswith(said)


@pytest.mark.parametrize("written", ["FDG", "Fluorodeoxyglucose F18", "FAZA"])
def test_uptake_of_another_tracer_is_no_hypoxia(written):
    with pytest.raises(ImpastoError, match="the PET is of F.*, the rule of FMISO"):
        run_hypoxia_of(written, {})


def run_hypoxia_of(written, settings):
    uptake = Image(1.0 + 2.0 * np.exp(-((DISTANCE / 14.0) ** 2)), GRID, "SUV", "g/mL")
    structures = StructureSet((ball("GTV", Role.GTV, (0, 0, 0), 16.0), ball("Muscle", Role.OTHER, (44, 0, 0), 10.0)))
    things = {"image": uptake, "structures": structures}
    loaders = {slot: lambda thing=thing: thing for slot, thing in things.items()}
    acquired = PetAcquisition("BQML", ("DECY",), "START", radiopharmaceutical=written)
    inputs = Inputs("hypoxia", loaders, {"pet": acquired})
    return stage_named("hypoxia").run(inputs, stage_named("hypoxia").settings(**settings), silent)


def test_hypoxia_of_a_dynamic_series_by_its_influx():
    times = np.arange(0.0, 7200.0, 600.0)
    blood = 5.0 * np.exp(-times / 4000.0) + 1.0
    middles = np.cumsum(blood) * 10.0 - blood * 5.0
    ki = np.where(DISTANCE < 10.0, 0.004, 0.0)[..., None]
    inside_blood = (ball("Blood", Role.OTHER, (0, 44, 0), 10.0).occupancy(GRID) > 0)[..., None]
    series = Image(np.where(inside_blood, blood, ki * middles + 0.7 * blood), GRID, "activity", "Bq/mL", times_s=times)
    structures = StructureSet(
        (
            ball("GTV", Role.GTV, (0, 0, 0), 18.0),
            ball("Muscle", Role.OTHER, (44, 0, 0), 10.0),
            ball("Blood", Role.OTHER, (0, 44, 0), 10.0),
        )
    )
    result = run("hypoxia", {"image": series, "structures": structures}, influx_per_min=0.002)
    found = result.outputs["structures"]["Hypoxia"].occupancy(GRID) > 0
    assert np.array_equal(found, DISTANCE < 10.0)
    assert result.outputs["influx"].standard_error is not None
    assert result.outputs["probability-hypoxia"].data[DISTANCE < 10.0].min() > 0.99


@pytest.mark.parametrize("name", ["clinical-targets", "hypoxia", "spectro-glio"])
def test_protocols_have_settings_their_stages_take(name):
    assert step_settings(load_protocol(name))
