"""NIfTI-MRS: what is written reads back, other software reads it alike, and damaged headers are named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nifti_mrs import validator
from nifti_mrs.nifti_mrs import NIFTI_MRS
from scipy.spatial.transform import Rotation

from impasto.core import Grid, ImpastoError, RawSpectra, Spectra
from impasto.files import is_nifti_mrs, native, read_nifti, read_nifti_mrs, write_nifti_mrs
from impasto.files.nifti_mrs import is_simulated

HEADER: dict[str, Any] = {"SpectrometerFrequency": [127.7], "ResonantNucleus": ["1H"], "EchoTime": 0.03}


def turned_grid(shape: tuple[int, int, int], turn: list[float], origin_mm: list[float]) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_rotvec(turn).as_matrix() * [6.25, 7.5, 10.0]
    affine[:3, 3] = origin_mm
    return Grid(shape, affine)


def spectra_on(grid: Grid, points: int = 16) -> Spectra:
    noise = np.random.default_rng(0).normal(size=(2, *grid.shape, points))
    return Spectra((noise[0] + 1j * noise[1]).astype(np.complex64), grid, 8e-4, 127.7, 0.144, repetition_time_s=1.5)


def write_by_hand(
    path: Path, fid: np.ndarray, header: dict[str, Any] | None, dwell: float = 5e-4, unit: str = "sec"
) -> Path:
    """Write a file as the standard has it, with nothing of the project's own."""
    file = nibabel.Nifti2Image(fid, np.diag([10.0, 10.0, 10.0, 1.0]))
    file.header["pixdim"][4] = dwell
    file.header.set_xyzt_units("mm", unit)
    if header is not None:
        file.header["intent_name"] = b"mrs_v0_7"
        file.header.extensions.append(nibabel.nifti1.Nifti1Extension(44, json.dumps(header).encode()))
    nibabel.save(file, path)
    return path


@settings(max_examples=20)
@given(
    shape=st.tuples(*[st.integers(1, 4)] * 3),
    turn=st.lists(st.floats(-3, 3), min_size=3, max_size=3),
    origin_mm=st.lists(st.floats(-200, 200), min_size=3, max_size=3),
)
def test_everything_reads_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, int, int], turn: list[float], origin_mm: list[float]
) -> None:
    path = tmp_path_factory.mktemp("round") / "a.nii.gz"
    spectra = spectra_on(turned_grid(shape, turn, origin_mm))
    write_nifti_mrs(spectra, path)
    again = read_nifti_mrs(path)
    np.testing.assert_array_equal(again.fid[..., 0, 0], spectra.fid)
    np.testing.assert_array_equal(again.grid.affine, spectra.grid.affine)
    for fact in ("dwell_s", "frequency_mhz", "echo_time_s", "repetition_time_s", "nucleus"):
        assert getattr(again, fact) == getattr(spectra, fact)


def test_the_standards_own_library_reads_it_alike(tmp_path: Path) -> None:
    spectra = spectra_on(turned_grid((3, 4, 2), [0.3, -0.7, 1.9], [12.0, -4.0, 99.0]))
    write_nifti_mrs(spectra, tmp_path / "a.nii.gz", simulated=True)
    theirs = NIFTI_MRS(tmp_path / "a.nii.gz")
    validator.validate_nifti_mrs(theirs)
    assert (theirs.nucleus, theirs.spectrometer_frequency, theirs.dwelltime) == (["1H"], [127.7], 8e-4)
    np.testing.assert_array_equal(theirs[:], np.conj(spectra.fid))  # it hands out the conjugate of what is stored
    index = np.array([2.0, 1.0, 1.0, 1.0])
    ras = (theirs.getAffine("voxel", "world") @ index)[:3]
    np.testing.assert_allclose(ras * [-1, -1, 1], spectra.grid.world_from_index(index[:3]), atol=1e-4)
    assert theirs.hdr_ext["ResearchUse"]["Value"]
    assert is_simulated(tmp_path / "a.nii.gz")


def test_measured_data_are_not_marked_as_simulated(tmp_path: Path) -> None:
    write_nifti_mrs(spectra_on(Grid.centred((1, 1, 1), (20, 20, 20))), tmp_path / "a.nii.gz")
    assert not is_simulated(tmp_path / "a.nii.gz")


