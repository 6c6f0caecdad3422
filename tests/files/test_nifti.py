"""NIfTI: the flip from RAS to LPS happens once, and what is written reads back."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.files import read_nifti, write_nifti


def test_a_point_to_the_patients_right_and_front_has_negative_lps_coordinates(tmp_path: Path) -> None:
    # RAS +10 mm to the right is LPS -10... NIfTI's x grows to the patient's right
    affine = np.diag([2.0, 2.0, 3.0, 1.0])
    affine[:3, 3] = [-10, -20, 30]
    nibabel.save(nibabel.Nifti1Image(np.zeros((3, 4, 5), dtype=np.int16), affine), tmp_path / "a.nii.gz")
    image = read_nifti(tmp_path / "a.nii.gz", "signal", "1")
    np.testing.assert_allclose(image.grid.world_from_index((0, 0, 0)), [10, 20, 30])
    np.testing.assert_allclose(image.grid.world_from_index((1, 1, 1)), [8, 18, 33])


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_what_is_written_reads_back(tmp_path: Path, dtype: type) -> None:
    values = (np.random.default_rng(0).normal(size=(5, 6, 7)) * 50 + 100).astype(dtype)
    image = Image(values, Grid.centred((5, 6, 7), (1.5, 2.0, 2.5), (7, -8, 9)), "signal", "1")
    write_nifti(image, tmp_path / "a.nii.gz")
    again = read_nifti(tmp_path / "a.nii.gz", "signal", "1")
    assert again.data.dtype == dtype
    np.testing.assert_array_equal(again.data, values)
    assert again.grid.matches(image.grid, 1e-4)


def test_a_time_axis_keeps_its_step(tmp_path: Path) -> None:
    image = Image(np.zeros((2, 2, 2, 4)), Grid.centred((2, 2, 2), (1, 1, 1)), "signal", "1", np.arange(4) * 5.0)
    write_nifti(image, tmp_path / "t.nii")
    times = read_nifti(tmp_path / "t.nii", "signal", "1").times_s
    np.testing.assert_allclose(times, [0, 5, 10, 15])


@pytest.mark.parametrize(("unit", "step_s"), [("sec", 2500.0), ("msec", 2.5), ("usec", 0.0025), ("unknown", 2500.0)])
def test_times_are_seconds_whatever_the_headers_unit(tmp_path: Path, unit: str, step_s: float) -> None:
    file = nibabel.Nifti1Image(np.zeros((3, 4, 5, 3), dtype=np.int16), np.eye(4))
    file.header["pixdim"][4] = 2500.0
    file.header.set_xyzt_units("mm", unit)
    nibabel.save(file, tmp_path / "a.nii.gz")
    times_s = read_nifti(tmp_path / "a.nii.gz", "signal", "1").times_s
    assert times_s is not None
    np.testing.assert_allclose(times_s, step_s * np.arange(3), rtol=1e-6)


def test_a_fourth_axis_that_is_not_time_is_refused(tmp_path: Path) -> None:
    file = nibabel.Nifti1Image(np.zeros((3, 4, 5, 3), dtype=np.int16), np.eye(4))
    file.header.set_xyzt_units("mm", "ppm")
    nibabel.save(file, tmp_path / "a.nii.gz")
    with pytest.raises(ImpastoError, match="fourth axis is in ppm"):
        read_nifti(tmp_path / "a.nii.gz", "spectrum", "1")


def test_scaled_integers_become_their_values(tmp_path: Path) -> None:
    file = nibabel.Nifti1Image(np.array([[[1.5, 2.5]]]), np.eye(4))
    file.header.set_data_dtype(np.int16)
    nibabel.save(file, tmp_path / "s.nii")
    np.testing.assert_allclose(read_nifti(tmp_path / "s.nii", "signal", "1").data, [[[1.5, 2.5]]], atol=1e-4)


def _nan(path: Path) -> None:
    nibabel.save(nibabel.Nifti1Image(np.full((2, 2, 2), np.nan), np.eye(4)), path)


def _singular(path: Path) -> None:
    file = nibabel.Nifti1Image(np.zeros((2, 2, 2)), np.eye(4))
    file.header.set_sform(np.diag([1, 1, 0, 1]), code=1)
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2)), None, file.header), path)


def _five_axes(path: Path) -> None:
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2, 2, 2)), np.eye(4)), path)


def _truncated(path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(20, 20, 20))
    nibabel.save(nibabel.Nifti1Image(noise, np.eye(4)), path)
    path.write_bytes(path.read_bytes()[:2000])


def _text(path: Path) -> None:
    path.write_text("not an image")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_nan, "8 voxels are NaN"),
        (_singular, "singular"),
        (_five_axes, "5 axes"),
        (_truncated, "not a readable NIfTI"),
        (_text, "not a readable NIfTI"),
    ],
)
def test_unusable_files_are_named_with_what_is_wrong(tmp_path: Path, spoil, problem: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "evil.nii.gz"
    if spoil is _singular:
        path = tmp_path / "evil.nii"
    spoil(path)
    with pytest.raises(ImpastoError, match=problem) as raised:
        read_nifti(path, "signal", "1")
    assert "evil.nii" in raised.value.subject


def test_missing_values_are_kept_where_they_are_allowed_and_infinite_ones_never(tmp_path: Path) -> None:
    values = np.array([[[1.0, np.nan, 3.0]]])
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "map.nii.gz")
    np.testing.assert_array_equal(read_nifti(tmp_path / "map.nii.gz", "ratio", "1", missing_allowed=True).data, values)
    nibabel.save(nibabel.Nifti1Image(np.array([[[np.inf, np.nan, -np.inf]]]), np.eye(4)), tmp_path / "map.nii.gz")
    with pytest.raises(ImpastoError, match="2 voxels are NaN or infinite"):
        read_nifti(tmp_path / "map.nii.gz", "ratio", "1", missing_allowed=True)
