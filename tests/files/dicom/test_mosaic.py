"""Siemens mosaics: a scanner's own files against nibabel's reader, and made-up ones in planes that those lack."""

from __future__ import annotations

import gzip
import io
import struct
import warnings
from pathlib import Path
from types import ModuleType

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from tests.files.dicom.vendor_headers import (
    AXIAL,
    COLUMNS,
    CORONAL,
    ROWS,
    SAGITTAL,
    SLICES,
    SPACING_MM,
    STEP_MM,
    pixels,
    place_mm,
    private,
    single_frame_header,
    write,
)

from impasto.core import ImpastoError
from impasto.files.dicom import read_diffusion_series, read_series_folder, scan
from impasto.files.dicom.private_elements import csa_image_header

SIDE = 2
TILTED = (0.8, 0.6, 0.0, -0.48, 0.64, -0.6)


@pytest.fixture(scope="session")
def nicom() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nibabel.nicom import dicomwrappers

        # its files come with nibabel's tests, which some packagings leave out
        if not (Path(nibabel.__file__).parent / "nicom" / "tests" / "data" / "siemens_dwi_1000.dcm.gz").exists():
            pytest.skip("nibabel is installed without its test data")
    return dicomwrappers


@pytest.fixture
def scanner_files(nicom: ModuleType, tmp_path: Path) -> list[Path]:
    """Two volumes of a diffusion series by a Trio, b = 0 and b = 1000; their pixels were blanked, so here is noise."""
    data, paths = Path(nibabel.__file__).parent / "nicom" / "tests" / "data", []
    rng = np.random.default_rng(3)
    for name in ("siemens_dwi_0", "siemens_dwi_1000"):
        path = tmp_path / "scanner" / name
        path.parent.mkdir(exist_ok=True)
        header = pydicom.dcmread(io.BytesIO(gzip.decompress((data / f"{name}.dcm.gz").read_bytes())))
        header.PixelData = rng.integers(0, 4096, (header.Rows, header.Columns)).astype("<u2").tobytes()
        header.save_as(path)
        paths.append(path)
    return paths


def test_a_scanners_mosaics_equal_nibabels_reading(scanner_files: list[Path], nicom: ModuleType) -> None:
    with scan(scanner_files[0].parent) as found:
        assert [series.is_diffusion for series in found.series] == [True]
        read = read_diffusion_series(found.series[0])
    peers = [nicom.wrapper_from_file(path) for path in scanner_files]
    image, gradients = read.series.image, read.series.gradients
    # nibabel's first axis runs along columns, and its slices along Siemens' slice normal
    for n, peer in enumerate(peers):
        np.testing.assert_array_equal(image.data[..., n], np.swapaxes(peer.get_data(), 0, 1))
    expected = peers[0].affine[:, [1, 0, 2, 3]]
    np.testing.assert_allclose(image.grid.affine, expected, atol=2e-3)
    np.testing.assert_allclose(image.times_s, [0.0, 6.6275])
    np.testing.assert_array_equal(gradients.b_values_s_per_mm2, [0.0, 1000.0])
    axes = peers[0].affine[:3, :3] / np.linalg.norm(peers[0].affine[:3, :3], axis=0)
    direction = axes @ peers[1].b_vector / np.linalg.norm(peers[1].b_vector)
    assert abs(direction @ gradients.directions[1]) > 0.99999
    assert read.reference.frame_numbers == ()
    assert set(read.reference.sop_instance_uids) == {pydicom.dcmread(scanner_files[0]).SOPInstanceUID}
    assert "unpacked from mosaics; slices of one count as taken at one time (slice times are not used)" in read.notes


def test_directions_come_from_the_csa_header_where_nothing_else_says_them(scanner_files: list[Path]) -> None:
    stated = []
    for bare in (False, True):
        if bare:
            for path in scanner_files:
                header = pydicom.dcmread(path)
                block = header.private_block(0x0019, "SIEMENS MR HEADER")
                for element in (0x0A, 0x0C, 0x0D, 0x0E, 0x27):
                    if element in block:
                        del block[element]
                header.save_as(path)
        with scan(scanner_files[0].parent) as found:
            stated.append(read_diffusion_series(found.series[0]))
    for one in stated:
        np.testing.assert_array_equal(one.series.gradients.b_values_s_per_mm2, [0.0, 1000.0])
    np.testing.assert_allclose(*(one.series.gradients.directions for one in stated), atol=1e-6)
    assert any("Siemens CSA header" in note for note in stated[1].notes)


