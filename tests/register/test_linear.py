"""The search for a rigid or affine map against known maps."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.simulated_registration import RegistrationPair, rigid_pair
from scipy.spatial.transform import Rotation

from impasto.core import DisplacementField, Grid, Image, ImpastoError, Transform
from impasto.register import (
    FRAME_OF_REFERENCE,
    LinearSettings,
    Registration,
    RegistrationRegions,
    register_linear,
)

VOXEL_MM = 4.0


def turn(angles_deg: tuple[float, float, float], shift_mm: tuple[float, float, float]) -> Transform:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", angles_deg, degrees=True).as_matrix()
    matrix[:3, 3] = shift_mm
    return Transform(matrix, "turn")


def carried(image: Image, by: Transform) -> Image:
    """The same voxels somewhere else: a point p of the image is found at by(p)."""
    return replace(image, grid=Grid(image.grid.shape, by.matrix @ image.grid.affine))


def stored_otherwise(image: Image, order: tuple[int, int, int], flips: tuple[int, ...]) -> Image:
    """The same voxels at the same places, in an array of another order: axes permuted, some counted backwards."""
    data = np.flip(np.transpose(image.data, order), flips)
    affine = image.grid.affine[:, [*order, 3]].copy()
    for axis in flips:
        affine[:, 3] += affine[:, axis] * (data.shape[axis] - 1)
        affine[:, axis] *= -1.0
    return replace(image, data=np.ascontiguousarray(data), grid=Grid(data.shape, affine))


def test_a_rigid_map_is_found_to_a_tenth_of_a_voxel(pair: RegistrationPair, registered: Registration) -> None:
    assert pair.errors_mm(Transform.identity()).mean() > 19.0
    assert pair.errors_mm(registered.transform).mean() < 0.1 * VOXEL_MM
    # the way back was searched for on its own, and is no inverse
    assert pair.errors_mm(registered.backward.inverse()).mean() < 0.1 * VOXEL_MM
    assert not np.array_equal(registered.backward.matrix, registered.transform.inverse().matrix)
    assert registered.quality.verdict.is_passed
    assert registered.start.fitted_on == "centre of mass"
    assert "centre of mass" in registered.transform.fitted_on


@pytest.mark.parametrize("contrast", ["T2-like", "PET-like"])
def test_other_contrasts_by_the_same_settings(contrast: str, fast: LinearSettings) -> None:
    other = rigid_pair(contrast, VOXEL_MM, seed=4)
    found = register_linear(other.fixed, other.moving, settings=fast)
    assert other.errors_mm(found.transform).mean() < 0.15 * VOXEL_MM
    assert found.quality.verdict.is_passed


def test_the_same_input_gives_the_same_map(
    pair: RegistrationPair, registered: Registration, fast: LinearSettings
) -> None:
    again = register_linear(pair.fixed, pair.moving, settings=fast)
    np.testing.assert_allclose(again.transform.matrix, registered.transform.matrix, atol=1e-6)


def test_an_affine_map_is_found(pair: RegistrationPair, fast: LinearSettings) -> None:
    stretch = Transform(np.diag([1.06, 0.95, 1.03, 1.0]), "stretch")
    truth = pair.truth.then(stretch)
    settings = replace(fast, model="affine", samples=(10_000, 20_000))
    found = register_linear(pair.fixed, carried(pair.moving, stretch), settings=settings).transform
    away = found.moving_from_fixed(pair.points_mm) - truth.moving_from_fixed(pair.points_mm)
    assert np.linalg.norm(away, axis=1).mean() < 0.15 * VOXEL_MM
    assert np.linalg.det(found.matrix[:3, :3]) == pytest.approx(1.06 * 0.95 * 1.03, rel=0.01)


def test_turned_starts_find_a_patient_lying_the_other_way(pair: RegistrationPair, fast: LinearSettings) -> None:
    # feet first or prone by a wrong header: the usual start finds a wrong optimum
    around = turn((0.0, 0.0, 170.0), (60.0, -20.0, 10.0))
    truth = pair.truth.then(around)
    found = register_linear(pair.fixed, carried(pair.moving, around), settings=replace(fast, restarts="when failed"))
    away = found.transform.moving_from_fixed(pair.points_mm) - truth.moving_from_fixed(pair.points_mm)
    assert np.linalg.norm(away, axis=1).mean() < 0.2 * VOXEL_MM
    assert "turned by 180 degrees about z" in found.start.fitted_on


def test_images_of_one_frame_start_where_they_lie(pair: RegistrationPair, fast: LinearSettings) -> None:
    at_home = carried(pair.moving, pair.truth.inverse())
    found = register_linear(pair.fixed, at_home, FRAME_OF_REFERENCE, settings=fast)
    moved = found.transform.moving_from_fixed(pair.points_mm)
    assert np.linalg.norm(moved - pair.points_mm, axis=1).mean() < 0.15 * VOXEL_MM
    assert found.start.fitted_on == "frame of reference"


def test_fields_of_view_that_share_a_part(pair: RegistrationPair, fast: LinearSettings) -> None:
    # a slab of the moving brain, that ends far inside the fixed one
    count = pair.moving.grid.shape[2]
    slab = pair.moving.cropped((0, 0, count // 3), (*pair.moving.grid.shape[:2], 2 * count // 3))
    found = register_linear(pair.fixed, slab, pair.truth, settings=fast)
    assert pair.errors_mm(found.transform).mean() < 0.25 * VOXEL_MM
    assert found.quality.overlap_share < 0.7


def test_a_region_leaves_out_what_does_not_belong(pair: RegistrationPair, fast: LinearSettings) -> None:
    # a bright block, as of a mask or a headrest, that stays behind when the head moves
    data, region = np.array(pair.fixed.data), np.ones(pair.fixed.grid.shape, dtype=bool)
    data[:5], region[:5] = 1.0, False
    found = register_linear(
        pair.fixed.with_data(data), pair.moving, regions=RegistrationRegions(fixed=region), settings=fast
    )
    assert pair.errors_mm(found.transform).mean() < 0.15 * VOXEL_MM


@pytest.mark.parametrize("engine", ["simpleitk", "greedy"])
@pytest.mark.parametrize(
    ("order", "flips", "oblique"),
    [
        ((0, 1, 2), (0, 1), (0.0, 0.0, 0.0)),
        ((1, 2, 0), (2,), (0.0, 0.0, 0.0)),
        ((0, 1, 2), (0, 1), (12.0, -8.0, 20.0)),
    ],
    ids=["index against X and Y", "permuted and mirrored", "oblique"],
)
def test_how_an_image_is_stored_does_not_move_it(
    pair: RegistrationPair,
    fast: LinearSettings,
    engine: str,
    order: tuple[int, int, int],
    flips: tuple[int, ...],
    oblique: tuple[float, float, float],
) -> None:
    """A flip of X and Y forgotten between RAS and LPS, or in an affine, shifts what is found by millimetres."""
    if engine == "greedy" and importlib.util.find_spec("picsl_greedy") is None:
        pytest.skip("picsl-greedy is not installed: pip install impasto[registration]")
    around = turn(oblique, (3.0, 5.0, -4.0))
    fixed = stored_otherwise(pair.fixed, order, flips)
    moving = stored_otherwise(carried(pair.moving, around), (0, 1, 2), (0, 1))
    truth = pair.truth.then(around)
    coarse = LinearSettings(engine=engine, levels_mm=fast.levels_mm[:1], samples=fast.samples[:1])
    found = register_linear(fixed, moving, settings=coarse)
    for transform in (found.transform, found.backward.inverse()):
        away = transform.moving_from_fixed(pair.points_mm) - truth.moving_from_fixed(pair.points_mm)
        # voxels of 8 mm find it to a tenth or two; a flip costs as many millimetres as the start is off
        assert np.linalg.norm(away, axis=1).mean() < 1.5


def test_greedy_prints_nothing(pair: RegistrationPair, fast: LinearSettings, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("picsl_greedy", reason="picsl-greedy is not installed: pip install impasto[registration]")
    register_linear(pair.fixed, pair.moving, settings=replace(fast, engine="greedy"))
    assert capfd.readouterr().out == ""


def test_without_greedy_the_error_says_what_to_install(
    pair: RegistrationPair, fast: LinearSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "picsl_greedy", None)
    with pytest.raises(ImpastoError, match=r"impasto\[registration\]"):
        register_linear(pair.fixed, pair.moving, settings=replace(fast, engine="greedy"))


def _dense(grid: Grid) -> Transform:
    return Transform.dense(DisplacementField(grid, np.zeros((*grid.shape, 3))), "dense")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda p: {"fixed": p.fixed.with_data(np.full(p.fixed.grid.shape, 7.0))}, "the same everywhere"),
        (lambda p: {"moving": p.moving.with_data(np.where(p.moving.data > 0.5, np.nan, 0.0))}, "without a value"),
        (
            lambda p: {"moving": replace(p.moving, data=p.moving.data[..., None], times_s=np.zeros(1))},
            "time axis",
        ),
        (lambda p: {"start": _dense(p.fixed.grid)}, "dense"),
        (lambda p: {"regions": RegistrationRegions(fixed=np.ones((2, 2, 2), bool))}, "region of shape"),
        (lambda p: {"regions": RegistrationRegions(moving=np.zeros(p.moving.grid.shape, bool))}, "region is empty"),
        (
            lambda p: {
                "start": Transform.translation((900.0, 0.0, 0.0)),
                "settings": LinearSettings(restarts="never"),
            },
            "do not overlap",
        ),
    ],
    ids=["constant", "not finite", "time series", "dense start", "region shape", "empty region", "no overlap"],
)
def test_what_cannot_be_registered_is_refused(
    pair: RegistrationPair, spoil: Callable[[RegistrationPair], dict[str, object]], said: str
) -> None:
    given: dict[str, object] = {"fixed": pair.fixed, "moving": pair.moving} | spoil(pair)
    with pytest.raises(ImpastoError, match=said):
        register_linear(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "elastic"},
        {"engine": "ants"},
        {"restarts": "sometimes"},
        {"levels_mm": (4.0,)},
        {"levels_mm": (4.0, 0.0, 2.0)},
        {"samples": (10, 10, 10)},
        {"clipped_share": 0.6},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ImpastoError):
        LinearSettings(**settings)  # type: ignore[arg-type]
