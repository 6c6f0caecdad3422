"""The digital head: deterministic, plausible in size, and its PET tells its uptake."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid
from impasto.maps.pet import standardised_uptake
from impasto.phantom import ct_scan, head_anatomy, pet_scan

GRID = Grid.axis_aligned((66, 76, 74), (3, 3, 3), (-97.5, -120, -112))
PET_GRID = Grid.axis_aligned((50, 58, 56), (4, 4, 4), (-98, -118, -110))


@pytest.fixture(scope="module")
def head():  # type: ignore[no-untyped-def]
    return head_anatomy(GRID, seed=0)


def test_the_same_seed_gives_the_same_patient(head) -> None:  # type: ignore[no-untyped-def]
    again = head_anatomy(GRID, seed=0)
    other = head_anatomy(GRID, seed=1)
    np.testing.assert_array_equal(head.tissues["tumour"], again.tissues["tumour"])
    assert np.any(head.tissues["tumour"] != other.tissues["tumour"])
    np.testing.assert_array_equal(ct_scan(head, 3).data, ct_scan(again, 3).data)


def test_organs_have_the_volumes_of_an_adult_head(head) -> None:  # type: ignore[no-untyped-def]
    volume = {structure.name: structure.volume_ml() for structure in head.structures}
    assert 1200 < volume["Brain"] < 1500  # adult mean about 1,350 ml
    assert 20 < volume["Brainstem"] < 45
    assert 10 < volume["Eyes"] < 18
    assert 10 < volume["GTV"] < 30


def test_ct_numbers_are_those_of_the_tissues(head) -> None:  # type: ignore[no-untyped-def]
    ct = ct_scan(head)
    assert ct.data[0, 0, 0] < -950
    middle_of_brain = head.tissues["brain"] > 0.99
    assert np.median(ct.data[middle_of_brain]) == pytest.approx(34, abs=4)
    assert ct.data[head.tissues["skull"] > 0.99].mean() > 600


def test_the_uptake_is_recovered_through_the_header(head) -> None:  # type: ignore[no-untyped-def]
    image, acquisition = pet_scan(head, PET_GRID)
    suv = standardised_uptake(image, acquisition).image
    inside = head.structures["GTV"].voxels(PET_GRID)
    brain = head.structures["Brain"].occupancy(PET_GRID) > 0.99
    assert np.median(suv.data[brain]) == pytest.approx(1.0, abs=0.1)
    # hot spots of 4.4 are blurred by the point spread but stay above the tumour's 2.4
    assert 3.0 < np.percentile(suv.data[inside], 98) < 4.6
