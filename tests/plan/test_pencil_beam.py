import numpy as np
import pytest

from impasto.core import Beam, Grid, Image, ImpastoError
from impasto.plan.influence import InfluenceMatrix
from impasto.plan.photon import PencilBeamSettings, bixel_kernels, generic_6mv, pencil_beam_influence

MACHINE = generic_6mv()
WIDE = PencilBeamSettings(lateral_cutoff_mm=170.0)


def water(shape: tuple[int, int, int], spacing_mm: float, surface_y_mm: float) -> Image:
    """Water that begins at a plane facing the anterior."""
    grid = Grid.axis_aligned(
        shape,
        (spacing_mm,) * 3,
        (-spacing_mm * (shape[0] - 1) / 2, surface_y_mm + spacing_mm / 2, -spacing_mm * (shape[2] - 1) / 2),
    )
    return Image(np.ones(shape, dtype=np.float32), grid, "relative electron density", "1")


def dose_at(points_mm: np.ndarray, beam: Beam, density: Image, settings: PencilBeamSettings = WIDE) -> np.ndarray:
    """Dose at voxel centres nearest to points, unit weights."""
    index = np.round(density.grid.index_from_world(points_mm)).astype(int)
    numbers = np.ravel_multi_index(tuple(index.T), density.grid.shape)
    voxels, back = np.unique(numbers, return_inverse=True)
    influence, _ = pencil_beam_influence(density, [beam], density.grid, voxels, MACHINE, settings)
    return influence.dose_gy(np.ones(influence.column_count))[back].astype(float)


def lattice(half_count: int, width_mm: float) -> np.ndarray:
    steps = width_mm * (np.arange(2 * half_count) - half_count + 0.5)
    return np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)


def test_depth_dose_of_a_10_by_10_field_is_that_of_6_mv() -> None:
    """SSD 1000 mm. Measured 6 MV beams have PDD(100 mm) 0.66 to 0.68 and their maximum near 15 mm (BJR 25).

    The generic machine's own kernels fall just short of them: 0.653 and 13 mm, whether summed here directly or by the
    engine, from every fifth source-surface distance or from all. It is not commissioned; the engine must not hide that.
    """
    density = water((101, 160, 101), 2.0, 0.0)
    beam = Beam(0.0, 0.0, (0.0, 0.0, 0.0), 100.0, np.zeros((1, 2)))
    depth = np.arange(1.0, 300.0, 2.0)
    points = np.stack([np.zeros_like(depth), depth, np.zeros_like(depth)], axis=-1)
    dose = dose_at(points, beam, density)
    assert depth[np.argmax(dose)] == pytest.approx(13.0, abs=2.0)
    assert np.interp(100.0, depth, dose) / dose.max() == pytest.approx(0.653, abs=0.002)
    assert np.interp(200.0, depth, dose) / dose.max() == pytest.approx(0.383, abs=0.002)
    cell = 0.5 * (np.arange(200) - 99.5)
    radius = np.hypot(cell[:, None] - 0.25, cell[None, :] - 0.25)  # one cell's centre on the axis
    kernels = MACHINE.kernels_at(1000.0)
    sums = [0.25 * np.interp(radius, MACHINE.kernel_radius_mm, kernel).sum() for kernel in kernels]
    direct = sums @ MACHINE.depth_components(depth) * (1000.0 / (1000.0 + depth)) ** 2
    np.testing.assert_allclose(dose, direct, rtol=1e-3)
    assert np.all(np.diff(dose[depth > 20.0]) < 0.0)


def test_large_bixel_and_its_tiles_give_the_same_dose() -> None:
    density = water((41, 60, 41), 5.0, -100.0)
    whole = Beam(0.0, 0.0, (0.0, 0.0, 0.0), 100.0, np.zeros((1, 2)))
    tiled = Beam(0.0, 0.0, (0.0, 0.0, 0.0), 10.0, lattice(5, 10.0))
    points = np.array([[0.0, -80.0, 0.0], [0.0, 0.0, 0.0], [30.0, 0.0, -20.0], [45.0, 100.0, 45.0], [70.0, 0.0, 0.0]])
    np.testing.assert_allclose(dose_at(points, tiled, density), dose_at(points, whole, density), rtol=4e-3)


