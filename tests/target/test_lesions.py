"""Lesions found in a head whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import norm
from tests.target.lesion_head import CENTRE_MM, GRID, LesionHead, dice, lesion_head

from impasto.core import Grid, ImpastoError, Role
from impasto.target.lesions import (
    FoundLesions,
    LesionImages,
    LesionPart,
    LesionParts,
    LesionPlace,
    LesionSettings,
    find_lesions,
    lesion_structures,
    longest_diameter,
)
from impasto.target.lesions.enhancing import enhancing_seeds
from impasto.target.lesions.growing import Border, deep_level, grow_lesion
from impasto.target.lesions.signals import LesionSignals

P = LesionPart


@pytest.fixture(scope="module")
def head() -> LesionHead:
    return lesion_head()


@pytest.fixture(scope="module")
def found(head: LesionHead) -> FoundLesions:
    return find_lesions(head.images, head.brain)


@pytest.mark.parametrize(("part", "least"), [(P.ENHANCING, 0.93), (P.NECROSIS, 0.93), (P.NON_ENHANCING, 0.9)])
def test_parts_are_where_they_are(head: LesionHead, found: FoundLesions, part: LesionPart, least: float) -> None:
    assert dice(found.parts.of(part), head.truth == part) > least


def test_vessels_plexus_and_ventricles_stay_out(head: LesionHead, found: FoundLesions) -> None:
    strayed = found.parts.abnormal & ~LesionParts(head.truth, GRID).abnormal
    far = np.linalg.norm(GRID.voxel_centres_mm() - np.array(CENTRE_MM), axis=-1) > 32.0
    assert not np.any(strayed & far)
    assert not np.any(found.parts.of(P.CAVITY))


def test_note_says_that_no_seed_was_given(head: LesionHead, found: FoundLesions) -> None:
    assert any("No seed was given" in note for note in found.notes)
    seeded = find_lesions(head.images, head.brain, place=LesionPlace((CENTRE_MM,), seed_reach_mm=20.0))
    assert seeded.notes == ()
    assert dice(seeded.parts.of(P.ENHANCING), head.truth == P.ENHANCING) > 0.93


def test_free_fluid_in_the_rim_is_a_cavity() -> None:
    head = lesion_head("cavity")
    parts = find_lesions(head.images, head.brain).parts
    assert dice(parts.of(P.CAVITY), head.truth == P.CAVITY) > 0.93
    as_said = find_lesions(head.images, head.brain, LesionSettings(fluid="necrosis")).parts
    assert not as_said.of(P.CAVITY).any()
    assert dice(as_said.of(P.NECROSIS), head.truth == P.CAVITY) > 0.93


def test_scale_of_an_image_changes_nothing(head: LesionHead, found: FoundLesions) -> None:
    t1c = head.images.t1c
    assert t1c is not None
    again = find_lesions(replace(head.images, t1c=t1c.with_data(7.0 * t1c.data)), head.brain)
    assert np.count_nonzero(again.parts.labels != found.parts.labels) <= 5


def test_images_on_other_grids_are_brought_along(head: LesionHead) -> None:
    flair = head.images.flair
    assert flair is not None
    coarse = flair.resampled_linear(GRID.with_spacing((2.5, 2.5, 5.0)))
    parts = find_lesions(replace(head.images, flair=coarse), head.brain).parts
    assert dice(parts.of(P.ENHANCING), head.truth == P.ENHANCING) > 0.9
    assert dice(parts.of(P.NON_ENHANCING), head.truth == P.NON_ENHANCING) > 0.75


def test_box_limits_the_lesion(head: LesionHead) -> None:
    x = CENTRE_MM[0]
    box = ((x, -60.0, -50.0), (60.0, 60.0, 50.0))
    parts = find_lesions(head.images, head.brain, place=LesionPlace(box_mm=box)).parts
    assert not parts.abnormal[GRID.voxel_centres_mm()[..., 0] < x].any()
    assert parts.of(P.ENHANCING).any()


def test_either_image_alone_finds_its_part(head: LesionHead) -> None:
    only_t1c = find_lesions(LesionImages(t1c=head.images.t1c), head.brain, place=LesionPlace((CENTRE_MM,), None, 12.0))
    assert dice(only_t1c.parts.of(P.ENHANCING), head.truth == P.ENHANCING) > 0.85
    assert any("No FLAIR" in note for note in only_t1c.notes)
    only_flair = find_lesions(LesionImages(flair=head.images.flair), head.brain)
    assert dice(only_flair.parts.abnormal, head.truth > 0) > 0.9
    assert any("No T1c" in note for note in only_flair.notes)


def test_probability_agrees_with_the_parts(found: FoundLesions) -> None:
    assert found.enhancing.data.min() >= 0.0
    assert found.enhancing.data.max() <= 1.0
    assert np.array_equal(found.enhancing.data > 0.5, found.parts.of(P.ENHANCING))


def test_healthy_head_and_wrong_places_are_refused(head: LesionHead) -> None:
    with pytest.raises(ImpastoError, match="neither T1c nor FLAIR"):
        LesionImages()
    with pytest.raises(ImpastoError, match="outside the brain"):
        find_lesions(head.images, head.brain, place=LesionPlace(((0.0, 0.0, 300.0),)))
    with pytest.raises(ImpastoError, match="out of range"):
        LesionSettings(flair_border_level=1.5)
    healthy = LesionPlace(((-40.0, 0.0, 0.0),))
    with pytest.raises(ImpastoError, match="nothing stands out"):
        find_lesions(LesionImages(flair=head.images.flair), head.brain, place=healthy)


def test_structures_add_up(head: LesionHead) -> None:
    made = lesion_structures(LesionParts(head.truth, GRID), head.brain, 5.0)
    assert made.names == ["CEL", "T2L", "NEL", "Necrosis", "NAB"]
    assert made["CEL"].role is Role.GTV
    volume = {one.name: one.volume_ml() for one in made}
    assert volume["T2L"] == pytest.approx(volume["CEL"] + volume["NEL"] + volume["Necrosis"])
    normal = made["NAB"].voxels(GRID)
    points = GRID.voxel_centres_mm()
    assert cKDTree(points[head.truth > 0]).query(points[normal])[0].min() > 5.0


def test_longest_diameter_of_a_tilted_box() -> None:
    grid = Grid.centred((40, 40, 20), (1.0, 1.0, 3.0))
    points = grid.voxel_centres_mm()
    mask = (np.abs(points[..., 0]) < 9.0) & (np.abs(points[..., 1]) < 6.0) & (np.abs(points[..., 2]) < 10.0)
    mask[0, 0, 0] = True
    longest = longest_diameter(mask, grid)
    assert longest.in_slice_mm == pytest.approx(np.hypot(17.0, 11.0) + 1.0, abs=0.01)
    assert longest.in_space_mm == pytest.approx(np.sqrt(17.0**2 + 11.0**2 + 15.0**2) + 1.0, abs=0.01)
    assert longest_diameter(np.zeros_like(mask), grid).in_space_mm == 0.0


@pytest.mark.parametrize("radius_mm", [10.0, 18.0])
def test_border_of_a_blurred_ball_lies_at_its_surface(radius_mm: float) -> None:
    grid = Grid.centred((32, 32, 32), (2.0, 2.0, 2.0))
    away = np.linalg.norm(grid.voxel_centres_mm(), axis=-1)
    rng = np.random.default_rng(3)
    signal = 0.5 * norm.cdf((radius_mm - away) / 1.2) + rng.normal(0.0, 0.03, grid.shape)
    signal = signal.astype(np.float32)
    border = Border.between(0.0, deep_level(signal, signal > 0.3, grid), 0.5)
    found = grow_lesion(signal, signal > 0.3, np.ones(grid.shape, bool), border, grid, LesionSettings()) > 0.5
    true_ml = 4.0 / 3.0 * np.pi * radius_mm**3 / 1000.0
    assert np.count_nonzero(found) * grid.voxel_volume_ml == pytest.approx(true_ml, rel=0.06)


def test_what_a_rim_encloses_is_no_border_that_speaks_against_it() -> None:
    grid = Grid.centred((40, 40, 40), (1.5, 1.5, 1.5))
    points = grid.voxel_centres_mm()
    away, x = np.linalg.norm(points, axis=-1), points[..., 0]
    rim = (away > 10.0) & (away < 14.0) & ~((np.abs(points[..., 1]) < 2.0) & (x < 0.0))
    oedema = (away > 14.0) & (away < 22.0) & (x > 5.0)
    brain = away < 28.0
    none = np.zeros(grid.shape, dtype=bool)
    whole = (slice(0, 40),) * 3
    enhancement, flair = np.where(rim, 0.8, 0.0), np.where(oedema, 0.6, 0.0)
    values = [image.astype(np.float32) for image in (enhancement, flair, 1.0 + enhancement)]
    signals = LesionSignals(grid, whole, brain, *values, none, ~none)
    assert np.array_equal(enhancing_seeds(brain, oedema, signals, LesionSettings()), rim)
    # a vessel that passes by touches the lesion with as little of its border, and encloses nothing
    vessel = (np.hypot(points[..., 1], points[..., 2]) < 3.0) & (x < 14.0 + 3.0) & brain
    passing = replace(signals, enhancement=np.where(vessel, 0.8, 0.0).astype(np.float32))
    assert not enhancing_seeds(brain, oedema, passing, LesionSettings()).any()


def test_of_two_lesions_both_are_found_and_the_seeded_one_alone(head: LesionHead) -> None:
    left = GRID.voxel_centres_mm()[..., 0] > 0.0
    images = {name: getattr(head.images, name) for name in ("t1", "t1c", "flair")}
    doubled = {name: image.with_data(np.where(left, image.data, image.data[::-1])) for name, image in images.items()}
    both = find_lesions(LesionImages(**doubled), head.brain).parts.of(P.ENHANCING)
    assert min(both[left].sum(), both[~left].sum()) > 0.9 * np.count_nonzero(head.truth == P.ENHANCING)
    place = LesionPlace((CENTRE_MM,), seed_reach_mm=20.0)
    one = find_lesions(LesionImages(**doubled), head.brain, place=place).parts.of(P.ENHANCING)
    assert not one[~left].any()
    assert dice(one, head.truth == P.ENHANCING) > 0.93
