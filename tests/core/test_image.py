"""Images: reorienting and cropping move array elements, never the patient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import Grid, Image, ImpastoError
from impasto.core.resample import sample_linear

AXES = st.permutations([0, 1, 2])
SIGNS = st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3)


@given(AXES, SIGNS)
def test_reoriented_shows_the_same_value_at_the_same_place(order: list[int], signs: tuple[float, ...]) -> None:
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) * signs * [1.0, 2.0, 3.0])[:, order]
    affine[:3, 3] = [10, -20, 30]
    image = Image(np.random.default_rng(0).normal(size=(4, 5, 6)), Grid((4, 5, 6), affine), "signal", "1")
    turned = image.reoriented()
    points = image.grid.voxel_centres_mm()
    np.testing.assert_allclose(sample_linear(turned.data, turned.grid, points), image.data, atol=1e-9)
    assert np.all(np.diag(turned.grid.affine)[:3] > 0)


def test_cropped_to_keeps_the_mask_and_its_margin() -> None:
    grid = Grid.centred((20, 20, 20), (2, 2, 2))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[8:12, 9:11, 10] = True
    part = Image(np.arange(8000.0).reshape(grid.shape), grid, "signal", "1").cropped_to(mask, margin_mm=3.0)
    assert part.grid.shape == (8, 6, 5)
    np.testing.assert_allclose(part.grid.world_from_index((2, 2, 2)), grid.world_from_index((8, 9, 10)))


def test_shapes_that_disagree_are_refused() -> None:
    grid = Grid.centred((3, 3, 3), (1, 1, 1))
    with pytest.raises(ImpastoError, match="do not fit"):
        Image(np.zeros((3, 3, 4)), grid, "dose", "Gy")
    with pytest.raises(ImpastoError, match="time axis"):
        Image(np.zeros((3, 3, 3, 2)), grid, "signal", "1")
    with pytest.raises(ImpastoError, match="leaves the image"):
        Image(np.zeros((3, 3, 3)), grid, "dose", "Gy").cropped((0, 0, 0), (3, 3, 4))


def test_data_cannot_be_changed_in_place() -> None:
    image = Image(np.zeros((2, 2, 2)), Grid.centred((2, 2, 2), (1, 1, 1)), "dose", "Gy")
    with pytest.raises(ValueError, match="read-only"):
        image.data[0, 0, 0] = 1.0
