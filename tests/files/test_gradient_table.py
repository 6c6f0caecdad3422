"""Gradient tables: FSL's convention, there and back on turned and mirrored grids."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, ImpastoError
from impasto.files.gradient_table import (
    read_diffusion,
    read_diffusion_nifti,
    read_gradient_table,
    write_diffusion,
    write_gradient_table,
)

_TABLE = GradientTable(
    np.array([0.0, 1000.0, 1000.0, 700.0]), np.array([[0, 0, 0], [1, 0, 0], [0, 0.6, 0.8], [-0.6, 0, 0.8]])
)


def _turned_grid(seed: int, mirrored: bool) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.random(random_state=seed).as_matrix() * (2.0, 2.0, 3.5)
    if mirrored:
        affine[:3, 0] *= -1.0
    affine[:3, 3] = (-40.0, 30.0, 12.0)
    return Grid((3, 4, 5), affine)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**31), mirrored=st.booleans())
def test_directions_come_back_from_any_grid(tmp_path: Path, seed: int, mirrored: bool) -> None:
    grid = _turned_grid(seed, mirrored)
    write_gradient_table(_TABLE, grid, tmp_path / "a.bval", tmp_path / "a.bvec")
    again = read_gradient_table(tmp_path / "a.bval", tmp_path / "a.bvec", grid)
    np.testing.assert_allclose(again.directions, _TABLE.directions, atol=1e-8)
    np.testing.assert_array_equal(again.b_values_s_per_mm2, _TABLE.b_values_s_per_mm2)


def test_the_usual_left_handed_nifti_has_vectors_along_its_axes(tmp_path: Path) -> None:
    # a NIfTI affine diag(-2, 2, 2): i to the patient's left, j to the front; a gradient to the left is +x,
    # one to the front +y, one upwards +z, as FSL and dcm2niix have it
    nibabel.save(
        nibabel.Nifti1Image(np.zeros((2, 2, 2, 3), dtype=np.int16), np.diag([-2, 2, 2, 1])), tmp_path / "a.nii"
    )
    (tmp_path / "a.bval").write_text("1000 1000 1000\n")
    (tmp_path / "a.bvec").write_text("1 0 0\n0 1 0\n0 0 1\n")
    series = read_diffusion_nifti(tmp_path / "a.nii")
    np.testing.assert_allclose(series.gradients.directions, [[1, 0, 0], [0, -1, 0], [0, 0, 1]])


def test_a_right_handed_nifti_has_its_first_component_turned(tmp_path: Path) -> None:
    # diag(2, 2, 2): i to the patient's right; FSL flips x, so that + x again means left
    grid = Grid((2, 2, 2), np.diag([-2.0, -2.0, 2.0, 1.0]))
    write_gradient_table(_TABLE, grid, tmp_path / "a.bval", tmp_path / "a.bvec")
    np.testing.assert_allclose(np.loadtxt(tmp_path / "a.bvec"), [[0, 1, 0, -0.6], [0, 0, -0.6, 0], [0, 0, 0.8, 0.8]])
    assert (tmp_path / "a.bval").read_text() == "0 1000 1000 700\n"


def test_columns_and_commas_are_understood(tmp_path: Path) -> None:
    (tmp_path / "a.bval").write_text("0\n1000\n")
    (tmp_path / "a.bvec").write_text("0,0,0\n0,1,0\n")
    grid = Grid((2, 2, 2), np.eye(4))
    table = read_gradient_table(tmp_path / "a.bval", tmp_path / "a.bvec", grid)
    np.testing.assert_allclose(table.directions, [[0, 0, 0], [0, 1, 0]])


def test_a_series_comes_back_with_its_times(tmp_path: Path) -> None:
    data = np.random.default_rng(0).uniform(0, 1000, (3, 4, 5, 4)).astype(np.float32)
    grid = _turned_grid(7, mirrored=False)
    image = Image(data, grid, "diffusion-weighted signal", "1", np.arange(4) * 8.0)
    write_diffusion(DiffusionSeries(image, _TABLE), tmp_path / "dwi")
    again = read_diffusion(tmp_path / "dwi")
    np.testing.assert_array_equal(again.image.data, data)
    np.testing.assert_array_equal(again.image.times_s, image.times_s)
    np.testing.assert_allclose(again.gradients.directions, _TABLE.directions, atol=1e-8)
    foreign = read_diffusion_nifti(tmp_path / "dwi.nii.gz")
    np.testing.assert_allclose(foreign.gradients.directions, _TABLE.directions, atol=1e-6)


@pytest.mark.parametrize(
    ("bval", "bvec", "problem"),
    [
        ("0 1000", "0 1\n0 0", "do not make a vector"),
        ("0 1000 1000", "0 1\n0 0\n0 0", "do not make a vector"),
        ("0 many", "0 1\n0 0\n0 0", "not a table of numbers"),
        ("0 1000", "0 0.2\n0 0\n0 0", "length 0.200"),
        ("0 1000", "0 1\n0\n0 0", "not a table of numbers"),
    ],
)
def test_evil_tables_are_named(tmp_path: Path, bval: str, bvec: str, problem: str) -> None:
    (tmp_path / "a.bval").write_text(bval)
    (tmp_path / "a.bvec").write_text(bvec)
    with pytest.raises(ImpastoError, match=problem) as raised:
        read_gradient_table(tmp_path / "a.bval", tmp_path / "a.bvec", Grid((2, 2, 2), np.eye(4)))
    assert "a.bv" in raised.value.subject


def test_what_is_missing_or_sheared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="is missing"):
        read_gradient_table(tmp_path / "no.bval", tmp_path / "no.bvec", Grid((2, 2, 2), np.eye(4)))
    sheared = np.eye(4)
    sheared[0, 1] = 0.3
    with pytest.raises(ImpastoError, match="not perpendicular"):
        write_gradient_table(_TABLE, Grid((2, 2, 2), sheared), tmp_path / "a.bval", tmp_path / "a.bvec")