def test_coils_and_transients_keep_their_axes(tmp_path: Path) -> None:
    fid = np.random.default_rng(1).normal(size=(1, 2, 1, 8, 3, 5)) * (1 + 1j)
    raw = RawSpectra(fid, Grid.centred((1, 2, 1), (20, 20, 20)), 5e-4, 123.2, 0.03)
    write_nifti_mrs(raw, tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(read_nifti_mrs(tmp_path / "a.nii.gz").fid, fid)


def test_axes_come_in_any_order_and_repeats_count_as_transients(tmp_path: Path) -> None:
    fid = np.random.default_rng(2).normal(size=(1, 1, 1, 8, 2, 3, 4)).astype(np.complex64)
    tags = {"dim_5": "DIM_DYN", "dim_6": "DIM_COIL", "dim_7": "DIM_MEAS"}
    raw = read_nifti_mrs(write_by_hand(tmp_path / "a.nii.gz", fid, {**HEADER, **tags}))
    assert raw.fid.shape == (1, 1, 1, 8, 3, 8)
    for dyn, coil, repeat in ((0, 0, 0), (1, 2, 3), (1, 0, 2)):
        np.testing.assert_array_equal(raw.fid[..., coil, 4 * dyn + repeat], fid[..., dyn, coil, repeat])


def test_water_lies_at_zero_frequency_whatever_the_receivers_offset(
    tmp_path: Path, highest_ppm: Callable[..., float]
) -> None:
    # the standard: a signal of p ppm turns with (centre - p) times the spectrometer frequency
    times_s = np.arange(1024) * 5e-4
    fid = np.exp(2j * np.pi * (2.65 - 2.01) * 127.7 * times_s - 8 * times_s)[None, None, None].astype(np.complex64)
    offset = {**HEADER, "RxOffset": -2.0}
    raw = read_nifti_mrs(write_by_hand(tmp_path / "a.nii.gz", fid, offset))
    assert highest_ppm(raw, 0.0, 9.0) == pytest.approx(2.01, abs=0.005)
    phosphorus = {**HEADER, "ResonantNucleus": ["31P"], "SpectrometerFrequency": [51.7]}
    raw = read_nifti_mrs(write_by_hand(tmp_path / "p.nii.gz", fid, phosphorus))
    np.testing.assert_array_equal(raw.fid[..., 0, 0], fid)


@pytest.mark.parametrize(("unit", "dwell"), [("sec", 5e-4), ("msec", 0.5), ("usec", 500.0), ("unknown", 5e-4)])
def test_the_dwell_time_is_in_the_headers_unit(tmp_path: Path, unit: str, dwell: float) -> None:
    fid = np.ones((1, 1, 1, 8), dtype=np.complex64)
    assert read_nifti_mrs(write_by_hand(tmp_path / "a.nii.gz", fid, HEADER, dwell, unit)).dwell_s == pytest.approx(5e-4)


def test_an_echo_time_that_is_not_stated_can_be_given(tmp_path: Path) -> None:
    header = {key: value for key, value in HEADER.items() if key != "EchoTime"}
    path = write_by_hand(tmp_path / "a.nii.gz", np.ones((1, 1, 1, 8), dtype=np.complex64), header)
    with pytest.raises(ImpastoError, match=r"does not state the echo time; give it \(--echo-time\)"):
        read_nifti_mrs(path)
    assert read_nifti_mrs(path, echo_time_s=0.135).echo_time_s == 0.135


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"EchoTime": 30.0}, "its echo time is 30 s"),
        ({"EchoTime": "short"}, "'short', not a number"),
        ({"SpectrometerFrequency": [127.7e6]}, "its spectrometer frequency is 1.277e\\+08 MHz"),
        ({"SpectrometerFrequency": None}, "lacks SpectrometerFrequency"),
        ({"SpectrometerFrequency": [127.7, 51.7]}, "several values of SpectrometerFrequency"),
        ({"ResonantNucleus": ["proton"]}, "nucleus 'proton' is none"),
        ({"kSpace": [True, True, False]}, "lies in k-space"),
        ({"SpectralWidth": 4000.0}, "4000 Hz contradicts its dwell time of 0.0005 s"),
    ],
)
def test_headers_that_cannot_be_right_are_refused(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    path = write_by_hand(tmp_path / "evil.nii.gz", np.ones((1, 1, 1, 8), dtype=np.complex64), {**HEADER, **change})
    with pytest.raises(ImpastoError, match=problem) as raised:
        read_nifti_mrs(path)
    assert raised.value.subject.endswith("evil.nii.gz")


def _real(path: Path) -> None:
    write_by_hand(path, np.ones((1, 1, 1, 8), dtype=np.float32), HEADER)


def _plain(path: Path) -> None:
    write_by_hand(path, np.ones((1, 1, 1, 8), dtype=np.complex64), None)


def _no_dwell(path: Path) -> None:
    write_by_hand(path, np.ones((1, 1, 1, 8), dtype=np.complex64), HEADER, dwell=1.0)


def _nan(path: Path) -> None:
    write_by_hand(path, np.full((1, 1, 1, 8), np.nan, dtype=np.complex64), HEADER)


def _edited(path: Path) -> None:
    write_by_hand(path, np.ones((1, 1, 1, 8, 2), dtype=np.complex64), {**HEADER, "dim_5": "DIM_EDIT"})


def _no_time(path: Path) -> None:
    write_by_hand(path, np.ones((4, 4, 4), dtype=np.complex64), HEADER, dwell=0.0)


def _cut_short(path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(8, 8, 1, 64)).astype(np.complex64)
    write_by_hand(path, noise, HEADER)
    path.write_bytes(path.read_bytes()[:4000])


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (_real, "its samples are not complex"),
        (_plain, "no NIfTI-MRS header extension"),
        (_no_dwell, r"its dwell time is 1 \(sec\)"),
        (_nan, "not complex and finite"),
        (_edited, "2 signals along DIM_EDIT"),
        (_no_time, "dwell time|3 axes"),
        (_cut_short, "not a readable NIfTI file"),
        (lambda path: path.write_text("text"), "not a readable NIfTI file"),
        (lambda path: None, "not a readable NIfTI file"),
    ],
)
def test_unusable_files_are_named_with_what_is_wrong(
    tmp_path: Path, spoil: Callable[[Path], object], problem: str
) -> None:
    spoil(tmp_path / "evil.nii.gz")
    with pytest.raises(ImpastoError, match=problem) as raised:
        read_nifti_mrs(tmp_path / "evil.nii.gz")
    assert raised.value.subject.endswith("evil.nii.gz")


