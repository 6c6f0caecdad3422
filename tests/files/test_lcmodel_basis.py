"""LCModel basis files: a real one, our own, and hand-made ones of other writers' habits."""

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.core.spectra import BasisSet
from impasto.files.lcmodel_basis import read_lcmodel_basis, write_lcmodel_basis


@pytest.fixture(scope="module")
def real_path(reference_data):
    return reference_data("mrs") / "press_30ms_3T.basis"


def peak_ppm(basis, name, low, high):
    size = 2**16
    ppm = 4.65 - np.fft.fftfreq(size, basis.dwell_s) / basis.frequency_mhz
    values = np.fft.fft(basis.fid[basis.names.index(name)], size).real
    inside = np.flatnonzero((ppm > low) & (ppm < high))
    return ppm[inside[np.argmax(values[inside])]]


def test_a_real_file_has_its_lines_where_they_belong(real_path):
    basis = read_lcmodel_basis(real_path)
    assert basis.names[:3] == ("Ala", "Asp", "Cr")
    assert "sIns" in basis.names
    assert (basis.sequence, basis.echo_time_s) == ("PRESS", 0.03)
    assert basis.frequency_mhz == pytest.approx(123.2)
    # the file's axis is good to half a point of its spectrum, .004 ppm
    assert peak_ppm(basis, "NAA", 1.0, 3.0) == pytest.approx(2.008, abs=0.005)
    assert peak_ppm(basis, "Cr", 2.5, 3.5) == pytest.approx(3.027, abs=0.005)
    assert peak_ppm(basis, "Cr", 3.7, 4.1) == pytest.approx(3.913, abs=0.005)


def test_a_real_files_signals_begin_in_phase_and_decay(real_path):
    basis = read_lcmodel_basis(real_path)
    for name, protons in (("Cr", 5), ("PCr", 5), ("sIns", 6)):
        fid = basis.fid[basis.names.index(name)]
        assert abs(np.angle(fid[0])) < 1e-3
        assert np.abs(fid[-100:]).max() < 0.03 * np.abs(fid[0])
        assert fid[0].real / protons == pytest.approx(basis.fid[basis.names.index("Cr"), 0].real / 5, rel=0.01)


def damped_set(names=("NAA", "Cr", "mystery"), points=256):
    times_s = np.arange(points) * 5e-4
    rng = np.random.default_rng(3)
    frequencies = rng.uniform(-300, 500, (len(names), 4))
    amplitudes = rng.uniform(0.5, 2.0, (len(names), 4)) * np.exp(1j * rng.uniform(-0.3, 0.3, (len(names), 4)))
    lines = amplitudes[..., None] * np.exp((2j * np.pi * frequencies[..., None] - 40.0) * times_s)
    return BasisSet(names, lines.sum(axis=1), 5e-4, 123.25, 0.144, "semi-LASER")


def test_what_is_written_is_read_again(tmp_path):
    basis = damped_set()
    write_lcmodel_basis(basis, tmp_path / "own.basis", linewidth_hz=3.0)
    again = read_lcmodel_basis(tmp_path / "own.basis")
    assert again.names == basis.names
    np.testing.assert_allclose(again.fid, basis.fid, atol=2e-4 * np.abs(basis.fid).max())
    np.testing.assert_allclose(
        [again.dwell_s, again.frequency_mhz, again.echo_time_s], [5e-4, 123.25, 0.144], rtol=1e-6
    )
    assert again.sequence == "semi-LASER"


def test_a_real_file_survives_writing(real_path, tmp_path):
    basis = read_lcmodel_basis(real_path)
    write_lcmodel_basis(basis, tmp_path / "copy.basis")
    again = read_lcmodel_basis(tmp_path / "copy.basis")
    np.testing.assert_allclose(again.fid, basis.fid, atol=1e-4 * np.abs(basis.fid).max())


def written(path, spectrum, shift=0, conc=1.0, style="$", name="mI"):
    end = f"{style}END" if style == "$" else "/"
    numbers = np.stack([spectrum.real, spectrum.imag], axis=1).ravel()
    rows = "\n".join(" ".join(f"{value:.8E}" for value in row) for row in numbers.reshape(-1, 4))
    path.write_text(
        f" {style}SEQPAR\n HZPPPM=123.25, ECHOT=144.0,\n SEQ='PRESS' \n {end}\n"
        f" {style}BASIS1\n IDBASI='a = b, TE=144', FMTBAS='(4E16.8)',\n BADELT=5.0D-4, NDATAB={len(spectrum)}\n {end}\n"
        f" {style}BASIS\n ID='x', METABO='{name}', CONC={conc}, TRAMP=1., VOLUME=1., ISHIFT={shift}\n {end}\n{rows}\n"
    )
    return path


@pytest.mark.parametrize("style", ["$", "&"])
@pytest.mark.parametrize("halved", [True, False])
@pytest.mark.parametrize("filled", [True, False])
def test_other_writers_habits_are_understood(tmp_path, style, halved, filled):
    fid = damped_set(points=512).fid[0]
    stored = fid.copy()
    if halved:
        stored[0] *= 0.5
    length = 1024 if filled else 512
    spectrum = np.fft.fft(stored, length, norm="ortho")
    path = written(tmp_path / "other.basis", 50.0 * np.roll(spectrum, -37), shift=-37, conc=50.0, style=style)
    basis = read_lcmodel_basis(path)
    assert basis.names == ("Ins",)
    kept = min(basis.fid.shape[1], 512)
    np.testing.assert_allclose(basis.fid[0, :kept], fid[:kept], atol=1e-5 * np.abs(fid).max())


def test_damaged_files_are_refused_by_name(tmp_path):
    with pytest.raises(ImpastoError, match="cannot be read"):
        read_lcmodel_basis(tmp_path / "missing.basis")
    plain = tmp_path / "plain.basis"
    plain.write_text("nothing of the kind\n")
    with pytest.raises(ImpastoError, match="holds no metabolite"):
        read_lcmodel_basis(plain)
    cut = written(tmp_path / "cut.basis", np.ones(16, dtype=complex))
    text = cut.read_text().splitlines()
    cut.write_text("\n".join(text[:-2]) + "\n")
    with pytest.raises(ImpastoError, match="spectrum of mI does not have 16 points"):
        read_lcmodel_basis(cut)
    cut.write_text(cut.read_text().replace("BADELT=5.0D-4,", ""))
    cut.write_text("\n".join(text).replace("BADELT=5.0D-4,", ""))
    with pytest.raises(ImpastoError, match="does not state BADELT"):
        read_lcmodel_basis(cut)
