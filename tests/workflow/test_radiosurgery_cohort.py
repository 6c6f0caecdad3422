"""The radiosurgery cohort: volumes, printed patients, tables; the stages around plans, which are not planned here."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from impasto.core import Dose, Grid, Image, ImpastoError, Plan, Role, Shot, Structure, StructureSet
from impasto.core.progress import silent
from impasto.workflow.protocol import load_protocol
from impasto.workflow.radiosurgery_cohort import (
    CohortPatient,
    RadiosurgeryCohort,
    compared_measures,
    comparison_rows,
    patient_rows,
    published_cohort,
    published_rows,
    run_radiosurgery_cohort,
    tumour_volumes_ml,
    unreachable_sentences,
    write_patient_table,
)
from impasto.workflow.settings import stage_named, step_settings
from impasto.workflow.stage import Inputs
from impasto.workflow.stages.radiosurgery_comparison import read_radiosurgery_comparison

GRID = Grid.centred((50, 50, 44), (3.0, 3.0, 3.0))
DISTANCE = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
IMAGE = Image(np.where(DISTANCE < 55.0, 100.0 + GRID.voxel_centres_mm()[..., 0], 0.0), GRID, "T1c", "1")


def ball(name, role, radius_mm, inner_mm=0.0):
    return Structure.from_mask(name, role, (radius_mm > DISTANCE) & (inner_mm <= DISTANCE), GRID)


LESION = StructureSet((ball("CEL", Role.GTV, 20.0, 12.0), ball("Necrosis", Role.GTV, 12.0)))


def run(stage, things, **settings):
    loaders = {slot: (lambda thing=thing: thing) for slot, thing in things.items()}
    return stage_named(stage).run(Inputs(stage, loaders), stage_named(stage).settings(**settings), silent)


@pytest.fixture(scope="module")
def zones():
    head = run("head", {"image": IMAGE, "lesions": LESION})
    return head, run(
        "painting-zones",
        {"structures": head.outputs["structures"]},
        aggressive=("CEL",),
        tumour=("GTV*", "CEL + Necrosis"),
        penumbra_mm=3.0,
    )


def plan(name, peak_gy):
    dose = Image(np.maximum(peak_gy - 0.8 * DISTANCE, 0.0).astype(np.float32), GRID, "dose", "Gy")
    return Plan(name, "test", (), np.zeros(0), Dose(dose, 1), shots=(Shot((0.0, 0.0, 0.0), (16.0,) * 8, peak_gy),))


@pytest.fixture(scope="module")
def comparison(zones):
    structures = zones[1].outputs["structures"]
    painting = run(
        "zone-painting", {"structures": structures}, name="painted", doses_gy={"aggressive": 18.0, "passive": 15.0}
    )
    things = {
        "painted": plan("painted", 36.0),
        "uniform": plan("uniform", 32.0),
        "structures": structures,
        "prescription": painting.outputs["prescription"],
    }
    return run("radiosurgery-comparison", things)


def test_a_skull_stripped_image_has_a_head_around_its_brain(zones):
    head, found = zones
    structures = head.outputs["structures"]
    assert structures.with_role(Role.EXTERNAL)[0].volume_ml() == pytest.approx(4 / 3 * np.pi * 6.9**3, rel=0.04)
    assert structures["Brain"].volume_ml() == pytest.approx(4 / 3 * np.pi * 5.5**3, rel=0.04)
    assert any("grown by 14 mm for skull and scalp" in note for note in head.notes)
    assert any("No map was looked at" in note for note in found.notes)


def test_zones_of_masks_divide_the_tumour(zones):
    structures = zones[1].outputs["structures"]
    parts = [structures[name].volume_ml() for name in ("aggressive", "penumbra", "passive")]
    assert sum(parts) == pytest.approx(structures["Painted tumour"].volume_ml())
    assert parts[0] == pytest.approx(LESION["CEL"].volume_ml())
    assert sum(parts[1:]) == pytest.approx(LESION["Necrosis"].volume_ml())


def test_without_masks_or_maps_zones_are_refused():
    with pytest.raises(ImpastoError, match="no maps to find zones in"):
        run("painting-zones", {"structures": LESION})


def test_drawn_zones_outside_the_tumour_are_said_or_refused(zones):
    structures = zones[0].outputs["structures"]
    grown = structures.with_structure(ball("aggressive", Role.GTV, 24.0))
    found = run("painting-zones", {"structures": grown}, tumour=("CEL + Necrosis",))
    lost = ball("shell", Role.GTV, 24.0, 20.0).volume_ml()
    assert f"{lost:.2f} ml of aggressive lie outside CEL, Necrosis and are not painted." in found.notes
    assert "Without a volume and not painted: penumbra, passive." in found.notes
    away = structures.with_structure(ball("aggressive", Role.GTV, 50.0, 45.0))
    with pytest.raises(ImpastoError, match="aggressive: it lies outside the tumour"):
        run("painting-zones", {"structures": away}, tumour=("CEL + Necrosis",))


def test_fragments_of_zones_that_nobody_drew_join_the_zone_beside_them(zones):
    """What is left of the tumour around a drawn zone are two voxels."""
    structures = zones[0].outputs["structures"]
    tumour = ball("tumour", Role.GTV, 20.0)
    rest = np.zeros(GRID.shape, dtype=bool)
    rest[tuple(np.argwhere(DISTANCE < 20.0)[[0, -1]].T)] = True
    drawn = Structure.from_mask("aggressive", Role.GTV, (DISTANCE < 20.0) & ~rest, GRID)
    both = structures.with_structure(drawn).with_structure(tumour)
    asked = {"tumour": ("tumour",), "penumbra_mm": 1.0}
    found = run("painting-zones", {"structures": both}, **asked)
    assert "passive" not in found.outputs["structures"]
    assert found.outputs["structures"]["aggressive"].volume_ml() == pytest.approx(tumour.volume_ml())
    merged = found.outputs["fragments"].values["merged"]
    assert [(row["zone"], row["into"]) for row in merged] == [("passive", "aggressive")] * 2
    assert any("0.05 of 0.05 ml of passive joined aggressive: 2 fragments" in note for note in found.notes)
    kept = run("painting-zones", {"structures": both}, **asked, least_fragment_ml=0.0)
    assert kept.outputs["structures"]["passive"].volume_ml() == pytest.approx(2 * 0.027)


def test_uniform_dose_leaves_hot_spots_alone(zones):
    structures = zones[1].outputs["structures"]
    found = run("uniform-dose", {"structures": structures}, name="u", target="Painted tumour", dose_gy=16.0)
    (goal,) = found.outputs["prescription"].goals
    assert (goal.lower_gy, goal.upper_gy) == (16.0, None)


def test_both_plans_are_compared_by_the_same_figures(comparison):
    painted, uniform = read_radiosurgery_comparison(comparison.outputs["figures"])
    assert (painted.name, uniform.name) == ("painted", "uniform")
    assert painted.indices.isodose_gy == uniform.indices.isodose_gy == 15.0
    # radius of 12 Gy: 30 and 25 mm
    assert painted.high_ml == pytest.approx(4 / 3 * np.pi * 27.0, rel=0.03)
    assert uniform.high_ml == pytest.approx(4 / 3 * np.pi * 2.5**3, rel=0.03)
    assert painted.zones[0].structure == "aggressive"
    assert comparison.outputs["figures"].values["delivery"]["uniform"] == {"shots": 1, "beam_on_minutes": 32.0}


def test_volumes_have_the_papers_range_and_mean():
    published = published_cohort()
    volumes = tumour_volumes_ml(23, published, 0)
    assert volumes.mean() == pytest.approx(13.0, abs=0.01)
    assert (volumes.min(), volumes.max()) == (9.4, 43.7)
    assert sorted(tumour_volumes_ml(23, published, 1)) == sorted(volumes)
    few = tumour_volumes_ml(2, published, 0)
    assert 9.4 < few.min() < few.max() < 20.0


def test_printed_patients_give_the_recomputed_statistics():
    """Means, deviations, shifts and r of tables 1 and 2, computed elsewhere."""
    published = published_cohort()
    means = {name: (published.uniform[name].mean(), published.painted[name].mean()) for name in published.uniform}
    assert means["brain_mean_gy"] == pytest.approx((2.2261, 2.1565), abs=1e-4)
    assert means["integral_dose_j"] == pytest.approx((7.213, 7.100), abs=1e-3)
    assert means["v12_ml"] == pytest.approx((116.887, 94.884), abs=1e-3)
    assert published.uniform["v12_ml"].std(ddof=1) == pytest.approx(112.857, abs=1e-3)


@pytest.fixture(scope="module")
def cohort(comparison, tmp_path_factory):
    painted, uniform = read_radiosurgery_comparison(comparison.outputs["figures"])
    patients = tuple(
        CohortPatient(
            f"patient-{n:03d}",
            10.0 + n,
            replace(painted, brain_mean_gy=2.0 + 0.1 * n - 0.05 * (n + 1)),
            replace(uniform, brain_mean_gy=2.0 + 0.1 * n),
            {},
        )
        for n in range(6)
    )
    return RadiosurgeryCohort(tmp_path_factory.mktemp("cohort"), patients, 6)


def test_tables_stand_beside_the_papers(cohort):
    published = published_cohort()
    rows = compared_measures(cohort, published)
    mean = rows[0]
    # all six lower: 2 / 2^6; differences .05 to .30 have the pseudomedian .175
    assert mean.own.signed_rank.p_value == pytest.approx(2 / 64)
    assert mean.own.shift.estimate == pytest.approx(-0.175)
    assert mean.own.rank_biserial == -1.0
    v12 = next(row.published for row in rows if row.measure.published == "v12_ml")
    assert v12.shift.estimate == pytest.approx(-0.255, abs=6e-4)
    assert v12.rank_biserial == pytest.approx(-0.674, abs=6e-4)
    assert v12.signed_rank.p_value == pytest.approx(0.00345, abs=1e-5)
    assert len(comparison_rows(rows)) == len(rows)
    assert all("(" in cell for row in published_rows(rows) for cell in row[1:])
    assert len(patient_rows(cohort)) == 6
    said = " ".join(unreachable_sentences(cohort, published))
    assert "3.2 kg" in said
    assert "Nothing was tuned" in said


def test_patients_are_written_for_other_programs(cohort, tmp_path):
    write_patient_table(cohort, tmp_path / "cohort.csv")
    with (tmp_path / "cohort.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["mean dose, brain [Gy], uniform"]) for row in rows] == pytest.approx(
        [2.0 + 0.1 * n for n in range(6)]
    )


def test_protocol_names_stages_and_settings_that_exist():
    protocol = load_protocol("gamma-knife-painting")
    settings = step_settings(protocol)
    assert settings["painting"]["doses_gy"] == {"aggressive": 18.0, "penumbra": 16.5, "passive": 15.0}
    assert settings["painted"]["isodose"] == settings["uniform"]["isodose"] == 0.5
    assert protocol.report is not None
    assert protocol.report.with_run


def test_an_empty_cohort_is_refused(tmp_path):
    with pytest.raises(ImpastoError, match="0 patients"):
        run_radiosurgery_cohort(tmp_path, 0)
