from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.simulated_registration import RegistrationPair
from scipy import ndimage
from scipy.spatial.transform import Rotation

from impasto.core import DisplacementField, Grid, Image, ImpastoError, Role, Structure, StructureSet, Transform
from impasto.register import KnownCorrespondence, RegistrationRegions, jacobian_determinant
from impasto.register.deformable import (
    AbsenceSettings,
    DeformableRegistration,
    DeformableSettings,
    GuidedRegions,
    register_deformable,
)

QUICK = DeformableSettings(levels_mm=(6.0, 3.0), iterations=(5, 5))


@pytest.fixture(scope="module")
def found(bent: RegistrationPair) -> DeformableRegistration:
    return register_deformable(bent.fixed, bent.moving, settings=QUICK)


def mirrored(image: Image) -> Image:
    """The same voxels in the same places, counted the other way along i and j."""
    affine = image.grid.affine.copy()
    last = np.array(image.grid.shape) - 1
    affine[:3, 3] = image.grid.world_from_index([last[0], last[1], 0])
    affine[:3, :2] *= -1.0
    return replace(image, data=image.data[::-1, ::-1], grid=Grid(image.grid.shape, affine))


def laid(image: Image, matrix: np.ndarray) -> Image:
    return replace(image, grid=Grid(image.grid.shape, matrix @ image.grid.affine))


def test_recovers_a_smooth_field_without_folds(bent, found):
    before, after = bent.errors_mm(Transform.identity()), bent.errors_mm(found.transform)
    assert before.mean() > 2.5
    # a fifth of the voxels
    assert after.mean() < 0.6
    assert np.quantile(after, 0.95) < 1.5
    assert jacobian_determinant(found.transform).min() > 0.2
    assert found.quality.folded_share == 0.0
    assert found.quality.verdict.is_passed, found.quality.verdict.failures


def test_comes_home_by_a_search_of_its_own(bent, found):
    assert found.quality.forward_backward_mean_mm < 0.8
    there = found.transform.moving_from_fixed(bent.points_mm)
    assert np.linalg.norm(found.backward.moving_from_fixed(there) - bent.points_mm, axis=1).mean() > 1e-3


def test_inverse_exists(bent, found):
    inverse = found.transform.inverse()
    home = inverse.moving_from_fixed(found.transform.moving_from_fixed(bent.points_mm))
    assert np.abs(home - bent.points_mm).mean() < 0.1


def test_field_is_kept_on_the_finest_level(bent):
    coarse = replace(QUICK, levels_mm=(6.0,), iterations=(2,))
    field = register_deformable(bent.fixed, bent.moving, settings=coarse).transform.displacement
    assert field is not None
    assert field.grid.spacing_mm.max() <= 6.0
    assert field.grid.voxel_count < bent.fixed.grid.voxel_count / 6


def test_an_image_and_itself_stay_in_place(bent):
    found = register_deformable(bent.moving, bent.moving, settings=QUICK)
    moved = found.transform.moving_from_fixed(bent.points_mm) - bent.points_mm
    assert np.linalg.norm(moved, axis=1).max() < 1e-3


def test_voxel_order_does_not_matter(bent, found):
    expected = found.transform.moving_from_fixed(bent.points_mm)
    turned = register_deformable(mirrored(bent.fixed), mirrored(mirrored(bent.moving)), settings=QUICK)
    assert np.abs(turned.transform.moving_from_fixed(bent.points_mm) - expected).max() < 0.02
    # backward it is the moving image that is mirrored
    assert np.abs(turned.backward.moving_from_fixed(expected) - found.backward.moving_from_fixed(expected)).max() < 0.02


def test_oblique_frames_give_the_same_map(bent, found):
    oblique = np.eye(4)
    oblique[:3, :3] = Rotation.from_euler("xyz", [10, 20, -15], degrees=True).as_matrix()
    oblique[:3, 3] = (5, -7, 3)
    moving = laid(bent.moving, oblique)
    turned = register_deformable(bent.fixed, moving, Transform(oblique, "known"), settings=QUICK)
    reached = turned.transform.then(Transform(np.linalg.inv(oblique))).moving_from_fixed(bent.points_mm)
    assert np.abs(reached - found.transform.moving_from_fixed(bent.points_mm)).max() < 0.02
    assert turned.start.fitted_on == "known"


def test_inverted_contrast_is_the_same_to_any(bent):
    short = replace(QUICK, iterations=(3, 2), contrast="any")
    inverted = bent.moving.with_data(1.2 - bent.moving.data)
    one = register_deformable(bent.fixed, inverted, settings=short).transform.moving_from_fixed(bent.points_mm)
    other = register_deformable(bent.fixed, bent.moving, settings=short).transform.moving_from_fixed(bent.points_mm)
    assert np.abs(one - other).max() < 1e-2


def test_same_input_same_result(bent, found):
    again = register_deformable(bent.fixed, bent.moving, settings=QUICK)
    assert np.array_equal(again.transform.displacement.vectors_mm, found.transform.displacement.vectors_mm)


def ball(radius_mm: float) -> tuple[Image, Structure]:
    """A bright ball in a box with a faint gradient, and its outline."""
    grid = Grid.centred((32, 32, 32), (3, 3, 3), (0, 0, 0))
    distance = np.linalg.norm(grid.voxel_centres_mm(), axis=-1)
    inside = np.clip((radius_mm - distance) / 3.0 + 0.5, 0.0, 1.0)
    image = Image(inside.astype(np.float32), grid, "signal", "1")
    return image, Structure.from_mask("ball", Role.ORGAN, inside, grid)


