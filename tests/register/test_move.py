"""What moves along with a transform: each kind on its own, and all of them alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import (
    DiffusionSeries,
    DisplacementField,
    GradientTable,
    Grid,
    Image,
    ImpastoError,
    Role,
    Spectra,
    Structure,
    StructureSet,
    Transform,
)
from impasto.register import (
    move_contours,
    move_diffusion,
    move_image,
    move_image_grid,
    move_mask,
    move_points,
    move_spectra,
    move_structure,
    move_structures,
)

MOVING = Grid(
    (40, 44, 20),
    np.array([[-2.0, 0, 0, 45], [0, -2.0, 0, 40], [0, 0, 4.0, -38], [0, 0, 0, 1]]),
)
FIXED = Grid.centred((50, 50, 50), (2.0, 2.0, 2.0), (5, -5, 3))
CENTRE = np.array([8.0, -6.0, 2.0])
RADIUS_MM = 14.0


def turn(angles_deg: tuple[float, ...], shift_mm: tuple[float, ...]) -> Transform:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    matrix[:3, 3] = shift_mm
    return Transform(matrix, "turn")


TURN = turn((10.0, -15.0, 25.0), (4.0, -3.0, 5.0))


def bend(matrix: np.ndarray | None = None) -> Transform:
    """A displacement of some millimetres that varies over centimetres, and then an affine map."""
    x, y, z = np.moveaxis(FIXED.voxel_centres_mm() / 25.0, -1, 0)
    field = DisplacementField(FIXED, 3.0 * np.stack([np.sin(y), np.cos(z), np.sin(x)], axis=-1))
    return Transform(np.eye(4) if matrix is None else matrix, "bend", field)


def smooth(points: np.ndarray) -> np.ndarray:
    """A scalar field that trilinear interpolation holds well."""
    x, y, z = np.moveaxis(np.asarray(points) / 30.0, -1, 0)
    return np.sin(x) + np.cos(y + 0.5) * np.sin(z + 0.3)


def ball(grid: Grid) -> np.ndarray:
    return np.linalg.norm(grid.voxel_centres_mm() - CENTRE, axis=-1) < RADIUS_MM


def circles() -> tuple[np.ndarray, ...]:
    """The ball as contours every 2 mm."""
    angle = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)
    planes = []
    for away in np.arange(-13.0, 13.1, 2.0):
        r = np.sqrt(RADIUS_MM**2 - away**2)
        circle = [r * np.cos(angle), r * np.sin(angle), np.full(60, away)]
        planes.append(CENTRE + np.stack(circle, axis=-1))
    return tuple(planes)


@pytest.mark.parametrize("transform", [TURN, bend(), bend(TURN.matrix)], ids=["rigid", "dense", "both"])
@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
def test_an_image_is_read_where_the_transform_says(transform: Transform, interpolation: str) -> None:
    image = Image(smooth(MOVING.voxel_centres_mm()), MOVING, "field", "1")
    moved = move_image(image, transform, FIXED, interpolation, outside=np.nan)  # type: ignore[arg-type]
    points = transform.moving_from_fixed(FIXED.voxel_centres_mm())
    index = MOVING.index_from_world(points)
    outside = np.any((index < -0.5) | (index > np.array(MOVING.shape) - 0.5), axis=-1)
    np.testing.assert_array_equal(np.isnan(moved.data), outside)
    # at the faces the outermost values hold, and splines feel them over some voxels
    interior = np.all((index >= 4.0) & (index <= np.array(MOVING.shape) - 5.0), axis=-1)
    assert interior.mean() > 0.15
    bound = 0.006 if interpolation == "linear" else 0.0005
    assert np.abs(moved.data - smooth(points))[interior].max() < bound


@pytest.mark.parametrize("transform", [TURN, bend(TURN.matrix)], ids=["rigid", "dense"])
def test_points_contours_masks_and_structures_go_to_the_same_place(transform: Transform) -> None:
    contours = circles()
    target = move_points(CENTRE, transform)
    np.testing.assert_allclose(transform.moving_from_fixed(target), CENTRE, atol=2e-3)
    np.testing.assert_allclose(np.concatenate(move_contours(contours, transform)).mean(axis=0), target, atol=0.3)
    exact = np.linalg.norm(transform.moving_from_fixed(FIXED.voxel_centres_mm()) - CENTRE, axis=-1) < RADIUS_MM
    from_mask = move_mask(ball(MOVING), MOVING, transform, FIXED)
    drawn = Structure("ball", Role.GTV, contours)
    moved = move_structure(drawn, transform, FIXED)
    share = moved.occupancy(FIXED)
    assert moved.role is Role.GTV
    for found in (from_mask, share >= 0.5):
        dice = 2.0 * (found & exact).sum() / (found.sum() + exact.sum())
        assert dice > 0.95
    assert share.sum() == pytest.approx(exact.sum(), rel=0.03)
    assert move_structures(StructureSet((drawn,)), transform, FIXED)["ball"].role is Role.GTV


def test_an_affine_map_keeps_contours_and_the_volume_between_them() -> None:
    shrink = Transform(np.diag([2.0, 2.0, 2.0, 1.0]), "the moving frame is twice as large")
    drawn = Structure("ball", Role.GTV, circles()[:1], plane_spacing_mm=2.0, end_cap_mm=1.0)
    moved = move_structure(drawn, shrink)
    assert len(moved.contours) == 1
    assert (moved.plane_spacing_mm, moved.end_cap_mm) == pytest.approx((1.0, 0.5))


def test_spectra_perfusion_and_gradients_move_as_the_anatomy_does() -> None:
    spectra = Spectra(np.ones((*MOVING.shape, 2), dtype=np.complex64), MOVING, 5e-4, 123.25, 0.03)
    moved = move_spectra(spectra, TURN)
    index = np.array([3, 5, 7])
    place = TURN.fixed_from_moving(MOVING.world_from_index(index))
    np.testing.assert_allclose(moved.grid.world_from_index(index), place, atol=1e-9)
    assert moved.fid is spectra.fid or np.array_equal(moved.fid, spectra.fid)
    series = Image(np.zeros((*MOVING.shape, 3)), MOVING, "signal", "1", np.arange(3.0))
    np.testing.assert_allclose(move_image_grid(series, TURN).grid.affine, moved.grid.affine)
    # a gradient along the third index axis still runs along it
    along = MOVING.direction[:, 2]
    table = GradientTable(np.array([0.0, 1000.0, 1000.0]), np.stack([np.zeros(3), along, MOVING.direction[:, 0]]))
    turned = move_diffusion(DiffusionSeries(series, table), TURN)
    np.testing.assert_allclose(turned.gradients.directions[1], turned.image.grid.direction[:, 2], atol=1e-9)
    for refused in (lambda: move_spectra(spectra, bend()), lambda: move_image_grid(series, bend())):
        with pytest.raises(ImpastoError, match="dense"):
            refused()


def test_the_identity_changes_nothing() -> None:
    data = np.random.default_rng(0).normal(size=MOVING.shape).astype(np.float32)
    image = Image(data, MOVING, "noise", "1")
    still = Transform.dense(DisplacementField(FIXED, np.zeros((*FIXED.shape, 3))), "none")
    for transform in (Transform.identity(), still):
        for interpolation in ("linear", "nearest", "cubic"):
            moved = move_image(image, transform, MOVING, interpolation)  # type: ignore[arg-type]
            np.testing.assert_allclose(moved.data, data, atol=2e-5)


@given(
    st.tuples(*[st.floats(-30, 30)] * 3),
    st.tuples(*[st.floats(-10, 10)] * 3),
    st.tuples(*[st.floats(-30, 30)] * 3),
)
@runs(max_examples=15)
def test_a_path_composed_moves_points_as_its_steps_do(
    first: tuple[float, ...], shift: tuple[float, ...], second: tuple[float, ...]
) -> None:
    one, other = turn(first, shift), turn(second, shift[::-1])
    points = np.random.default_rng(0).uniform(-30, 30, (20, 3))
    step_by_step = move_points(move_points(points, other), one)
    np.testing.assert_allclose(move_points(points, one.then(other)), step_by_step, atol=1e-9)
    np.testing.assert_allclose(move_points(move_points(points, one), one.inverse()), points, atol=1e-9)


def test_one_interpolation_keeps_what_a_chain_blurs() -> None:
    # stripes of 5 mm: half a voxel to and fro, by steps or at once
    data = np.sin(MOVING.voxel_centres_mm()[..., 0] * 2 * np.pi / 10.0)
    image = Image(data, MOVING, "stripes", "1")
    there = Transform.translation((1.0, 0.0, 0.0))
    back = there.inverse()
    at_once = move_image(image, there.then(back), MOVING)
    chain = move_image(move_image(image, there, MOVING), back, MOVING)
    middle = (slice(5, -5),) * 3
    np.testing.assert_allclose(at_once.data[middle], data[middle], atol=1e-6)
    assert chain.data[middle].std() < 0.95 * data[middle].std()


def test_averages_over_larger_voxels_keep_the_integral() -> None:
    image = Image(ball(MOVING).astype(np.float32), MOVING, "occupancy", "1")
    coarse = Grid.centred((12, 12, 12), (10.0, 10.0, 10.0), (5, -5, 3))
    moved = move_image(image, TURN, coarse, "conserving")
    own = image.data.sum() * MOVING.voxel_volume_ml
    assert moved.data.sum() * coarse.voxel_volume_ml == pytest.approx(own, rel=0.01)


def test_labels_stay_labels_and_series_stay_series() -> None:
    labels = Image(np.random.default_rng(0).integers(0, 5, MOVING.shape), MOVING, "labels", "1")
    for transform in (TURN, bend()):
        moved = move_image(labels, transform, FIXED, "nearest")
        assert set(np.unique(moved.data)) <= set(range(5))
        frames = np.stack([np.full(MOVING.shape, v) for v in (1.0, 2.0)], axis=-1)
        series = Image(frames, MOVING, "signal", "1", np.array([0.0, 5.0]))
        middle = move_image(series, transform, FIXED).data[25, 25, 25]
        np.testing.assert_allclose(middle, (1.0, 2.0))


def test_moves_that_cannot_be_are_refused() -> None:
    image = Image(np.zeros(MOVING.shape), MOVING, "signal", "1")
    with pytest.raises(ImpastoError, match="unknown interpolation"):
        move_image(image, TURN, FIXED, "quintic")  # type: ignore[arg-type]
    with pytest.raises(ImpastoError, match="average"):
        move_image(image, bend(), FIXED, "conserving")
    with pytest.raises(ImpastoError, match="fixed grid"):
        move_structure(Structure("ball", Role.GTV, circles()), bend())
