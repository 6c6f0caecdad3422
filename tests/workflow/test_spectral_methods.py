"""Peaks, lactate-edited acquisitions and water reference as protocols choose them, on spectra with known content."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Spectra, Structure, StructureSet
from impasto.files import Case, CaseEntry, EntryKind, native
from impasto.maps.spectroscopy import Press, lactate_editing, lipid_basis, simulate_basis
from impasto.maps.spectroscopy.signal import broadening, voxel_signal
from impasto.workflow import map_protocol, open_results, run_protocol

GRID = Grid.centred((8, 8, 2), (10, 10, 10))
FREQUENCY_MHZ, DWELL_S, POINTS, ECHO_S, REPETITION_S = 127.7, 1e-3, 512, 0.144, 1.2
NAMES = ("NAA", "Cr", "GPC", "Ins", "Glu", "Gln", "Tau", "Lac")
MMOL = np.array([10.0, 7.5, 1.7, 5.0, 8.0, 3.0, 1.0, 0.0])
"""Per litre of tissue, which is all white matter."""
LEFT = {  # T1, T2: Mlynarik 2001, Wyss 2018, Madan 2015 (and of water Wansapura 1999) as the reference assumes
    "NAA": (1.410, 0.300),
    "Cr": (1.350, 0.156),
    "GPC": (1.190, 0.233),
    "Ins": (1.120, 0.199),
    "Glu": (1.220, 0.126),
    "Gln": (1.265, 0.139),
    "Tau": (1.265, 0.130),
    "Lac": (1.265, 0.240),
    "water": (0.832, 0.0792),
}


def left(name: str) -> float:
    t1_s, t2_s = LEFT[name]
    return float(np.exp(-ECHO_S / t2_s) * (1 - np.exp(-REPETITION_S / t1_s)))


def truth() -> tuple[np.ndarray, np.ndarray]:
    """Concentrations of every voxel, tumour in the last rows of i, and lipid."""
    rng = np.random.default_rng(0)
    mmol = MMOL * rng.uniform(0.9, 1.1, (*GRID.shape, len(NAMES)))
    mmol[6:] = np.array([2.0, 4.0, 4.0, 3.0, 3.0, 3.0, 1.0, 4.0])
    lipid = np.zeros(GRID.shape)
    lipid[6:] = rng.uniform(0.0, 6.0, lipid[6:].shape)
    return mmol.reshape(-1, len(NAMES)), lipid.reshape(-1, 1)


def acquired(sequence, seed: int, drift_hz: float = 0.0, turned_rad: float = 0.0) -> Spectra:
    rng = np.random.default_rng(7)
    mmol, lipid = truth()
    basis = simulate_basis(NAMES, sequence, FREQUENCY_MHZ, DWELL_S, POINTS)
    functions = np.concatenate([basis.fid, lipid_basis(ECHO_S, FREQUENCY_MHZ, DWELL_S, POINTS).fid[1:2]])
    amplitudes = np.concatenate([mmol * [left(name) for name in NAMES], lipid], axis=1)
    times_s = DWELL_S * np.arange(POINTS)
    decay = broadening(times_s, rng.uniform(2, 4, len(mmol)), rng.uniform(5, 9, len(mmol)))
    shift_hz, phase_rad = rng.uniform(-8, 8, len(mmol)) + drift_hz, rng.uniform(-1, 1, len(mmol)) + turned_rad
    fid = voxel_signal(amplitudes, functions, times_s, decay, shift_hz, phase_rad)
    protons = np.full((len(mmol), 1), 0.65 * 2 * 55510 * left("water"))
    water = voxel_signal(protons, np.ones((1, POINTS)), times_s, decay, shift_hz, phase_rad)
    channels = 0.35 * np.random.default_rng(seed).standard_normal((2, *fid.shape))
    shape = (*GRID.shape, POINTS)
    fid = (fid + channels[0] + 1j * channels[1]).reshape(shape).astype(np.complex64)
    water = water.reshape(shape).astype(np.complex64)
    timing = (DWELL_S, FREQUENCY_MHZ, ECHO_S)
    return Spectra(fid, GRID, *timing, water=water, repetition_time_s=REPETITION_S)


def with_spectra(case: Case, name: str, spectra: Spectra) -> Case:
    entry = CaseEntry(name, EntryKind.SPECTRA, "MRS")
    case.path(entry).parent.mkdir(parents=True, exist_ok=True)
    native.write_spectra(spectra, case.path(entry), simulated=True)
    return case.with_entry(entry)


@pytest.fixture(scope="module")
def plain() -> Spectra:
    return acquired(Press(ECHO_S, 0.03), 1)


@pytest.fixture(scope="module")
def pair() -> tuple[Spectra, Spectra]:
    edit_on, edit_off = lactate_editing(ECHO_S, FREQUENCY_MHZ, 0.03)
    return acquired(edit_on, 2), replace(acquired(edit_off, 3, drift_hz=2.0, turned_rad=0.4), water=None)


def maps_of(case: Case, step: str, settings: dict[str, object]) -> tuple[dict[str, Image], str]:
    protocol = map_protocol(case).with_settings({f"{step}.{key}": value for key, value in settings.items()})
    (outcome,) = run_protocol(case, protocol)
    results = open_results(case)
    loaded = {name: results.load(f"{step}.{name}") for name in outcome.record.outputs}
    images = {name: image for name, image in loaded.items() if isinstance(image, Image)}
    return images, " ".join(outcome.record.notes)


def accepted(image: Image) -> np.ndarray:
    seen = np.isfinite(image.data)
    assert seen.mean() > 0.9
    return seen


def by_row(values: np.ndarray) -> np.ndarray:
    return values.reshape(GRID.shape)


def test_ratios_and_indices_of_peak_heights_are_those_of_the_fit(tmp_path: Path, plain: Spectra) -> None:
    case = with_spectra(Case(tmp_path, "s"), "mrsi", plain)
    heights, notes = maps_of(case, "mrsi", {"method": "peak height", "first_echo_s": 0.03})
    assert "no fit was made" in notes
    assert "points down" in notes
    assert "residual" not in heights
    mmol, _ = truth()
    # peaks count protons, and each has its own relaxation
    ratio = 3.0 * by_row(mmol[:, 2] * left("GPC") / (mmol[:, 0] * left("NAA")))
    seen = accepted(heights["cho-naa"])
    np.testing.assert_allclose(np.median((heights["cho-naa"].data / ratio)[seen]), 1.0, atol=0.1)
    assert ((heights["cho-naa"].data > 2.0) == (ratio > 2.0))[seen].all()
    assert np.nanmin(heights["cni"].data[6:]) > np.nanmax(heights["cni"].data[:6])
    lactate = heights["lac"].data
    assert np.nanmedian(lactate[6:]) > 5 * np.nanmedian(lactate[:6])
    areas, _ = maps_of(case, "mrsi", {"method": "peak area"})
    np.testing.assert_allclose(np.median((areas["cho-naa"].data / ratio)[seen]), 1.0, atol=0.2)


@pytest.mark.parametrize("method", ["linear combination", "peak height"])
def test_two_acquisitions_named_as_a_pair_are_one_edited_experiment(
    tmp_path: Path, pair: tuple[Spectra, Spectra], method: str
) -> None:
    case = with_spectra(with_spectra(Case(tmp_path, "s"), "mrsi-edit-on", pair[0]), "mrsi-edit-off", pair[1])
    assert [(step.name, step.stage) for step in map_protocol(case).steps] == [("mrsi-edited", "edited-spectroscopy")]
    maps, notes = maps_of(case, "mrsi-edited", {"method": method, "first_echo_s": 0.03})
    assert re.search(r": 2\.0 Hz and 2[2-4] degrees", notes)
    mmol, lipid = truth()
    seen = accepted(maps["lac"])
    lactate, error = maps["lac"].data, maps["lac"].standard_error
    assert error is not None
    assert (lactate[6:] > 4 * error[6:])[seen[6:]].all()
    # no more than noise where there is none
    assert np.mean((lactate[:6] < 3 * error[:6])[seen[:6]]) > 0.97
    in_tumour = seen[6:] & (by_row(lipid[:, 0])[6:] > 0)
    assert abs(np.corrcoef(lactate[6:][in_tumour], by_row(lipid[:, 0])[6:][in_tumour])[0, 1]) < 0.5
    if method == "linear combination":
        expected = 4.0 * left("Lac")
        assert np.median(lactate[6:][seen[6:]]) == pytest.approx(expected, rel=0.05)
        ratio = by_row(mmol[:, -1] * left("Lac") / (mmol[:, 0] * left("NAA")))
        assert np.nanmedian(maps["lac-naa"].data[6:] / ratio[6:]) == pytest.approx(1.0, abs=0.1)


def test_water_makes_concentrations_of_amplitudes(tmp_path: Path, plain: Spectra) -> None:
    case = with_spectra(Case(tmp_path, "s"), "mrsi", plain)
    chosen = {
        "water_reference": True,
        "water.unit": "mmol/L",
        "water.assumed_shares": [0.0, 1.0, 0.0],
        "first_echo_s": 0.03,
        "metabolites": list(NAMES),
    }
    maps, notes = maps_of(case, "mrsi", chosen)
    assert "mmol per litre of tissue" in notes
    assert "shares of 0 / 1 / 0 are assumed" in notes
    mmol, _ = truth()
    for name, column in (("tnaa", 0), ("tcr", 1), ("tcho", 2)):
        image = maps[f"{name}-concentration"]
        seen = accepted(image)
        assert image.unit == "mmol/L"
        normal = seen & (np.arange(8) < 6)[:, None, None]
        assert np.median((image.data / by_row(mmol[:, column]))[normal]) == pytest.approx(1.0, abs=0.03)
    # per kilogram of tissue water it is more by what is no water; amplitudes and ratios stay as they were
    molal, _ = maps_of(case, "mrsi", {**chosen, "water.unit": "mmol/kg"})
    proportion = molal["tnaa-concentration"].data / maps["tnaa-concentration"].data
    np.testing.assert_allclose(proportion[np.isfinite(proportion)], 1 / 0.65, rtol=1e-4)
    np.testing.assert_array_equal(molal["tcho-tnaa"].data, maps["tcho-tnaa"].data)


def test_shares_of_tissue_are_taken_from_structures_where_they_are_drawn(tmp_path: Path, plain: Spectra) -> None:
    case = with_spectra(Case(tmp_path, "s"), "mrsi", plain)
    halves = np.zeros((3, *GRID.shape))
    halves[1], halves[2, :, :4] = 1.0, 1.0
    halves[1, :, :4] = 0.0
    halves[0, 0], halves[1, 0], halves[2, 0] = 0.5, 0.5, 0.0
    names = ("Grey matter", "White matter", "CSF")
    drawn = [Structure.from_mask(name, Role.OTHER, half, GRID) for name, half in zip(names, halves, strict=True)]
    entry = CaseEntry("tissue", EntryKind.STRUCTURES, "SEG")
    native.write_structures(StructureSet(tuple(drawn)), case.path(entry))
    maps, notes = maps_of(case.with_entry(entry), "mrsi", {"water_reference": True, "first_echo_s": 0.03})
    assert "Grey matter, White matter, CSF" in notes
    found = maps["tnaa-concentration"].data
    assert np.isnan(found[1:, :4]).all()
    np.testing.assert_array_equal(np.isfinite(found[1:, 4:]), np.isfinite(maps["tnaa"].data[1:, 4:]))


@pytest.mark.parametrize(
    ("changes", "settings", "said"),
    [
        ({"water": None}, {}, "the spectra have none"),
        ({"repetition_time_s": None}, {}, "nothing says the repetition time"),
        ({}, {"method": "peak height"}, "only a share of them"),
        ({"frequency_mhz": 63.9}, {}, "are not known here"),
    ],
)
def test_a_reference_that_cannot_be_is_refused(
    tmp_path: Path, plain: Spectra, changes: dict[str, object], settings: dict[str, object], said: str
) -> None:
    spectra = replace(plain, **changes)
    case = with_spectra(Case(tmp_path, "s"), "mrsi", spectra)
    with pytest.raises(ImpastoError, match=said):
        maps_of(case, "mrsi", {"water_reference": True, **settings})


def test_halves_that_do_not_belong_together_are_refused(tmp_path: Path, pair: tuple[Spectra, Spectra]) -> None:
    other = replace(pair[1], echo_time_s=0.1)
    case = with_spectra(with_spectra(Case(tmp_path, "s"), "a-edit-on", pair[0]), "a-edit-off", other)
    with pytest.raises(ImpastoError, match="differ in voxels, sampling, frequency or echo time"):
        maps_of(case, "a-edited", {})
    # one half alone is spectra like any other
    alone = with_spectra(Case(tmp_path / "other", "s"), "a-edit-on", pair[0])
    assert [step.stage for step in map_protocol(alone).steps] == ["spectroscopy"]
