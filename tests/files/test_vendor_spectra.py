"""Scanners' spectra: peaks at their chemical shift, voxels where the scanner's own header puts them."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.files import combined_spectra, dicom, is_spectra_file, read_spectra, read_spectra_file, spectroscopy_series
from impasto.files.vendor_spectra import read_vendor_spectra

pytest.importorskip("spec2nii", reason="the extra 'spectra' is not installed")

Peak = Callable[..., float]


@pytest.fixture(scope="session")
def folder(reference_data: Callable[[str], Path]) -> Path:
    return reference_data("mrs")


def rda_header(path: Path) -> dict[str, str]:
    text = path.read_bytes().partition(b">>> End of header <<<")[0].decode("latin-1")
    return dict(re.findall(r"^([^:\r\n]+): (.*?)\r?$", text, re.MULTILINE))


def vector(header: dict[str, str], name: str) -> np.ndarray:
    return np.array([float(header[f"{name}[{axis}]"]) for axis in range(3)])


@pytest.mark.parametrize(
    ("name", "frequency_mhz", "echo_time_s"),
    [
        ("SVS_30.rda", 123.234655, 0.030),
        ("SVS_30.IMA", 123.234655, 0.030),
        ("sub-01_PRESS_35_act.sdat", 127.750896, 0.035),
        ("sub-02_PRESS_35_act.spar", 127.750690, 0.035),
    ],
)
def test_peaks_lie_at_their_chemical_shift(
    folder: Path, highest_ppm: Peak, name: str, frequency_mhz: float, echo_time_s: float
) -> None:
    spectra = read_spectra(folder / name)
    naa, creatine = highest_ppm(spectra, 1.8, 2.3), highest_ppm(spectra, 2.85, 3.1)
    assert naa == pytest.approx(2.01, abs=0.06)  # the field drifts by some hertz
    assert creatine - naa == pytest.approx(3.027 - 2.008, abs=0.015)  # shifts of Govindaraju 2000
    assert spectra.frequency_mhz == pytest.approx(frequency_mhz, abs=1e-6)
    assert spectra.echo_time_s == pytest.approx(echo_time_s, abs=1e-9)
    assert spectra.repetition_time_s == pytest.approx(2.0)
    assert spectra.nucleus == "1H"


@pytest.mark.parametrize("name", ["SVS_30.rda", "SVS_30.IMA"])
def test_a_siemens_voxel_lies_where_the_rda_header_says(folder: Path, name: str) -> None:
    header = rda_header(folder / "SVS_30.rda")
    grid = read_spectra(folder / name).grid
    centre = [float(header[f"VOIPosition{axis}"]) for axis in ("Sag", "Cor", "Tra")]
    np.testing.assert_allclose(grid.origin_mm, centre, atol=1e-4)
    row, column = vector(header, "RowVector"), vector(header, "ColumnVector")
    # the header's corner tells which side of the box runs along which vector
    along_row = -2 * (vector(header, "PositionVector") - centre) @ row
    along_column = -2 * (vector(header, "PositionVector") - centre) @ column
    np.testing.assert_allclose([along_row, along_column], [20.0, 40.0], atol=1e-3)
    np.testing.assert_allclose(grid.affine[:3, 0], along_row * row, atol=1e-3)
    np.testing.assert_allclose(grid.affine[:3, 1], along_column * column, atol=1e-3)
    assert grid.spacing_mm[2] == pytest.approx(float(header["SliceThickness"]))


def test_two_exports_of_one_scan_agree(folder: Path) -> None:
    rda, ima = read_spectra(folder / "SVS_30.rda"), read_spectra(folder / "SVS_30.IMA")
    assert rda.grid.matches(ima.grid)
    scale = np.vdot(ima.fid, rda.fid) / np.vdot(ima.fid, ima.fid)
    assert np.abs(rda.fid - scale * ima.fid).max() < 1e-3 * np.abs(rda.fid).max()
    # RDA gives the dwell time in whole microseconds
    assert rda.dwell_s == pytest.approx(ima.dwell_s, abs=1e-6)


def test_voxels_of_a_siemens_grid_run_along_its_row_and_column(folder: Path, tmp_path: Path) -> None:
    content = (folder / "SVS_30.rda").read_bytes()
    head, mark, _ = content.partition(b">>> End of header <<<\r\n")
    head = head.replace(b"CSIMatrixSize[0]: 1", b"CSIMatrixSize[0]: 2")
    head = head.replace(b"CSIMatrixSize[1]: 1", b"CSIMatrixSize[1]: 3").replace(b"VectorSize: 1024", b"VectorSize: 4")
    voxels = np.repeat(np.arange(6.0), 4).astype(complex)
    (tmp_path / "csi.rda").write_bytes(head + mark + voxels.view(float).tobytes())
    spectra = read_spectra(tmp_path / "csi.rda")
    np.testing.assert_array_equal(spectra.fid[:, :, 0, 0].real, [[0, 2, 4], [1, 3, 5]])
    header = rda_header(tmp_path / "csi.rda")
    row, column = vector(header, "RowVector"), vector(header, "ColumnVector")
    np.testing.assert_allclose(spectra.grid.affine[:3, 0], float(header["PixelSpacingCol"]) * row, atol=1e-3)
    np.testing.assert_allclose(spectra.grid.affine[:3, 1], float(header["PixelSpacingRow"]) * column, atol=1e-3)


def test_a_philips_voxel_lies_at_its_offset_and_brings_its_water(folder: Path, highest_ppm: Peak) -> None:
    found = read_spectra_file([folder / "sub-02_PRESS_35_act.sdat"])
    spectra = combined_spectra(found.signal, found.water, "sub-02")
    text = (folder / "sub-02_PRESS_35_act.spar").read_text(encoding="latin-1")
    # Philips counts towards left, posterior and head: LPS
    centre = [float(re.search(rf"{axis}_off_center : (\S+)", text)[1]) for axis in ("lr", "ap", "cc")]  # type: ignore[index]
    np.testing.assert_allclose(spectra.grid.origin_mm, centre, atol=1e-4)
    np.testing.assert_allclose(spectra.grid.spacing_mm, 30.0, atol=1e-4)
    assert "water reference: sub-02_PRESS_35_ref.sdat" in found.notes
    assert spectra.water is not None
    water = read_spectra(folder / "sub-02_PRESS_35_ref.sdat")
    np.testing.assert_array_equal(spectra.water, water.fid)
    assert highest_ppm(water, 3.5, 6.0) == pytest.approx(4.65, abs=0.05)
    assert np.abs(spectra.water[..., 0]) > 10 * np.abs(spectra.fid[..., 0])


def test_spectroscopy_dicom_is_told_from_images(folder: Path, tmp_path: Path) -> None:
    image = Image(np.zeros((4, 4, 2)), Grid.centred((4, 4, 2), (1, 1, 1)), "CT number", "[hnsf'U]")
    dicom.write_series(image, dicom.new_reference("CT", "P", "P", ("test",)), tmp_path / "ct")
    assert spectroscopy_series(folder / "SVS_30.IMA") == "1.3.12.2.1107.5.2.19.45306.30000016042910584906500000412"
    for path in (tmp_path / "ct").iterdir():
        assert spectroscopy_series(path) is None
        assert not is_spectra_file(path)
    assert is_spectra_file(folder / "SVS_30.rda")
    assert not is_spectra_file(folder / "press_30ms_3T.basis")


def _cut_rda(folder: Path, at: Path) -> Path:
    (at / "a.rda").write_bytes((folder / "SVS_30.rda").read_bytes()[:9000])
    return at / "a.rda"


def _text_rda(folder: Path, at: Path) -> Path:
    (at / "a.rda").write_text("text")
    return at / "a.rda"


def _cut_ima(folder: Path, at: Path) -> Path:
    (at / "a.IMA").write_bytes((folder / "SVS_30.IMA").read_bytes()[:80000])
    return at / "a.IMA"


def _lonely_sdat(folder: Path, at: Path) -> Path:
    return Path(shutil.copy(folder / "sub-01_PRESS_35_ref.sdat", at / "a.SDAT"))


def _short_sdat(folder: Path, at: Path) -> Path:
    shutil.copy(folder / "sub-01_PRESS_35_ref.spar", at / "a.SPAR")
    (at / "a.SDAT").write_bytes((folder / "sub-01_PRESS_35_ref.sdat").read_bytes()[:1000])
    return at / "a.SDAT"


def _many_voxels(folder: Path, at: Path) -> Path:
    spar = (folder / "sub-01_PRESS_35_ref.spar").read_text(encoding="latin-1")
    spar = spar.replace('phase_encoding_enable : "no"', 'phase_encoding_enable : "yes"')
    (at / "a.spar").write_text(spar.replace("dim2_pnts : 1", "dim2_pnts : 16"), encoding="latin-1")
    return Path(shutil.copy(folder / "sub-01_PRESS_35_ref.sdat", at / "a.sdat"))


def _no_p_file(folder: Path, at: Path) -> Path:
    (at / "P12345.7").write_bytes(b"\0" * 5000)
    return at / "P12345.7"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_cut_rda, "7013 bytes where its header promises 16384"),
        (_text_rda, "has no RDA header"),
        (_cut_ima, "cannot convert|no known format"),
        (_lonely_sdat, "has no SPAR file of the same name beside it"),
        (_short_sdat, "1000 bytes where a.SPAR promises 16384"),
        (_many_voxels, "holds 16 x 1 voxels, and SDAT does not say where they lie"),
        (_no_p_file, "spec2nii cannot convert it"),
        (lambda folder, at: folder / "press_30ms_3T.basis", "is of no known format of spectra"),
        (lambda folder, at: at / "absent.rda", "is not there"),
        (lambda folder, at: folder / "metab_raw.nii.gz", r"single signals \(4 x coil, 16 x transient\)"),
    ],
)
def test_unusable_files_are_named_with_what_is_wrong(
    folder: Path, tmp_path: Path, make: Callable[[Path, Path], Path], problem: str
) -> None:
    path = make(folder, tmp_path)
    with pytest.raises(ImpastoError, match=problem) as raised:
        read_spectra(path)
    assert raised.value.subject == str(path)


def test_rows_of_an_sdat_file_are_transients(folder: Path, tmp_path: Path) -> None:
    once = (folder / "sub-01_PRESS_35_act.sdat").read_bytes()
    (tmp_path / "two.sdat").write_bytes(2 * once)
    spar = (folder / "sub-01_PRESS_35_act.spar").read_text(encoding="latin-1")
    (tmp_path / "two.spar").write_text(re.sub(r"^rows : 1", "rows : 2", spar, flags=re.MULTILINE), encoding="latin-1")
    signal = read_vendor_spectra([tmp_path / "two.sdat"]).signal
    assert signal.fid.shape == (1, 1, 1, 2048, 1, 2)
    np.testing.assert_array_equal(signal.fid[..., 0], signal.fid[..., 1])


def test_without_spec2nii_the_remedy_is_one_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "spec2nii"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "spec2nii", None)  # type: ignore[arg-type]
    for name in ("SVS_30.rda", "SVS_30.IMA", "sub-01_PRESS_35_act.sdat"):
        with pytest.raises(ImpastoError, match=r"needs spec2nii; pip install impasto\[spectra\]"):
            read_spectra(folder / name)


def test_a_water_reference_of_another_voxel_is_refused(folder: Path) -> None:
    with pytest.raises(ImpastoError, match="lies elsewhere than the spectra"):
        read_spectra(folder / "sub-01_PRESS_35_act.sdat", folder / "sub-02_PRESS_35_ref.sdat")