def test_inverse_square_law_in_air() -> None:
    """Equal radiological depth at three distances: only the square of the distance is left."""
    machine_sad = MACHINE.source_axis_distance_mm
    doses = []
    for surface in (-100.0, 0.0, 100.0):
        density = water((41, 40, 41), 5.0, surface)
        beam = Beam(0.0, 0.0, (0.0, 0.0, 0.0), 100.0, np.zeros((1, 2)))
        kernels = bixel_kernels(MACHINE, machine_sad + surface, 100.0, 1.0)[0, 0]
        depth = 52.5
        components = MACHINE.depth_components(np.array(depth))
        dose = dose_at(np.array([[0.0, surface + depth, 0.0]]), beam, density)[0]
        doses.append(dose / float(kernels @ components) * ((machine_sad + surface + depth) / machine_sad) ** 2)
    np.testing.assert_allclose(doses, 1.0, rtol=2e-5)


def test_penumbra_and_field_width() -> None:
    """At the isocentre plane the half-dose width is the field's, and 80 to 20 % falls within a few millimetres."""
    density = water((161, 30, 21), 1.0, -15.0)
    beam = Beam(0.0, 0.0, (0.0, 0.0, 0.0), 100.0, np.zeros((1, 2)))
    x = np.arange(-80.0, 81.0)
    profile = dose_at(np.stack([x, np.zeros_like(x), np.zeros_like(x)], axis=-1), beam, density)
    profile /= profile[80]
    right = profile[80:]
    distance = {level: np.interp(-level, -right, x[80:]) for level in (0.8, 0.5, 0.2)}
    assert distance[0.5] == pytest.approx(50.0, abs=0.5)
    assert 3.0 < distance[0.2] - distance[0.8] < 8.0
    np.testing.assert_allclose(profile, profile[::-1], rtol=1e-5)


def test_dose_of_a_symmetric_phantom_is_symmetric() -> None:
    density = water((31, 31, 31), 4.0, -62.0)
    beams = [Beam(angle, 0.0, (0.0, 0.0, 0.0), 5.0, lattice(3, 5.0)) for angle in (0.0, 90.0, 180.0, 270.0)]
    settings = PencilBeamSettings(lateral_cutoff_mm=51.3)  # no voxel lies on the cut-off to within rounding
    voxels = np.arange(density.grid.voxel_count)
    influence, _ = pencil_beam_influence(density, beams, density.grid, voxels, MACHINE, settings)
    dose = influence.dose_map_gy(np.ones(influence.column_count))
    tolerance = {"rtol": 1e-3, "atol": 1e-5 * dose.max()}
    np.testing.assert_allclose(dose, dose[::-1], **tolerance)
    np.testing.assert_allclose(dose, dose[:, ::-1], **tolerance)
    np.testing.assert_allclose(dose, dose[:, :, ::-1], **tolerance)
    np.testing.assert_allclose(dose, dose.transpose(1, 0, 2), **tolerance)


def test_rotating_beam_and_patient_together_changes_nothing() -> None:
    """A 90 degree couch turn of a cube that is the same from all sides: the same dose, turned."""
    density = water((21, 21, 21), 6.0, -63.0)
    bixels = lattice(2, 6.0)
    straight, turned = (Beam(90.0, couch, (0.0, 0.0, 0.0), 6.0, bixels) for couch in (0.0, 90.0))
    voxels = np.arange(density.grid.voxel_count)
    doses = []
    for beam in (straight, turned):
        influence, _ = pencil_beam_influence(density, [beam], density.grid, voxels, MACHINE, PencilBeamSettings())
        doses.append(influence.dose_map_gy(np.ones(influence.column_count)))
    # what was on the patient's left now is at the feet, and the head is on the left
    expected = np.swapaxes(doses[0], 0, 2)[:, :, ::-1]
    np.testing.assert_allclose(doses[1], expected, rtol=1e-4, atol=1e-6)


