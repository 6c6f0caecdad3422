"""impasto's own formats: everything that is written reads back the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from impasto.core import (
    Beam,
    Dose,
    DoseGoal,
    DoseKind,
    DoseLimit,
    Grid,
    Image,
    ImpastoError,
    LimitKind,
    Plan,
    Prescription,
    Role,
    Structure,
    StructureSet,
)
from impasto.files import native

GRID = Grid.centred((5, 6, 7), (1.1, 2.2, 3.3), (0.123456789, -4, 5))
VALUES = np.random.default_rng(0).uniform(0, 70, GRID.shape).astype(np.float32)


def dose() -> Dose:
    return Dose(Image(VALUES, GRID, "dose", "Gy"), 30, DoseKind.EQD2, 10.0, "painted")


def test_images_keep_values_geometry_times_and_error(tmp_path: Path) -> None:
    data = np.stack([VALUES, VALUES + 1], axis=-1)
    image = Image(data, GRID, "signal", "mmol/L", np.array([0.0, 4.5]), standard_error=0.1 * data)
    native.write_image(image, tmp_path / "map")
    again = native.read_image(tmp_path / "map")
    np.testing.assert_array_equal(again.data, data)
    np.testing.assert_array_equal(again.grid.affine, GRID.affine)
    np.testing.assert_array_equal(again.times_s, image.times_s)
    np.testing.assert_allclose(again.standard_error, image.standard_error)
    assert (again.quantity, again.unit) == ("signal", "mmol/L")


def test_maps_keep_voxels_without_a_value(tmp_path: Path) -> None:
    data = np.where(VALUES > 35, VALUES, np.nan)
    native.write_image(Image(data, GRID, "Cho/NAA", "1", standard_error=0.1 * data), tmp_path / "map")
    again = native.read_image(tmp_path / "map")
    np.testing.assert_array_equal(again.data, data)
    np.testing.assert_array_equal(np.isnan(again.standard_error), np.isnan(data))


def test_structures_keep_contours_exactly_and_masks(tmp_path: Path) -> None:
    contour = np.random.default_rng(1).normal(size=(20, 3))
    drawn = Structure("Tumeur é ♥", Role.GTV, (contour,), colour=(1, 2, 3), plane_spacing_mm=2.5, end_cap_mm=0.0)
    mask = Structure.from_mask("mask", Role.PTV, VALUES / 70, GRID)
    native.write_structures(StructureSet((drawn, mask), "1.2.3"), tmp_path / "set")
    again = native.read_structures(tmp_path / "set")
    assert again.frame_of_reference_uid == "1.2.3"
    assert again.names == ["Tumeur é ♥", "mask"]
    np.testing.assert_array_equal(again["Tumeur é ♥"].contours[0], contour)
    assert again["Tumeur é ♥"].colour == (1, 2, 3)
    assert (again["Tumeur é ♥"].plane_spacing_mm, again["Tumeur é ♥"].end_cap_mm) == (2.5, 0.0)
    np.testing.assert_array_equal(again["mask"].occupancy(GRID), mask.occupancy(GRID))


def test_plans_keep_fluence_and_dose(tmp_path: Path) -> None:
    beam = Beam(51.0, 0.0, (1.0, 2.0, 3.0), 5.0, np.random.default_rng(2).normal(size=(9, 2)))
    plan = Plan("painted", "generic", (beam,), np.arange(9.0), dose(), ("not commissioned",))
    native.write_plan(plan, tmp_path / "plan")
    again = native.read_plan(tmp_path / "plan")
    np.testing.assert_array_equal(again.weights, plan.weights)
    np.testing.assert_array_equal(again.beams[0].bixels_mm, beam.bixels_mm)
    assert again.notes == plan.notes
    np.testing.assert_array_equal(again.dose.gy, VALUES)
    assert (again.dose.kind, again.dose.alpha_beta_gy, again.dose.fractions) == (DoseKind.EQD2, 10.0, 30)


def test_prescriptions_keep_maps_levels_and_limits(tmp_path: Path) -> None:
    levels = Image(VALUES, GRID, "prescribed dose", "Gy")
    goals = (DoseGoal("GTV", levels, levels), DoseGoal("PTV", 60.0, None, 2.0))
    limits = (DoseLimit("Cord", LimitKind.DOSE_VOLUME, 45.0, 2.0), DoseLimit("Eye", LimitKind.MEAN, 20.0))
    prescription = Prescription("painted", 30, goals, limits, 75.0, "linear, 60 Gy at 1 g/mL")
    native.write_prescription(prescription, tmp_path / "p")
    again = native.read_prescription(tmp_path / "p")
    assert (again.name, again.fractions, again.maximum_gy, again.method) == ("painted", 30, 75.0, prescription.method)
    assert again.limits == limits
    assert again.goals[0].lower_gy is again.goals[0].upper_gy
    np.testing.assert_array_equal(again.goals[0].lower_on(GRID), levels.data)
    assert (again.goals[1].lower_gy, again.goals[1].upper_gy, again.goals[1].weight) == (60.0, None, 2.0)


def test_a_damaged_document_names_file_and_field(tmp_path: Path) -> None:
    native.write_dose(dose(), tmp_path / "d")
    document = tmp_path / "d" / "dose.json"
    document.write_text(document.read_text().replace('"fractions": 30', '"fractions": "many"'))
    with pytest.raises(ImpastoError, match=r"dose\.json: fractions"):
        native.read_dose(tmp_path / "d")
    document.write_text("{")
    with pytest.raises(ImpastoError, match="is not JSON"):
        native.read_dose(tmp_path / "d")
    document.unlink()
    with pytest.raises(ImpastoError, match="is missing"):
        native.read_dose(tmp_path / "d")


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_a_plan_without_readable_fluence_is_one_clear_error(tmp_path: Path, content: bytes | None) -> None:
    beam = Beam(51.0, 0.0, (1.0, 2.0, 3.0), 5.0, np.zeros((9, 2)))
    native.write_plan(Plan("painted", "generic", (beam,), np.arange(9.0), dose()), tmp_path / "plan")
    (tmp_path / "plan" / "fluence.npz").unlink()
    if content is not None:
        (tmp_path / "plan" / "fluence.npz").write_bytes(content)
    with pytest.raises(ImpastoError, match="fluence.npz: cannot be read"):
        native.read_plan(tmp_path / "plan")