def test_structures_guide_where_the_image_tells_nothing():
    fixed, large = ball(24.0)
    _, small = ball(18.0)
    noise = np.random.default_rng(2).normal(0.0, 0.1, fixed.data.shape).astype(np.float32)
    blank = fixed.with_data(noise)
    guides = KnownCorrespondence(fixed_structures=StructureSet((large,)), moving_structures=StructureSet((small,)))
    known = KnownCorrespondence(fixed_structures=StructureSet((large,)), moving_structures=StructureSet((small,)))
    settings = replace(QUICK, levels_mm=(6.0, 3.0), iterations=(8, 8))
    alone = register_deformable(blank, fixed, known=known, settings=settings)
    guided = register_deformable(blank, fixed, regions=GuidedRegions(guides=guides), known=known, settings=settings)
    assert guided.quality.structures[0].dice > 0.95 > alone.quality.structures[0].dice
    surface = 24.0 * np.vstack([np.eye(3), -np.eye(3)])
    assert np.linalg.norm(guided.transform.moving_from_fixed(surface), axis=1) == pytest.approx(18.0, abs=1.5)


def test_landmarks_guide():
    fixed, _ = ball(24.0)
    blank = fixed.with_data(np.random.default_rng(2).normal(0.0, 0.1, fixed.data.shape).astype(np.float32))
    points = np.array([[6.0, -12.0, 9.0], [-15.0, 18.0, 0.0]])
    wanted = points + np.array([[4.0, 0.0, 0.0], [0.0, -3.0, 2.0]])
    guides = KnownCorrespondence(fixed_points_mm=points, moving_points_mm=wanted)
    nowhere = np.zeros(fixed.grid.shape, dtype=bool)
    nowhere[0, 0, 0] = True
    regions = GuidedRegions(fixed=nowhere, guides=guides)
    settings = replace(QUICK, levels_mm=(6.0, 3.0), iterations=(10, 10))
    found = register_deformable(blank, blank, regions=regions, settings=settings)
    assert np.abs(found.transform.moving_from_fixed(points) - wanted).max() < 1.0
    assert np.abs(found.backward.moving_from_fixed(wanted) - points).max() < 1.0


def test_regions_are_where_likeness_counts(bent):
    half = np.zeros(bent.fixed.grid.shape, dtype=bool)
    half[: half.shape[0] // 2] = True
    found = register_deformable(bent.fixed, bent.moving, regions=RegistrationRegions(fixed=half), settings=QUICK)
    error = bent.errors_mm(found.transform)
    along = bent.fixed.grid.index_from_world(bent.points_mm)[:, 0]
    middle = half.shape[0] / 2
    assert error[along < middle - 2].mean() < 0.5 * error[along > middle + 4].mean()


@pytest.fixture(scope="module")
def followed(resected) -> DeformableRegistration:
    return register_deformable(resected.fixed, resected.moving, settings=replace(QUICK, absence=AbsenceSettings()))


def test_tissue_around_a_cavity_is_brought_back(resected, followed):
    before, after = resected.errors_mm(Transform.identity()), followed.quality
    assert resected.errors_mm(followed.transform)[resected.near].mean() < 0.5 * before[resected.near].mean()
    assert after.folded_share == 0.0


def test_what_is_absent_is_found(resected, followed):
    absent = followed.absent.data > 0
    assert followed.absent.grid.matches(resected.fixed.grid)
    found = np.count_nonzero(absent & resected.mass_fixed)
    assert found > 0.8 * np.count_nonzero(resected.mass_fixed)
    # no farther from it than a voxel
    near = ndimage.binary_dilation(resected.mass_fixed, iterations=2)
    assert not np.any(absent & ~near)
    assert np.any(followed.absent_moving.data[resected.mass_moving] > 0)


def test_nothing_is_absent_where_all_corresponds(bent):
    found = register_deformable(bent.fixed, bent.moving, settings=replace(QUICK, absence=AbsenceSettings()))
    assert found.absent is not None
    assert not found.absent.data.any()


def test_absence_is_not_looked_for_unasked(found):
    assert found.absent is None


@pytest.mark.skipif(importlib.util.find_spec("picsl_greedy") is None, reason="picsl-greedy is not installed")
def test_greedy_finds_the_same_field(bent):
    settings = replace(QUICK, engine="greedy")
    for fixed, moving in ((bent.fixed, bent.moving), (mirrored(bent.fixed), bent.moving)):
        greedy = register_deformable(fixed, moving, settings=settings)
        assert bent.errors_mm(greedy.transform).mean() < 1.2


@pytest.mark.skipif(importlib.util.find_spec("picsl_greedy") is not None, reason="picsl-greedy is installed")
def test_says_how_to_get_greedy(bent):
    with pytest.raises(ImpastoError, match=r"install impasto\[registration\]"):
        register_deformable(bent.fixed, bent.moving, settings=replace(QUICK, engine="greedy"))


def test_refuses_what_it_cannot_use(bent):
    field = DisplacementField(bent.fixed.grid, np.zeros((*bent.fixed.grid.shape, 3)))
    with pytest.raises(ImpastoError, match="start is dense"):
        register_deformable(bent.fixed, bent.moving, Transform.dense(field, "another"), settings=QUICK)
    with pytest.raises(ImpastoError, match="do not overlap"):
        register_deformable(bent.fixed, bent.moving, Transform.translation((999.0, 0.0, 0.0)), settings=QUICK)
    with pytest.raises(ImpastoError, match="nothing is named in both"):
        nothing = GuidedRegions(guides=KnownCorrespondence())
        register_deformable(bent.fixed, bent.moving, regions=nothing, settings=QUICK)
    with pytest.raises(ImpastoError, match="greedy takes no guides"):
        guided = GuidedRegions(guides=KnownCorrespondence(np.zeros((1, 3)), np.zeros((1, 3))))
        register_deformable(bent.fixed, bent.moving, regions=guided, settings=replace(QUICK, engine="greedy"))
