"""Spectra of single coils and transients, from file to maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError, RawSpectra, Spectra
from impasto.files import Case, EntryKind, native, open_case, save_case, write_nifti_mrs
from impasto.maps.spectroscopy import Press, simulate_basis
from impasto.workflow import Addition, add_files, draw_spectrum, map_protocol, open_results, run_independent_steps

NAMES, MMOL = ("NAA", "Cr", "GPC", "Ins", "Glu"), np.array([10.0, 7.5, 1.7, 5.0, 8.0])
GRID = Grid.centred((4, 4, 1), (10, 10, 10))
DWELL_S, POINTS, FREQUENCY_MHZ, ECHO_S = 8e-4, 512, 123.25, 0.03
COILS, TRANSIENTS = 3, 8
TIMES_S = DWELL_S * np.arange(POINTS)
DRIFT_HZ = np.linspace(-4.0, 4.0, TRANSIENTS)


def sensitivities() -> np.ndarray:
    """Of each coil in each voxel, the sum of their squares one."""
    rng = np.random.default_rng(4)
    received = rng.uniform(0.3, 1.0, (*GRID.shape, 1, COILS, 1)) * np.exp(1j * rng.uniform(-3, 3, (COILS, 1)))
    return received / np.linalg.norm(received, axis=4, keepdims=True)


def truth() -> Spectra:
    """The combined signal without noise."""
    basis = simulate_basis(NAMES, Press(ECHO_S), FREQUENCY_MHZ, DWELL_S, POINTS)
    mmol = MMOL * np.random.default_rng(1).uniform(0.7, 1.3, (*GRID.shape, len(NAMES)))
    decay = np.exp(-np.pi * 6.0 * TIMES_S)
    water = np.broadcast_to(5e3 * decay, (*GRID.shape, POINTS)).astype(complex)
    return Spectra(mmol @ basis.fid * decay, GRID, DWELL_S, FREQUENCY_MHZ, ECHO_S, water=water)


def received(fid: np.ndarray, drift_hz: np.ndarray, seed: int) -> RawSpectra:
    drift = np.exp(2j * np.pi * drift_hz * TIMES_S[:, None])[:, None, :]
    signal = sensitivities() * fid[..., None, None] * drift
    channels = 2.0 * np.random.default_rng(seed).standard_normal((2, *signal.shape))
    return RawSpectra(signal + channels[0] + 1j * channels[1], GRID, DWELL_S, FREQUENCY_MHZ, ECHO_S)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Give a case with nothing in it, beside files of raw spectra and their water."""
    spectra = truth()
    assert spectra.water is not None
    write_nifti_mrs(received(spectra.fid, DRIFT_HZ, 2), tmp_path / "metab.nii.gz", simulated=True)
    write_nifti_mrs(received(spectra.water, np.zeros(1), 3), tmp_path / "wref.nii.gz", simulated=True)
    (tmp_path / "case").mkdir()
    save_case(Case(tmp_path / "case", "s"))
    return tmp_path / "case"


def test_the_case_keeps_combined_spectra_and_what_was_done(case: Path) -> None:
    # the water reference is found by its name
    added, (entry,) = add_files(case, [case.parent / "metab.nii.gz"], Addition())
    kept, true = native.read_spectra(added.path(entry)), truth()
    assert kept.water is not None
    # noise of one coil and transient is 2: alignment and weights leave the root of the transients' number less
    assert np.std((kept.fid - true.fid)[..., -64:].real) == pytest.approx(2.0 / np.sqrt(TRANSIENTS), rel=0.1)
    scale = np.vdot(true.fid, kept.fid) / np.vdot(true.fid, true.fid)
    assert abs(scale - 1.0) < 0.01
    assert np.linalg.norm(kept.water - true.water) < 0.01 * np.linalg.norm(true.water)
    assert entry.notes == (
        "water reference: wref.nii.gz",
        "3 coils combined for the highest signal-to-noise ratio, their sensitivities from the water reference",
        "8 transients averaged once drifts of 2.6 Hz and 0 degrees (standard deviations) were taken out",
        "simulated, not measured",
    )
    assert open_case(case).entries == (entry,)


def test_maps_and_pictures_are_those_of_the_truth_with_and_without_water(case: Path) -> None:
    (case.parent / "wref.nii.gz").rename(case.parent / "elsewhere.nii.gz")
    add_files(case, [case.parent / "metab.nii.gz"], Addition(name="alone"))
    opened, _ = add_files(case, [case.parent / "metab.nii.gz"], Addition(water=case.parent / "elsewhere.nii.gz"))
    few = {f"{name}.metabolites": NAMES for name in ("alone", "metab")}
    made = run_independent_steps(opened, map_protocol(opened).with_settings(few))
    assert not made.failures
    results, mmol = open_results(opened), MMOL * np.random.default_rng(1).uniform(0.7, 1.3, (*GRID.shape, len(NAMES)))
    for name in ("alone", "metab"):
        found = results.load(f"{name}.tnaa-tcr").data / (mmol[..., 0] / mmol[..., 1])
        assert np.isfinite(found).mean() > 0.7
        assert np.nanmedian(np.abs(found - 1.0)) < 0.05
    drawn = draw_spectrum(opened, (5.0, 5.0, 0.0), case.parent / "voxel.png", "metab")
    assert drawn.signal_to_noise > 20.0


def test_drifts_are_left_in_when_asked(case: Path) -> None:
    _, (entry,) = add_files(case, [case.parent / "metab.nii.gz"], Addition(drift_limit_hz=0.0))
    assert "8 transients averaged without alignment: as asked" in entry.notes


def test_water_that_does_not_belong_is_refused_by_name(case: Path) -> None:
    fewer = truth()
    assert fewer.water is not None
    write_nifti_mrs(replace(fewer, fid=fewer.water, water=None), case.parent / "combined.nii.gz")
    with pytest.raises(ImpastoError, match=r"metab\.nii\.gz \(water reference\).*1 coils, the spectra 3"):
        add_files(case, [case.parent / "metab.nii.gz"], Addition(water=case.parent / "combined.nii.gz"))
    assert not open_case(case).entries


def test_measured_coils_become_the_spectrum_of_normal_brain(
    reference_data: Callable[[str], Path], tmp_path: Path
) -> None:
    """STEAM of a brain at 7 T: four coils, 16 transients, water of two."""
    folder = reference_data("mrs")
    (tmp_path / "case").mkdir()
    save_case(Case(tmp_path / "case", "s"))
    case, (entry,) = add_files(tmp_path / "case", [folder / "metab_raw.nii.gz"], Addition())
    assert any("4 coils" in note and "water" in note for note in entry.notes)
    assert any("16 transients averaged once drifts" in note for note in entry.notes)
    settings = {"metab-raw.sequence": "STEAM", "metab-raw.metabolites": (*NAMES, "NAAG", "PCr", "PCh", "Gln", "GSH")}
    made = run_independent_steps(case, map_protocol(case).with_settings(settings))
    assert not made.failures
    assert "not given" in " ".join(made.outcomes[0].record.notes)
    results = open_results(case)
    assert 1.0 < results.load("metab-raw.tnaa-tcr").data.item() < 2.0
    assert 0.15 < results.load("metab-raw.tcho-tcr").data.item() < 0.4
    drawn = draw_spectrum(case, None, tmp_path / "voxel.png")
    assert (tmp_path / "voxel.png").stat().st_size > 10_000
    assert drawn.verdict.is_accepted
    assert not any(EntryKind.IMAGE is one.kind for one in case.entries)
