"""Transforms on disk: exact when read back, and the same points when ITK reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from impasto.core import Grid, ImpastoError, Transform
from impasto.core.displacement import DisplacementField
from impasto.core.itk import transform_from_itk
from impasto.files import native

POINTS = np.random.default_rng(0).uniform(-20.0, 20.0, (50, 3))


@pytest.fixture
def bent() -> Transform:
    rng = np.random.default_rng(1)
    # oblique, with an axis counted backwards
    axes = np.linalg.qr(rng.standard_normal((3, 3)))[0] @ np.diag([4.0, -5.0, 6.0])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, -axes @ np.array([7.0, 6.0, 5.0])
    field = DisplacementField(Grid((15, 13, 11), affine), rng.normal(0.0, 2.0, (15, 13, 11, 3)))
    matrix = np.eye(4)
    matrix[:3] += rng.normal(0.0, 0.1, (3, 4))
    return Transform(matrix, "t2 to t1", field)


def test_what_is_read_is_what_was_written(bent: Transform, tmp_path: Path) -> None:
    native.write_transform(bent, tmp_path)
    found = native.read_transform(tmp_path)
    assert found.fitted_on == "t2 to t1"
    np.testing.assert_array_equal(found.moving_from_fixed(POINTS), bent.moving_from_fixed(POINTS))


def test_itk_moves_points_alike(bent: Transform, tmp_path: Path) -> None:
    native.write_transform(bent, tmp_path)
    dense = SimpleITK.DisplacementFieldTransform(
        SimpleITK.Cast(SimpleITK.ReadImage(str(tmp_path / "displacement.nii.gz")), SimpleITK.sitkVectorFloat64)
    )
    linear = SimpleITK.ReadTransform(str(tmp_path / "affine.tfm"))
    moved = [linear.TransformPoint(dense.TransformPoint(point.tolist())) for point in POINTS]
    # NIfTI keeps geometry in single precision
    np.testing.assert_allclose(moved, bent.moving_from_fixed(POINTS), atol=1e-3)
    np.testing.assert_allclose(transform_from_itk(linear, "").matrix, bent.matrix, atol=1e-12)


def test_a_missing_field_is_said(bent: Transform, tmp_path: Path) -> None:
    native.write_transform(bent, tmp_path)
    (tmp_path / "displacement.nii.gz").unlink()
    with pytest.raises(ImpastoError, match=r"displacement\.nii\.gz.*cannot be read"):
        native.read_transform(tmp_path)