def test_beyond_the_cutoff_there_is_nothing() -> None:
    density = water((61, 10, 11), 4.0, -20.0)
    beam = Beam(0.0, 0.0, (0.0, 0.0, 0.0), 5.0, np.zeros((1, 2)))
    voxels = np.arange(density.grid.voxel_count)
    settings = PencilBeamSettings(lateral_cutoff_mm=30.0)
    influence, _ = pencil_beam_influence(density, [beam], density.grid, voxels, MACHINE, settings)
    points = density.grid.voxel_centres_mm().reshape(-1, 3)
    shrink = 1000.0 / (1000.0 + points[:, 1])
    off_axis = np.hypot(points[:, 0], points[:, 2]) * shrink
    np.testing.assert_array_equal(np.diff(influence.row_values) > 0, off_axis <= 30.0)


def test_kernel_integral_does_not_depend_on_where_a_bixel_ends() -> None:
    """Twice the width of a narrow bixel carries four times the energy."""
    narrow, wide = (bixel_kernels(MACHINE, 900.0, width, 60.0) for width in (5.0, 10.0))

    def integral(quadrant: np.ndarray) -> np.ndarray:
        whole = np.concatenate([quadrant[:0:-1], quadrant])
        return np.concatenate([whole[:, :0:-1], whole], axis=1).sum(axis=(0, 1))

    # the third component scatters far: a part of it lies beyond the table's reach
    np.testing.assert_allclose(integral(wide)[:2], 4.0 * integral(narrow)[:2], rtol=1e-2)
    assert integral(wide)[2] == pytest.approx(4.0 * integral(narrow)[2], rel=0.03)


def test_surface_outside_the_tables_is_noted() -> None:
    density = water((11, 20, 11), 5.0, 200.0)
    beam = Beam(0.0, 0.0, (0.0, 0.0, 0.0), 5.0, np.zeros((1, 2)))
    _, notes = pencil_beam_influence(
        density, [beam], density.grid, np.arange(5), MACHINE, PencilBeamSettings(lateral_cutoff_mm=20.0)
    )
    assert "SSD of 1200 mm" in notes[0]


def test_a_beam_without_bixels_is_refused() -> None:
    density = water((5, 5, 5), 5.0, 0.0)
    with pytest.raises(ImpastoError, match="no bixels"):
        pencil_beam_influence(
            density, [Beam(0, 0, (0, 0, 0), 5.0, np.zeros((0, 2)))], density.grid, np.arange(5), MACHINE, WIDE
        )


def test_dose_is_linear_and_additive_in_weights() -> None:
    density = water((15, 15, 15), 6.0, -45.0)
    beams = [Beam(angle, 0.0, (0.0, 0.0, 0.0), 5.0, lattice(2, 5.0)) for angle in (20.0, 140.0)]
    voxels = np.arange(density.grid.voxel_count)
    together, _ = pencil_beam_influence(density, beams, density.grid, voxels, MACHINE, PencilBeamSettings())
    apart = [
        pencil_beam_influence(density, [beam], density.grid, voxels, MACHINE, PencilBeamSettings())[0] for beam in beams
    ]
    weights = np.random.default_rng(1).random(together.column_count)
    first, second = np.split(weights, 2)
    summed = apart[0].dose_gy(first) + apart[1].dose_gy(second)
    np.testing.assert_allclose(together.dose_gy(weights), summed, rtol=1e-5)
    np.testing.assert_allclose(together.dose_gy(3.0 * weights), 3.0 * together.dose_gy(weights), rtol=1e-5)
    assert isinstance(together, InfluenceMatrix)
    assert together.values.min() > 0.0
