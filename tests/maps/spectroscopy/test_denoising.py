import numpy as np
import pytest

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.denoising import low_rank_denoised
from impasto.maps.spectroscopy.linear_combination import fit_spectra

DWELL_S, POINTS = 5e-4, 512
TIMES_S = DWELL_S * np.arange(POINTS)


def noise(shape: tuple[int, ...], level: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return level * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def mixtures(brain: BasisSet, usual: np.ndarray, voxels: int, components: int) -> tuple[np.ndarray, np.ndarray]:
    """Metabolites, each by its own map; the smaller ones absent where fewer components are wanted."""
    rng = np.random.default_rng(4)
    amplitudes = usual * rng.uniform(0.3, 1.7, (voxels, len(usual)))
    amplitudes[:, np.argsort(usual)[: len(usual) - components]] = 0.0
    return amplitudes @ brain.fid * np.exp(-np.pi * 6.0 * TIMES_S), amplitudes


@pytest.mark.parametrize("shape", [(2000, 256), (150, 512), (256, 256), (60, 1024)])
def test_noise_alone_leaves_nothing(shape: tuple[int, int]) -> None:
    for seed in range(3):
        found = low_rank_denoised(noise(shape, 0.3, seed))
        assert found.rank == 0
        assert not found.fid.any()
        assert found.noise == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize(("shape", "rank"), [((2000, 256), 6), ((200, 512), 4)])
def test_error_falls_as_the_rank_says(shape: tuple[int, int], rank: int) -> None:
    """Components far above the edge: noise survives in their span only, r (M + N - r) / (M N) of its energy."""
    voxels, times = shape
    truth = noise((voxels, rank), seed=1) @ noise((rank, times), seed=2)
    noisy = truth + noise(shape, 1.0, seed=3)
    # nothing decays here, so the noise cannot be measured
    found = low_rank_denoised(noisy, noise=1.0)
    assert found.rank == rank
    error = np.sqrt(np.mean(np.abs(found.fid - truth) ** 2) / 2.0)
    assert error == pytest.approx(np.sqrt(rank * (voxels + times - rank) / (voxels * times)), rel=0.05)
    assert found.noise_left == pytest.approx(error, rel=0.05)


def test_spectra_come_nearer_to_the_truth(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    truth, _ = mixtures(brain, usual_amplitudes, 3000, 8)
    noisy = (truth + noise(truth.shape, 4.0)).astype(np.complex64)
    found = low_rank_denoised(noisy)
    assert found.fid.dtype == np.complex64
    assert 3 <= found.rank <= 8
    assert np.linalg.norm(found.fid - truth) < 0.2 * np.linalg.norm(noisy - truth)


def test_amplitudes_stay_unbiased_and_scatter_less(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    truth, amplitudes = mixtures(brain, usual_amplitudes, 1500, 8)
    noisy = truth + noise(truth.shape, 3.0)
    before = fit_spectra(noisy, DWELL_S, brain)
    after = fit_spectra(low_rank_denoised(noisy).fid, DWELL_S, brain)
    for names in (("NAA", "NAAG"), ("Cr", "PCr")):
        true = amplitudes[:, [brain.names.index(name) for name in names]].sum(axis=1)
        first, second = before.total(names)[0] / true - 1.0, after.total(names)[0] / true - 1.0
        assert abs(np.median(second)) < 0.02
        assert np.std(second) < 1.02 * np.std(first)
        # a low value is not drawn to the mean of all
        slope = np.polyfit(true, after.total(names)[0], 1)[0]
        assert slope == pytest.approx(np.polyfit(true, before.total(names)[0], 1)[0], abs=0.04)


def tissues(brain: BasisSet, usual: np.ndarray, voxels: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Voxels that share few kinds of tissue, each with its own metabolites."""
    rng = np.random.default_rng(5)
    of_tissue = usual * rng.uniform(0.3, 1.7, (count, len(usual)))
    amplitudes = (rng.dirichlet(np.ones(count), voxels) * rng.uniform(0.7, 1.3, (voxels, 1))) @ of_tissue
    return amplitudes @ brain.fid * np.exp(-np.pi * 6.0 * TIMES_S), amplitudes


@pytest.mark.parametrize("count", [3, 5])
def test_errors_after_denoising_are_as_large_as_their_bounds(
    brain: BasisSet, usual_amplitudes: np.ndarray, count: int
) -> None:
    """Of normal errors 68 % lie within one standard deviation; 1200 voxels tell that to 1.3 %."""
    truth, amplitudes = tissues(brain, usual_amplitudes, 1200, count)
    found = low_rank_denoised(truth + noise(truth.shape), noise=1.0)
    assert found.rank == count
    bare = fit_spectra(found.fid, DWELL_S, brain)
    fit = fit_spectra(found.fid, DWELL_S, brain, noise_components=found.noise_components)
    np.testing.assert_array_equal(fit.amplitudes, bare.amplitudes)
    for names in (("NAA", "NAAG"), ("Cr", "PCr"), ("GPC",), ("Ins",), ("Glu",)):
        true = amplitudes[:, [brain.names.index(name) for name in names]].sum(axis=1)
        value, bound = fit.total(names)
        assert 0.62 < np.mean(np.abs(value - true) < bound) < 0.74, names
        assert np.mean(np.abs(value - true) < bare.total(names)[1]) < 0.5


def test_noise_components_hold_what_is_left(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    for voxels in (1000, 200):
        truth, _ = tissues(brain, usual_amplitudes, voxels, 4)
        found = low_rank_denoised(truth + noise(truth.shape, 0.2), noise=0.2)
        components = found.noise_components / 0.2
        assert components.shape == (found.rank, POINTS)
        np.testing.assert_allclose(components @ components.conj().T, np.eye(found.rank), atol=1e-6)
        error = found.fid - truth
        along = error @ components.conj().T
        # along each component all of the noise is left; beside them as much as the voxels' rank allows
        assert np.std(along.real) == pytest.approx(0.2, rel=0.1)
        beside = np.sqrt(np.mean(np.abs(error - along @ components) ** 2) / 2.0)
        assert beside == pytest.approx(0.2 * np.sqrt(found.rank / voxels), rel=0.1)


def test_noise_components_must_be_as_long_as_the_signals(brain: BasisSet) -> None:
    with pytest.raises(ImpastoError, match="noise components"):
        fit_spectra(noise((2, POINTS)), DWELL_S, brain, noise_components=noise((1, POINTS - 1)))


@pytest.mark.parametrize(("strength", "kept"), [(4.0, True), (0.5, False)])
def test_what_few_voxels_have_is_kept_only_above_the_edge(strength: float, kept: bool) -> None:
    """A component is found once its energy passes the noise variance times the root of M N (Benaych-Georges 2011)."""
    voxels, few = 2000, 20
    common = np.outer(np.linspace(20.0, 30.0, voxels), np.exp(-TIMES_S / 0.05))
    rare = np.exp(-TIMES_S / 0.05 + 2j * np.pi * 400.0 * TIMES_S)
    amplitude = np.sqrt(strength * 2.0 * np.sqrt(voxels * POINTS) / few) / np.linalg.norm(rare)
    truth = common.astype(complex)
    truth[:few] += amplitude * rare
    found = low_rank_denoised(truth + noise(truth.shape))
    assert found.rank == (2 if kept else 1)
    seen = (found.fid[:few] @ rare.conj()).real / np.linalg.norm(rare) ** 2
    own = (truth[:few] @ rare.conj()).real / np.linalg.norm(rare) ** 2
    assert (np.mean(seen) > 0.8 * np.mean(own)) == kept


def test_a_known_noise_is_believed_and_empty_voxels_do_not_count() -> None:
    signal = np.outer(np.linspace(1.0, 2.0, 200), np.exp(-TIMES_S / 0.05))
    noisy = 20.0 * signal + noise(signal.shape)
    padded = np.concatenate([np.zeros((1000, POINTS)), noisy])
    alone, among = low_rank_denoised(noisy), low_rank_denoised(padded)
    np.testing.assert_allclose(among.fid[1000:], alone.fid, atol=1e-9)
    assert not among.fid[:1000].any()
    assert alone.rank == among.rank == low_rank_denoised(noisy, noise=1.0).rank == 1
    assert low_rank_denoised(noisy, noise=100.0).rank == 0
    assert low_rank_denoised(np.zeros((3, 64), dtype=complex)).rank == 0


def test_what_cannot_be_denoised_is_refused() -> None:
    with pytest.raises(ImpastoError, match="voxel, time"):
        low_rank_denoised(np.ones((4, 64)))
    with pytest.raises(ImpastoError, match="not positive"):
        low_rank_denoised(noise((4, 64)), noise=0.0)
