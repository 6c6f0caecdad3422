"""The template lies in LPS: front is -y, up is +z, both halves alike."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core.atlas.template import brain_template
from impasto.core.resample import sample_linear
from impasto.phantom.atlas import Surface, head_atlas


def test_landmarks_lie_where_the_atlas_has_them() -> None:
    brain = brain_template()
    # genu and splenium of the corpus callosum, both frontal lobes, centrum semiovale (Talairach space, LPS)
    white = sample_linear(brain.white, brain.grid, [(0, -27, 6), (0, 38, 8), (28, -30, 18), (-28, 20, 30)])
    assert white.min() > 0.7
    # front horns hold fluid, so does the fourth ventricle below and behind
    tissue = sample_linear(brain.grey + brain.white, brain.grid, [(6, -12, 14), (0, 44, -32)])
    assert tissue.max() < 0.4


def test_both_halves_are_alike_and_run_from_right_to_left() -> None:
    brain = brain_template()
    assert np.all(np.diag(brain.grid.affine)[:3] > 0)
    points = np.random.default_rng(0).uniform((-60, -60, -40), (60, 90, 60), size=(500, 3))
    right = sample_linear(brain.grey, brain.grid, points)
    left = sample_linear(brain.grey, brain.grid, points * (-1, 1, 1))
    np.testing.assert_allclose(right, left, atol=0.02)


def test_the_hull_of_the_brain_holds_the_brain() -> None:
    atlas = head_atlas()
    brain = atlas.brain
    index = np.argwhere(brain.grey + brain.white > 0.9)[::97]
    distance = sample_linear(
        np.ascontiguousarray(atlas.distances_mm[..., Surface.BRAIN]), atlas.lattice, brain.grid.world_from_index(index)
    )
    assert np.mean(distance < 1.5) > 0.999
    skin = sample_linear(np.ascontiguousarray(atlas.distances_mm[..., Surface.SKIN]), atlas.lattice, [(0, 0, 0)])
    assert skin[0] == pytest.approx(-60, abs=40)
