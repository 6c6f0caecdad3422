"""A lesion picked by click, box or neighbourhood, and the uptake around it."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.phantom.pet_spheres import PetPhantomSettings, sphere_pet_phantom
from impasto.target.pet import PetScanner, lesion_at, lesion_in_box, lesion_near

SCANNER = PetScanner(6.0)


def two_lesions() -> Image:
    """Give a faint lesion at x = -30 mm and a hot one at x = +30 mm in a background of 1."""
    grid = Grid.centred((50, 36, 30), (3, 3, 3))
    centres = grid.voxel_centres_mm()
    values = np.ones(grid.shape)
    for x, height, radius in ((-30.0, 3.0, 8.0), (30.0, 9.0, 10.0)):
        distance = np.linalg.norm(centres - [x, 0.0, 0.0], axis=-1)
        values += height / (1.0 + np.exp((distance - radius) / 1.5))
    return Image(values.astype(np.float32), grid, "SUV body weight", "g/mL")


def test_click_takes_the_lesion_it_hits_though_another_is_hotter() -> None:
    lesion = lesion_at(two_lesions(), (-26.0, 3.0, 0.0), SCANNER)
    place = lesion.image.grid.world_from_index(lesion.peak_index)
    np.testing.assert_allclose(place, [-30.0, 0.0, 0.0], atol=3.0)
    assert lesion.background.mean == pytest.approx(1.0, abs=0.02)


def test_a_click_at_the_edge_reaches_the_hottest_voxel_of_a_large_lesion() -> None:
    phantom = sphere_pet_phantom(60.0, PetPhantomSettings(spacing_mm=4.0, margin_mm=60.0, noise=0.05), 1)
    lesion = lesion_at(phantom.image, phantom.centre_mm + np.array([22.0, 0.0, 0.0]), SCANNER)
    inside = phantom.truth.occupancy(lesion.image.grid) > 0.0
    assert lesion.maximum == lesion.image.data[inside].max()
    assert lesion.search[inside].all()
    assert lesion.background.mean == pytest.approx(1.0, abs=0.02)


def test_a_box_takes_the_hottest_inside_and_nothing_beyond() -> None:
    image = two_lesions()
    lesion = lesion_in_box(image, (0.0, -40.0, -40.0), (-70.0, 40.0, 40.0), SCANNER)
    assert lesion.image.grid.bounds_mm()[1, 0] <= 1.6
    assert lesion.maximum == pytest.approx(4.0, abs=0.1)
    lesion = lesion_in_box(image, (-70.0, -40.0, -40.0), (70.0, 40.0, 40.0), SCANNER)
    assert lesion.maximum == pytest.approx(10.0, abs=0.1)


def test_what_was_drawn_as_tumour_is_no_background() -> None:
    image = two_lesions()
    centres = image.grid.voxel_centres_mm()
    values = image.data.copy()
    # a large tumour that takes up little, around the hot lesion
    tumour = np.linalg.norm(centres - [24.0, 0.0, 0.0], axis=-1) < 32.0
    values[tumour] += 1.5
    drawn = Structure.from_mask("GTV", Role.GTV, tumour, image.grid)
    lesion = lesion_near(image.with_data(values), drawn, SCANNER, margin_mm=18.0)
    assert lesion.background.mean == pytest.approx(1.0, abs=0.05)
    assert lesion_at(image.with_data(values), (30.0, 0.0, 0.0), SCANNER).background.mean > 2.0


def test_the_background_does_not_depend_on_how_hot_a_neighbour_is() -> None:
    lesion = lesion_in_box(two_lesions(), (-60.0, -40.0, -40.0), (12.0, 40.0, 40.0), SCANNER)
    assert lesion.background.mean == pytest.approx(1.0, abs=0.02)
    assert lesion.background.voxels > 100


def test_places_without_a_lesion_are_refused() -> None:
    image = two_lesions()
    flat = image.with_data(np.ones(image.data.shape, dtype=np.float32))
    with pytest.raises(ImpastoError, match="does not stand out"):
        lesion_at(flat, (0.0, 0.0, 0.0), SCANNER)
    with pytest.raises(ImpastoError, match="outside the PET"):
        lesion_at(image, (500.0, 0.0, 0.0), SCANNER)
    with pytest.raises(ImpastoError, match="no voxel of the PET"):
        lesion_in_box(image, (500.0, 0.0, 0.0), (510.0, 10.0, 10.0), SCANNER)
    with pytest.raises(ImpastoError, match="point spread"):
        PetScanner(0.0)
