"""Figures of a registration against closed forms, and verdicts that fall as they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.simulated_registration import RegistrationPair
from scipy.spatial.transform import Rotation

from impasto.core import DisplacementField, Grid, Image, ImpastoError, Role, Structure, StructureSet, Transform
from impasto.register import (
    KnownCorrespondence,
    Registration,
    RegistrationLimits,
    assess_registration,
    forward_backward_error,
    forward_backward_map,
    jacobian_determinant,
    jacobian_map,
    structure_agreement,
    structure_agreements,
)

GRID = Grid(
    (30, 28, 26),
    np.array([[-2.0, 0, 0, 29], [0, -2.0, 0, 27], [0, 0, 2.0, -25], [0, 0, 0, 1]]),
)


def about(centre_mm: np.ndarray, linear: np.ndarray) -> Transform:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = centre_mm - linear @ centre_mm
    return Transform(matrix, "wrong")


def ball(name: str, centre: tuple[float, float, float], radius: float, grid: Grid = GRID) -> Structure:
    away = radius - np.linalg.norm(grid.voxel_centres_mm() - centre, axis=-1)
    return Structure.from_mask(name, Role.ORGAN, np.clip(0.5 + away / grid.spacing_mm[0], 0.0, 1.0), grid)


def test_a_dilation_has_its_jacobian_everywhere() -> None:
    stretch = np.array([0.2, -0.1, 0.05])
    field = DisplacementField(GRID, GRID.voxel_centres_mm() * stretch)
    exact = float(np.prod(1.0 + stretch))
    np.testing.assert_allclose(jacobian_determinant(Transform.dense(field, "d")), exact, atol=1e-4)
    both = Transform(np.diag([2.0, 1.0, 1.0, 1.0]), "both", field)
    np.testing.assert_allclose(jacobian_determinant(both), 2.0 * exact, atol=1e-4)
    np.testing.assert_allclose(jacobian_map(both, GRID).data, 2.0 * exact, atol=1e-3)
    turned = about(np.zeros(3), Rotation.from_euler("z", 30, degrees=True).as_matrix())
    np.testing.assert_allclose(jacobian_determinant(turned), 1.0)


def test_a_mirror_and_a_fold_show() -> None:
    assert jacobian_determinant(about(np.zeros(3), np.diag([-1.0, 1.0, 1.0]))).item() == pytest.approx(-1.0)
    x = GRID.voxel_centres_mm()[..., 0]
    folded = np.zeros((*GRID.shape, 3))
    folded[..., 0] = -8.0 * np.sin(x / 4.0)
    assert jacobian_determinant(Transform.dense(DisplacementField(GRID, folded), "f")).min() < 0.0


def test_forward_and_backward_error_is_what_does_not_cancel() -> None:
    forward, backward = Transform.translation((3.0, 0.0, 0.0)), Transform.translation((-3.0, 4.0, 0.0))
    np.testing.assert_allclose(forward_backward_error(forward, backward, np.zeros((5, 3))), 4.0)
    np.testing.assert_allclose(forward_backward_map(forward, backward, GRID).data, 4.0, atol=1e-5)
    np.testing.assert_allclose(forward_backward_error(forward, forward.inverse(), np.ones((5, 3))), 0.0, atol=1e-12)


def test_balls_apart_have_the_dice_and_distance_of_geometry() -> None:
    radius, apart = 12.0, 5.0
    found = structure_agreement(ball("a", (0, 0, 0), radius), ball("a", (apart, 0, 0), radius), GRID)
    # lens of two equal balls (Weisstein, MathWorld: sphere-sphere intersection)
    lens = np.pi * (4 * radius + apart) * (2 * radius - apart) ** 2 / 12.0
    assert found.dice == pytest.approx(lens / (4.0 / 3.0 * np.pi * radius**3), abs=0.012)
    # from a point of one surface, at an angle to the shift, to the other ball
    cosine = np.linspace(-1.0, 1.0, 20_001)
    away = np.abs(np.sqrt(radius**2 + apart**2 - 2 * radius * apart * cosine) - radius)
    assert found.mean_surface_distance_mm == pytest.approx(away.mean(), rel=0.05)
    assert found.hausdorff_95_mm == pytest.approx(np.quantile(away, 0.95), rel=0.05)
    concentric = structure_agreement(ball("a", (0, 0, 0), 12.0), ball("a", (0, 0, 0), 10.0), GRID)
    assert concentric.mean_surface_distance_mm == pytest.approx(2.0, abs=0.1)


def test_structures_are_compared_once_moved() -> None:
    shift = Transform.translation((6.0, -4.0, 2.0))
    fixed = StructureSet((ball("eye", (0, 0, 0), 10.0), ball("only here", (0, 0, 0), 5.0)))
    moving = StructureSet((ball("eye", (6, -4, 2), 10.0),))
    (right,) = structure_agreements(fixed, moving, shift)
    (wrong,) = structure_agreements(fixed, moving, shift.inverse())
    assert right.name == "eye"
    assert right.dice > 0.97
    assert right.mean_surface_distance_mm < 0.2
    assert wrong.dice < 0.2


def test_a_good_registration_passes(pair: RegistrationPair, registered: Registration) -> None:
    quality = registered.quality
    assert quality.verdict.is_passed
    assert quality.verdict.evidence == "forward-backward error"
    assert quality.mutual_information_after > quality.mutual_information_before + 0.2
    assert (quality.jacobian_min, quality.jacobian_max) == pytest.approx((1.0, 1.0))
    known = KnownCorrespondence(pair.points_mm[:50], pair.truth.moving_from_fixed(pair.points_mm[:50]))
    judged = assess_registration(
        (pair.fixed, pair.moving), registered.transform, registered.backward, registered.start, known=known
    )
    assert judged.verdict.is_passed
    assert judged.verdict.evidence == "landmarks"
    truth = pair.errors_mm(registered.transform)[:50]
    assert judged.landmark_mean_mm == pytest.approx(truth.mean())
    assert judged.landmark_max_mm == pytest.approx(truth.max())


@pytest.mark.parametrize(
    ("linear", "said"),
    [
        (Rotation.from_euler("z", 25, degrees=True).as_matrix(), "mutual information fell"),
        (np.diag([-1.0, 1.0, 1.0]), "folded"),
    ],
    ids=["turned", "mirrored"],
)
def test_a_wrong_one_fails_even_when_both_ways_agree(pair: RegistrationPair, linear: np.ndarray, said: str) -> None:
    middle = pair.points_mm.mean(axis=0)
    wrong = about(middle, linear).then(pair.truth)
    quality = assess_registration((pair.fixed, pair.moving), wrong, wrong.inverse(), pair.truth)
    assert not quality.verdict.is_passed
    assert any(said in failure for failure in quality.verdict.failures)


def test_images_that_no_longer_meet_fail(pair: RegistrationPair) -> None:
    away = Transform.translation((400.0, 0.0, 0.0))
    quality = assess_registration((pair.fixed, pair.moving), away, away.inverse(), pair.truth)
    assert quality.overlap_share == 0.0
    assert quality.mutual_information_after == pytest.approx(0.0, abs=1e-9)
    assert not quality.verdict.is_passed


def test_nothing_common_fails_whatever_the_start_was(pair: RegistrationPair) -> None:
    away = Transform.translation((400.0, 0.0, 0.0))
    quality = assess_registration((pair.fixed, pair.moving), away, away.inverse(), away)
    assert quality.verdict.failures == ("the moving image reaches none of the fixed one's places",)


def test_ways_that_part_fail_by_half_a_voxel(pair: RegistrationPair) -> None:
    for millimetres, is_passed in ((1.9, True), (2.1, False)):
        back = pair.truth.inverse().then(Transform.translation((millimetres, 0.0, 0.0)))
        quality = assess_registration((pair.fixed, pair.moving), pair.truth, back)
        assert quality.largest_voxel_mm == pytest.approx(4.0, abs=0.1)
        assert quality.verdict.is_passed is is_passed
    strict = RegistrationLimits(linear_share_of_voxel=0.1)
    back = pair.truth.inverse().then(Transform.translation((1.0, 0.0, 0.0)))
    assert not assess_registration((pair.fixed, pair.moving), pair.truth, back, limits=strict).verdict.is_passed


def test_a_dense_one_is_held_against_millimetres(pair: RegistrationPair) -> None:
    grid = pair.fixed.grid
    still = Transform(pair.truth.matrix, "dense", DisplacementField(grid, np.zeros((*grid.shape, 3))))
    images = (pair.fixed, pair.moving)
    points = pair.points_mm[:20]
    for shift, is_passed in ((1.0, True), (3.0, False)):
        known = KnownCorrespondence(points, pair.truth.moving_from_fixed(points) + np.array([shift, 0.0, 0.0]))
        assert assess_registration(images, still, still, known=known).verdict.is_passed is is_passed
    one_off = pair.truth.moving_from_fixed(points).copy()
    one_off[0, 0] += 6.0
    verdict = assess_registration(images, still, still, known=KnownCorrespondence(points, one_off)).verdict
    assert any("largest 6.00 mm" in failure for failure in verdict.failures)


def test_structures_that_miss_each_other_fail(pair: RegistrationPair, registered: Registration) -> None:
    middle = pair.points_mm.mean(axis=0)
    grid = Grid.centred((30, 30, 30), (2.0, 2.0, 2.0), middle)
    fixed = ball("organ", tuple(middle), 15.0, grid)
    right = replace(fixed, mask=replace(fixed.mask, grid=Grid(grid.shape, pair.truth.matrix @ grid.affine)))
    wrong = replace(right, mask=replace(fixed.mask, grid=Grid(grid.shape, pair.truth.matrix @ _shifted(grid).affine)))
    for moving, is_passed in ((right, True), (wrong, False)):
        known = KnownCorrespondence(fixed_structures=StructureSet((fixed,)), moving_structures=StructureSet((moving,)))
        quality = assess_registration((pair.fixed, pair.moving), registered.transform, registered.backward, known=known)
        assert quality.verdict.is_passed is is_passed
    assert any("organ: Dice" in failure for failure in quality.verdict.failures)


def _shifted(grid: Grid) -> Grid:
    return Grid.centred(grid.shape, grid.spacing_mm, grid.world_from_index((np.array(grid.shape) - 1) / 2) + 12.0)


def test_landmarks_must_come_in_pairs() -> None:
    with pytest.raises(ImpastoError, match="landmarks"):
        KnownCorrespondence(np.zeros((3, 3)), np.zeros((2, 3)))


def test_a_structure_too_small_for_the_voxels_is_said() -> None:
    speck = Structure.from_mask("speck", Role.ORGAN, np.full(GRID.shape, 0.1), GRID)
    with pytest.raises(ImpastoError, match="speck"):
        structure_agreement(speck, ball("a", (0, 0, 0), 10.0), GRID)


def test_images_need_not_be_alike_to_be_assessed(pair: RegistrationPair) -> None:
    other = Image(1.0 - pair.moving.data, pair.moving.grid, "inverted", "1")
    quality = assess_registration((pair.fixed, other), pair.truth, pair.truth.inverse())
    assert quality.mutual_information_after > quality.mutual_information_before