def test_the_csa_header_equals_nibabels_reading(scanner_files: list[Path], nicom: ModuleType) -> None:
    from nibabel.nicom import csareader

    header = pydicom.dcmread(scanner_files[1])
    found, peer = csa_image_header(header), csareader.get_csa_header(header, "image")["tags"]
    assert set(found) == set(peer)
    for name, values in found.items():
        expected = [value for value in peer[name]["items"] if value not in ("", None)]
        assert len(values) == len(expected), name
        for value, other in zip(values, expected, strict=True):
            assert (value if isinstance(other, str) else float(value)) == other, name


def csa(normal: np.ndarray) -> bytes:
    """Write a CSA header of type 2 that holds a slice normal."""
    items = [f"{component:.8f}".encode() for component in normal]
    raw = b"SV10\4\3\2\1" + struct.pack("<II", 1, 77)
    raw += struct.pack("<64si4siii", b"SliceNormalVector", 3, b"FD", 3, len(items), 77)
    for item in items:
        padded = item + b"\0" * (-len(item) % 4)
        raw += struct.pack("<4i", len(item), len(item), 77, len(item)) + padded
    return raw


def write_mosaic(path: Path, values: np.ndarray, plane: tuple[float, ...], normal: np.ndarray | None) -> Dataset:
    """Write a volume of shape (i, j, k) as one mosaic, its first slice at the first place along `normal`."""
    header = single_frame_header("Siemens", "mosaic", 4, plane)
    header.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    header.Rows, header.Columns, header.InstanceNumber = SIDE * ROWS, SIDE * COLUMNS, 1
    row, column = np.array(plane[:3]), np.array(plane[3:])
    # as if the first slice were as large as the mosaic, with the same centre
    corner = place_mm(plane, 0) - row * SPACING_MM[1] * COLUMNS / 2 - column * SPACING_MM[0] * ROWS / 2
    header.ImagePositionPatient = [round(float(x), 6) for x in corner]
    private(header, 0x0019, "SIEMENS MR HEADER", {0x0A: ("US", SLICES)})
    if normal is not None:
        private(header, 0x0029, "SIEMENS CSA HEADER", {0x10: ("OB", csa(normal))})
    tiles = np.zeros((SIDE * ROWS, SIDE * COLUMNS), dtype=np.int16)
    for k in range(SLICES):
        down, across = divmod(k, SIDE)
        tiles[down * ROWS : (down + 1) * ROWS, across * COLUMNS : (across + 1) * COLUMNS] = values[:, :, k].T
    write(header, path, tiles)
    return header


@pytest.mark.parametrize("plane", [AXIAL, SAGITTAL, CORONAL, TILTED])
@pytest.mark.parametrize("against_normal", [False, True, None])
def test_every_slice_lies_where_it_was_taken(
    tmp_path: Path, plane: tuple[float, ...], against_normal: bool | None
) -> None:
    values, normal = pixels(1)[..., 0], np.cross(plane[:3], plane[3:])
    stated = None if against_normal is None else -normal if against_normal else normal
    write_mosaic(tmp_path / "mosaic", values, plane, stated)
    series = read_series_folder(tmp_path)
    along = -normal if against_normal else normal
    last = place_mm(plane, 0) + along * STEP_MM * (SLICES - 1)
    k = np.argmin(np.linalg.norm([series.image.grid.world_from_index([[0, 0, n]])[0] - last for n in range(3)], axis=1))
    np.testing.assert_array_equal(series.image.data[:, :, k], values[:, :, SLICES - 1])
    np.testing.assert_allclose(series.image.grid.world_from_index([[0, 0, k]])[0], last, atol=1e-5)
    assert series.image.grid.is_rectangular
    guessed = "no CSA header says which way the slices of a mosaic follow each other: along the normal"
    assert (guessed in series.notes) == (against_normal is None)


def test_a_mosaic_that_does_not_say_its_slices_is_refused(tmp_path: Path) -> None:
    header = write_mosaic(tmp_path / "mosaic", pixels(1)[..., 0], AXIAL, None)
    del header[0x0019, 0x100A]
    header.save_as(tmp_path / "mosaic")
    with pytest.raises(ImpastoError, match="mosaic of 12 x 10 pixels that holds an unknown number of slices"):
        read_series_folder(tmp_path)


def test_a_dynamic_series_of_mosaics_has_one_time_each(tmp_path: Path) -> None:
    values = pixels(4)
    for t in range(4):
        path = tmp_path / f"{3 - t}"
        header = write_mosaic(path, values[..., t], SAGITTAL, np.array([1.0, 0.0, 0.0]))
        header.AcquisitionTime = f"1020{2 * t:02d}.25"
        header.save_as(path)
    series = read_series_folder(tmp_path)
    assert np.cross(SAGITTAL[:3], SAGITTAL[3:])[0] == -1.0
    np.testing.assert_array_equal(series.image.data, values[:, :, ::-1])
    np.testing.assert_allclose(series.image.times_s, [0.0, 2.0, 4.0, 6.0])
