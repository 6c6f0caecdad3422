"""The learned filter: kinds it never saw, bases it never saw, and what must not matter to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from impasto.core import BasisSet, ImpastoError
from impasto.files import read_lcmodel_basis, read_spectra
from impasto.maps.spectroscopy.artefact_features import aligned_spectra, artefact_features
from impasto.maps.spectroscopy.artefact_filter import UNSEEN_ARTEFACTS, _stored_forest, artefact_probability
from impasto.maps.spectroscopy.artefact_simulation import Artefact, SpectraConditions, simulate_good, simulate_spoilt
from impasto.maps.spectroscopy.basis import brain_basis
from impasto.maps.spectroscopy.pulse_sequences import Press, PulseSequence, SemiLaser, Steam
from impasto.maps.spectroscopy.relaxation import AcquisitionTiming, ReferenceConstants
from impasto.maps.spectroscopy.signal import broadening, voxel_signal
from impasto.workflow.spectroscopy.analysis import analyse_spectra
from impasto.workflow.spectroscopy.settings import SpectroscopySettings

# none of them is among the acquisitions that the filter was trained with
BASES = {
    "semi-LASER 40 ms, 3 T": lambda: brain_basis(SemiLaser(0.04), 123.25, 4e-4, 512),
    "PRESS 135 ms, 1.5 T": lambda: brain_basis(Press(0.135), 63.9, 1e-3, 400),
    "PRESS 35 ms, 3 T, few points": lambda: brain_basis(Press(0.035), 123.25, 8.333e-4, 300),
}


def probabilities(basis: BasisSet, per_kind: int, seed: int) -> tuple[np.ndarray, dict[Artefact, np.ndarray]]:
    rng = np.random.default_rng(seed)
    sampling = (basis.dwell_s, basis.frequency_mhz)
    good = artefact_probability(simulate_good(basis, 4 * per_kind, rng), *sampling)
    return good, {
        kind: artefact_probability(simulate_spoilt(kind, basis, per_kind, rng), *sampling) for kind in Artefact
    }


def area(good: np.ndarray, spoilt: np.ndarray) -> float:
    return float(roc_auc_score(np.r_[0 * good, 0 * spoilt + 1], np.r_[good, spoilt]))


@pytest.mark.parametrize("name", list(BASES))
def test_artefacts_are_told_from_good_spectra_of_other_acquisitions(name: str):
    good, spoilt = probabilities(BASES[name](), 50, seed=100)
    assert area(good, np.concatenate(list(spoilt.values()))) > 0.98
    for kind in UNSEEN_ARTEFACTS:
        assert area(good, spoilt[kind]) > 0.95, kind
    assert min(area(good, found) for found in spoilt.values()) > 0.93
    assert (good > 0.5).mean() < 0.06


def test_artefacts_are_told_from_good_spectra_of_a_basis_set_made_by_others(
    reference_data: Callable[[str], Path],
):
    whole = read_lcmodel_basis(reference_data("mrs") / "press_30ms_3T.basis")
    basis = replace(whole, fid=whole.fid[:, : round(0.3 / whole.dwell_s)])
    good, spoilt = probabilities(basis, 40, seed=101)
    assert area(good, np.concatenate([spoilt[kind] for kind in UNSEEN_ARTEFACTS])) > 0.95
    assert area(good, np.concatenate(list(spoilt.values()))) > 0.95


def test_tumour_is_no_artefact():
    basis = BASES["PRESS 35 ms, 3 T, few points"]()
    tumour = SpectraConditions(signal_to_noise=(10.0, 60.0), tumour_share=1.0)
    found = artefact_probability(
        simulate_good(basis, 400, np.random.default_rng(5), tumour), basis.dwell_s, basis.frequency_mhz
    )
    assert (found > 0.5).mean() < 0.05


# mmol/L, normal brain: rounded means of white and grey matter, macromolecules on the scale of the fit's basis sets
NORMAL_BRAIN = {"NAA": 8.5, "NAAG": 1.5, "Cr": 3.5, "PCr": 3.5, "GPC": 1.0, "PCh": 0.6, "Ins": 4.5, "sIns": 0.3}
NORMAL_BRAIN |= {"Glu": 8.0, "Gln": 2.5, "Asp": 1.4, "GABA": 1.0, "GSH": 1.3, "Tau": 1.2, "PE": 1.0, "Gly": 0.6}
NORMAL_BRAIN |= {"Glc": 1.0, "Lac": 0.6, "Ala": 0.3, "MM09": 11.0, "MM12": 3.5, "MM14": 8.0, "MM17": 4.5, "MM20": 17.0}

CLEAN = [
    (Press(0.02), 63.9, 1e-3, 512),
    (Press(0.144), 63.9, 5e-4, 2048),
    (Press(0.035, 0.012), 127.7, 5e-4, 2048),
    (Steam(0.02, 0.01), 123.25, 2.5e-4, 2048),
    (SemiLaser(0.07), 123.25, 8e-4, 512),
    (Press(0.1), 123.25, 2.5e-4, 1024),
    (Press(0.144), 123.25, 8.333e-4, 1024),
    (SemiLaser(0.288), 123.25, 1e-3, 512),
    (SemiLaser(0.026), 297.2, 2.5e-4, 1024),
    (Press(0.2), 297.2, 2.5e-4, 2048),
]


def clean_spectra(
    acquisition: tuple[PulseSequence, float, float, int], fwhm_hz: np.ndarray, signal_to_noise: np.ndarray
) -> np.ndarray:
    """Normal brain as the formulas of physics have it: nothing but decay, lines of one width, and noise."""
    sequence, _, dwell_s, points = acquisition
    basis, rng, count = brain_basis(*acquisition), np.random.default_rng(8), len(fwhm_hz)
    content = np.array([NORMAL_BRAIN.get(name, 0.0) for name in basis.names])
    content *= ReferenceConstants().metabolites_left(basis.names, AcquisitionTiming(sequence.echo_time_s, 1.5))
    amplitudes = content * np.exp(rng.normal(0.0, 0.1, (count, len(content))))
    times_s = dwell_s * np.arange(points)
    decay = broadening(times_s, 0.5 * fwhm_hz, np.sqrt(0.5) * fwhm_hz)
    fid = voxel_signal(amplitudes, basis.fid, times_s, decay, np.zeros(count), np.zeros(count))
    noise = np.fft.fft(fid, axis=1).real.max(axis=1) / signal_to_noise / np.sqrt(points)
    return fid + noise[:, None] * (rng.normal(size=fid.shape) + 1j * rng.normal(size=fid.shape))


@pytest.mark.parametrize(
    "acquisition", CLEAN, ids=lambda a: f"{a[0].name} {1e3 * a[0].echo_time_s:.0f} ms {a[1]:.0f} MHz {a[3]} points"
)
def test_clean_spectra_are_accepted_whatever_echo_time_resolution_noise_and_sampling(
    acquisition: tuple[PulseSequence, float, float, int],
):
    _, frequency_mhz, dwell_s, _ = acquisition
    # 2 to 20 Hz, but no broader than .146 ppm, from where lines count as broad
    widest_hz = min(20.0, 0.146 * frequency_mhz)
    fwhm_hz = np.tile(np.geomspace(2.0, widest_hz, 12), 10)
    signal_to_noise = np.repeat(np.geomspace(5.0, 150.0, 10), 12)
    fid = clean_spectra(acquisition, fwhm_hz, signal_to_noise)
    probability = artefact_probability(fid, dwell_s, frequency_mhz)
    assert (probability <= 0.5).mean() >= 0.95
    assert np.median(probability) < 0.2


@pytest.mark.parametrize("fwhm_hz", [3.0, 5.0, 8.0])
def test_narrow_lines_at_a_long_echo_time_are_no_artefact(fwhm_hz: float):
    acquisition = (Press(0.144), 123.25, 5e-4, 1024)
    probability = artefact_probability(
        clean_spectra(acquisition, np.full(40, fwhm_hz), np.full(40, 60.0)), 5e-4, 123.25
    )
    assert np.median(probability) < 0.2
    assert (probability <= 0.5).mean() >= 0.95


@pytest.mark.parametrize(
    ("name", "water"), [("SVS_30.rda", None), ("sub-01_PRESS_35_act.sdat", "sub-01_PRESS_35_ref.sdat")]
)
def test_real_spectra_of_volunteers_are_accepted(reference_data: Callable[[str], Path], name: str, water: str | None):
    # single voxels of good metabolites; one has lipid from outside the voxel, one a baseline that its filter bent
    folder = reference_data("mrs")
    spectra = read_spectra(folder / name, None if water is None else folder / water)
    found = analyse_spectra(spectra, None, SpectroscopySettings(basis_file=str(folder / "press_30ms_3T.basis")))
    assert not found.reasons.any()


@pytest.fixture(scope="module")
def mixed() -> tuple[BasisSet, np.ndarray]:
    """Thirty good and thirty spoilt spectra."""
    basis = brain_basis(Press(0.03), 123.25, 5e-4, 800)
    rng = np.random.default_rng(6)
    spoilt = [simulate_spoilt(kind, basis, 6, rng) for kind in list(Artefact)[:5]]
    return basis, np.concatenate([simulate_good(basis, 30, rng), *spoilt])


def test_units_do_not_matter(mixed: tuple[BasisSet, np.ndarray]):
    basis, fid = mixed
    sampling = (basis.dwell_s, basis.frequency_mhz)
    expected = artefact_probability(fid, *sampling)
    for factor in (1e-9, 1e9):
        np.testing.assert_allclose(artefact_probability(factor * fid, *sampling), expected, atol=0.05)


def test_small_shifts_hardly_matter(mixed: tuple[BasisSet, np.ndarray]):
    basis, fid = mixed
    sampling = (basis.dwell_s, basis.frequency_mhz)
    expected = artefact_probability(fid[:30], *sampling)
    times_s = basis.dwell_s * np.arange(fid.shape[1])
    for shift_ppm in (-0.05, 0.04):
        turned = fid[:30] * np.exp(2j * np.pi * shift_ppm * basis.frequency_mhz * times_s)
        found = artefact_probability(turned, *sampling)
        assert np.abs(found - expected).mean() < 0.05
        assert ((found > 0.5) == (expected > 0.5)).mean() > 0.9


def test_sampling_hardly_matters(mixed: tuple[BasisSet, np.ndarray]):
    basis, fid = mixed
    expected = artefact_probability(fid, basis.dwell_s, basis.frequency_mhz)
    filled = artefact_probability(np.pad(fid, ((0, 0), (0, 800))), basis.dwell_s, basis.frequency_mhz)
    np.testing.assert_allclose(filled, expected, atol=1e-6)  # zero filling adds nothing
    shorter = artefact_probability(fid[:, :600], basis.dwell_s, basis.frequency_mhz)
    assert np.abs(shorter - expected).mean() < 0.05
    # every second sample of a signal without noise above half the bandwidth
    spectra = np.fft.fft(fid, axis=1)
    spectra[:, 200:600] = 0.0
    halved = artefact_probability(np.fft.ifft(spectra, axis=1)[:, ::2], 2 * basis.dwell_s, basis.frequency_mhz)
    assert np.abs(halved - expected).mean() < 0.08


def test_same_votes_as_walking_the_trees_one_by_one(mixed: tuple[BasisSet, np.ndarray]):
    basis, fid = mixed
    forest = _stored_forest()
    features = artefact_features(aligned_spectra(fid[:8], basis.dwell_s, basis.frequency_mhz), forest.subspace)

    def leaf(row: np.ndarray, node: int, root: int) -> float:
        if forest.right[node] == 0:
            return float(forest.value[node])
        left = row[forest.feature[node]] <= forest.threshold[node]
        return leaf(row, node + 1 if left else root + int(forest.right[node]), root)

    roots = [int(root) for root in forest.roots[:-1]]
    expected = [np.mean([leaf(row, root, root) for root in roots]) for row in features]
    found = artefact_probability(fid[:8], basis.dwell_s, basis.frequency_mhz)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_voxels_are_judged_alone(mixed: tuple[BasisSet, np.ndarray]):
    basis, fid = mixed
    together = artefact_probability(fid, basis.dwell_s, basis.frequency_mhz)
    alone = artefact_probability(fid[7:8], basis.dwell_s, basis.frequency_mhz)
    np.testing.assert_allclose(alone, together[7], atol=0.02)


def test_no_signal_is_an_artefact_and_no_voxels_are_none():
    fid = np.zeros((2, 300), dtype=complex)
    assert artefact_probability(fid, 1e-3, 123.25).tolist() == [1.0, 1.0]
    assert artefact_probability(fid[:0], 1e-3, 123.25).shape == (0,)


def test_bad_input_says_what_is_wrong():
    with pytest.raises(ImpastoError, match="finite complex"):
        artefact_probability(np.ones((2, 300)), 1e-3, 123.25)
    with pytest.raises(ImpastoError, match="not positive"):
        artefact_probability(np.ones((2, 300), dtype=complex), 0.0, 123.25)
