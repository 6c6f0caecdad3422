import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import Beam, Grid, Image, ImpastoError, StructureSet
from impasto.plan.photon import (
    GENERIC_DENSITY_TABLE,
    DensityTable,
    beam_axes,
    beam_geometry,
    electron_density,
    share_through_edge,
)
from impasto.plan.photon.geometry import isocentre_plane, source_position
from impasto.plan.photon.image_edge import edge_notes

BALL_GRID = Grid.centred((41, 41, 41), (2.0, 2.0, 2.0))
BALL = np.linalg.norm(BALL_GRID.voxel_centres_mm(), axis=-1) <= 22.0


@pytest.mark.parametrize(
    ("gantry", "couch", "source_side"),
    [
        (0, 0, (0, -1, 0)),  # anterior
        (90, 0, (1, 0, 0)),  # the patient's left
        (180, 0, (0, 1, 0)),  # posterior
        (270, 0, (-1, 0, 0)),  # the patient's right
        (90, 90, (0, 0, -1)),  # couch turned counter-clockwise from above: the feet come to gantry 90
        (0, 37, (0, -1, 0)),  # from above the couch's angle does not matter
    ],
)
def test_sources_lie_where_iec_61217_says(gantry: float, couch: float, source_side: tuple[int, ...]) -> None:
    np.testing.assert_allclose(beam_axes(gantry, couch)[2], source_side, atol=1e-12)


@given(gantry=st.floats(0, 360), couch=st.floats(-90, 90))
def test_beam_axes_are_a_right_handed_frame(gantry: float, couch: float) -> None:
    axes = beam_axes(gantry, couch)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)


@given(gantry=st.floats(0, 360), couch=st.floats(-90, 90), distance=st.floats(-300, 300))
def test_points_on_a_ray_project_on_one_spot(gantry: float, couch: float, distance: float) -> None:
    beam = Beam(gantry, couch, (5.0, -7.0, 11.0), 5.0, np.zeros((1, 2)))
    axes = beam_axes(gantry, couch)
    source = source_position(beam, 1000.0)
    spot = np.array(beam.isocentre_mm) + 20.0 * axes[0] - 30.0 * axes[1]
    along = spot + (spot - source) * distance / 1000.0
    projected, depth = isocentre_plane(along[None], beam, 1000.0)
    np.testing.assert_allclose(projected, [[20.0, -30.0]], atol=1e-9)
    assert depth[0] == pytest.approx(1000.0 + distance)


def test_bixels_cover_the_projection_and_one_ring() -> None:
    (beam,) = beam_geometry(BALL, BALL_GRID, [(30.0, 0.0)], bixel_width_mm=5.0, source_axis_distance_mm=1000.0)
    radius = np.linalg.norm(beam.bixels_mm, axis=1)
    within = {tuple(b) for b in beam.bixels_mm.tolist()}
    lattice = 5.0 * np.stack(np.meshgrid(np.arange(-9, 10), np.arange(-9, 10)), axis=-1).reshape(-1, 2)
    assert all(tuple(b) in within for b in lattice[np.linalg.norm(lattice, axis=1) <= 22.0].tolist())
    assert radius.max() <= 22.5 + 2 * 5.0 * np.sqrt(2.0)
    assert len(within) == len(beam.bixels_mm)
    np.testing.assert_allclose(beam.isocentre_mm, 0.0, atol=1e-9)


def test_margin_zero_leaves_the_ring_out() -> None:
    arguments = {"bixel_width_mm": 5.0, "source_axis_distance_mm": 1000.0}
    (bare,) = beam_geometry(BALL, BALL_GRID, [(0.0, 0.0)], margin_bixels=0, **arguments)
    (ringed,) = beam_geometry(BALL, BALL_GRID, [(0.0, 0.0)], margin_bixels=1, **arguments)
    assert len(bare.bixels_mm) < len(ringed.bixels_mm)
    assert np.ptp(ringed.bixels_mm, axis=0) == pytest.approx(np.ptp(bare.bixels_mm, axis=0) + 10.0)


def test_bad_beams_say_what_is_wrong() -> None:
    arguments = {"bixel_width_mm": 5.0, "source_axis_distance_mm": 1000.0}
    with pytest.raises(ImpastoError, match="no voxel"):
        beam_geometry(np.zeros_like(BALL), BALL_GRID, [(0.0, 0.0)], **arguments)
    with pytest.raises(ImpastoError, match="pairs"):
        beam_geometry(BALL, BALL_GRID, [], **arguments)
    with pytest.raises(ImpastoError, match="behind its source"):
        isocentre_plane(np.array([[0.0, -1200.0, 0.0]]), Beam(0, 0, (0, 0, 0), 5.0, np.zeros((1, 2))), 1000.0)


def test_density_is_constant_beyond_the_table() -> None:
    table = DensityTable("two points", (0.0, 1000.0), (1.0, 1.5))
    np.testing.assert_allclose(table.densities(np.array([-500.0, 0.0, 500.0, 4000.0])), [1.0, 1.0, 1.25, 1.5])
    assert table.share_beyond(np.array([-1.0, 0.0, 1000.0, 1001.0])) == 0.5
    with pytest.raises(ImpastoError, match="ascend"):
        DensityTable("reversed", (100.0, 0.0), (1.1, 1.0))


def test_nothing_attenuates_outside_the_body(water_tank: Image, tank_structures: StructureSet) -> None:
    hu = water_tank.data.copy()
    hu[:2] = 300.0  # a couch
    ct = water_tank.with_data(hu)
    masked, notes = electron_density(ct, tank_structures, GENERIC_DENSITY_TABLE)
    assert masked.data[:2].max() == 0.0
    assert any("BODY" in note for note in notes)
    free, notes = electron_density(ct, StructureSet(), GENERIC_DENSITY_TABLE)
    assert free.data[0, 0, 0] > 1.1
    assert any("couch too" in note for note in notes)


def test_a_ct_is_required(water_tank: Image) -> None:
    dose = water_tank.with_data(water_tank.data, quantity="dose", unit="Gy")
    with pytest.raises(ImpastoError, match="Hounsfield"):
        electron_density(dose, StructureSet(), GENERIC_DENSITY_TABLE)


def test_beam_through_the_cut_of_a_cropped_ct_is_named(water_tank: Image, tank_structures: StructureSet) -> None:
    whole, _ = electron_density(water_tank, tank_structures, GENERIC_DENSITY_TABLE)
    cropped = whole.cropped((0, 20, 0), whole.grid.shape)
    bixels = 5.0 * np.stack(np.meshgrid(np.arange(-3, 4), np.arange(-3, 4)), axis=-1).reshape(-1, 2)
    anterior, left = (Beam(angle, 0.0, (0.0, 0.0, 0.0), 5.0, bixels) for angle in (0.0, 90.0))
    assert share_through_edge(whole, anterior, 1000.0, 0.05) == 0.0
    assert share_through_edge(cropped, anterior, 1000.0, 0.05) == 1.0
    assert share_through_edge(cropped, left, 1000.0, 0.05) == 0.0
    (note,) = edge_notes(cropped, (anterior, left), 1000.0, 0.05)
    assert "gantry 0 couch 0 (100 %)" in note