def test_spectra_are_told_from_images(tmp_path: Path) -> None:
    write_nifti_mrs(spectra_on(Grid.centred((2, 2, 2), (10, 10, 10))), tmp_path / "mrs.nii.gz")
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 2, 2)), np.eye(4)), tmp_path / "image.nii.gz")
    assert is_nifti_mrs(tmp_path / "mrs.nii.gz")
    assert not is_nifti_mrs(tmp_path / "image.nii.gz")
    assert not is_nifti_mrs(tmp_path / "absent.nii.gz")
    with pytest.raises(ImpastoError, match="holds complex samples; add it as spectra"):
        read_nifti(tmp_path / "mrs.nii.gz", "signal", "1")


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.nii.gz"
    spectra = spectra_on(Grid.centred((2, 2, 2), (10, 10, 10)))
    write_nifti_mrs(spectra, path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nibabel.save", fail)
    with pytest.raises(ImpastoError, match="nothing was changed"):
        write_nifti_mrs(replace(spectra, dwell_s=1e-3), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_case_keeps_a_water_reference_and_drops_an_old_one(tmp_path: Path) -> None:
    spectra = spectra_on(turned_grid((2, 3, 1), [0.1, 0.2, 0.3], [1.0, 2.0, 3.0]))
    native.write_spectra(replace(spectra, water=10 * spectra.fid), tmp_path / "svs")
    again = native.read_spectra(tmp_path / "svs")
    np.testing.assert_array_equal(again.fid, spectra.fid)
    np.testing.assert_array_equal(again.water, 10 * spectra.fid)
    np.testing.assert_array_equal(again.grid.affine, spectra.grid.affine)
    native.write_spectra(spectra, tmp_path / "svs")
    assert native.read_spectra(tmp_path / "svs").water is None
    with pytest.raises(ImpastoError, match=r"other\.nii\.gz: is missing"):
        native.read_spectra(tmp_path / "other")


def test_measured_spectra_have_their_peaks_and_place(
    reference_data: Callable[[str], Path], highest_ppm: Callable[..., float]
) -> None:
    folder = reference_data("mrs")
    raw = read_nifti_mrs(folder / "metab.nii.gz")
    assert (raw.frequency_mhz, raw.echo_time_s, raw.repetition_time_s) == (297.219948, 0.011, 5.0)
    np.testing.assert_allclose(raw.grid.origin_mm, [32.9007, -10.6634, 21.3559], atol=1e-3)  # LPS
    np.testing.assert_allclose(raw.grid.spacing_mm, 20.0)
    assert highest_ppm(raw, 1.8, 2.3) == pytest.approx(2.01, abs=0.02)
    assert highest_ppm(raw, 2.8, 3.1) == pytest.approx(3.03, abs=0.02)
    assert read_nifti_mrs(folder / "metab_raw.nii.gz").fid.shape == (1, 1, 1, 4096, 4, 16)
    assert read_nifti_mrs(folder / "ecc.nii.gz").fid.shape == (1, 1, 1, 4096, 4, 1)
