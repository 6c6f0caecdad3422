from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import DoseGoal, DoseLimit, Grid, Image, ImpastoError, LimitKind, Prescription, StructureSet
from impasto.plan import PlanningAims, SolverSettings
from impasto.plan.photon import (
    PhotonModel,
    PhotonSettings,
    generic_6mv,
    photon_model,
    plan_photon,
    plan_with_model,
)

FIVE_BEAMS = PhotonSettings(angles_deg=tuple((72.0 * n, 0.0) for n in range(5)))
DOSE_GRID = Grid.centred((40, 40, 30), (4.0, 4.0, 4.0))


@pytest.fixture(scope="module")
def model(water_tank: Image, tank_structures: StructureSet) -> PhotonModel:
    return photon_model(water_tank, tank_structures, ["PTV"], DOSE_GRID, FIVE_BEAMS)


def test_plan_gives_the_target_its_dose_and_spares_the_organ(model: PhotonModel, tank_structures: StructureSet) -> None:
    limit = DoseLimit("organ", LimitKind.MEAN, 10.0)
    prescription = Prescription("uniform", 20, (DoseGoal("PTV", 40.0, 40.0, weight=10.0),), (limit,))
    plan, optimum = plan_with_model(model, tank_structures, prescription, PlanningAims(), SolverSettings())
    target = tank_structures["PTV"].voxels(DOSE_GRID)
    organ = tank_structures["organ"].voxels(DOSE_GRID)
    dose = plan.dose.gy[target]
    assert dose.mean() == pytest.approx(40.0, rel=0.01)
    assert np.percentile(dose, 2) > 38.0
    assert np.percentile(dose, 98) < 42.0
    free, _ = plan_with_model(
        model,
        tank_structures,
        Prescription("free", 20, prescription.goals),
        PlanningAims(normal_tissue=None),
        SolverSettings(),
    )
    assert plan.dose.gy[organ].mean() < free.dose.gy[organ].mean()
    assert plan.dose.fractions == 20
    np.testing.assert_allclose(plan.dose.gy, 20 * model.influence.dose_map_gy(plan.weights), rtol=1e-6)
    assert any(optimum.reason in note for note in plan.notes)


def test_painting_follows_its_map(model: PhotonModel, tank_structures: StructureSet) -> None:
    radius = np.linalg.norm(DOSE_GRID.voxel_centres_mm(), axis=-1)
    painted = Image(60.0 + 12.0 * np.clip(1.0 - radius / 16.0, 0.0, 1.0), DOSE_GRID, "prescribed dose", "Gy")
    prescription = Prescription("painted", 30, (DoseGoal("PTV", painted, painted, weight=100.0),))
    plan, _ = plan_with_model(model, tank_structures, prescription, PlanningAims(), SolverSettings())
    target = tank_structures["PTV"].voxels(DOSE_GRID)
    quality = plan.dose.gy[target] / painted.data[target]
    assert np.mean(np.abs(quality - 1.0)) < 0.01


def test_every_plan_says_that_its_machine_is_not_commissioned(water_tank: Image, tank_structures: StructureSet) -> None:
    """On a CT cropped 40 mm in front of the isocentre, with a dose grid of its own."""
    cropped = water_tank.cropped((0, 25, 0), water_tank.grid.shape)
    grid = Grid.centred((16, 10, 12), (6.0, 6.0, 6.0))
    settings = PhotonSettings(angles_deg=((0.0, 0.0), (180.0, 0.0)), bixel_width_mm=10.0)
    told: list[float] = []
    plan = plan_photon(
        cropped,
        tank_structures,
        Prescription("two beams", 5, (DoseGoal("PTV", 20.0),)),
        grid,
        settings,
        lambda work, fraction: told.append(fraction),
    )
    assert any("not commissioned" in note for note in plan.notes)
    (edge,) = [note for note in plan.notes if "edge of the CT" in note]
    assert edge.startswith("Beams whose rays enter the patient through the edge of the CT")
    assert plan.machine == generic_6mv().name
    assert plan.dose.grid is grid
    assert len(plan.weights) == sum(len(beam.bixels_mm) for beam in plan.beams)
    assert told[-1] == 1.0


def test_bad_requests_are_refused(water_tank: Image, tank_structures: StructureSet) -> None:
    far = Grid.centred((5, 5, 5), (3.0, 3.0, 3.0), (900.0, 0.0, 0.0))
    with pytest.raises(ImpastoError, match="no voxel"):
        photon_model(water_tank, tank_structures, ["PTV"], far, FIVE_BEAMS)
    with pytest.raises(ImpastoError, match="no structure has this name"):
        photon_model(water_tank, tank_structures, ["missing"], DOSE_GRID, FIVE_BEAMS)


def test_machine_is_the_source_file_s(reference_data: Callable[[str], Path]) -> None:
    read_mat = pytest.importorskip("pymatreader").read_mat
    data = read_mat(str(reference_data("phantoms") / "photons_Generic.mat"))["machine"]["data"]
    machine = generic_6mv()
    at = [int(ssd) - 500 for ssd in machine.kernel_ssd_mm]
    for part in range(3):
        table = np.stack([np.ravel(data["kernel"][f"kernel{part + 1}"][row]) for row in at])
        np.testing.assert_allclose(machine.kernels_per_mm2[part], table, rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(machine.buildup_per_mm, np.ravel(data["betas"]))
    assert machine.attenuation_per_mm == data["m"]
