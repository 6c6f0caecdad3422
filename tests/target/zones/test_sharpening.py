"""Coarse maps on fine voxels: the point spread, and the tissue behind it with an error that holds."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.target.zones import (
    AcquiredMap,
    GaussianSpread,
    PhaseEncodedSpread,
    Placement,
    PointSpread,
    TissueField,
    fitted_field,
    placed,
    sharpened,
)
from impasto.target.zones.acquisition_model import acquisition_model
from impasto.target.zones.field_solver import _dense, _iterative
from impasto.target.zones.part_covariance import combined, part_covariances
from impasto.target.zones.separable import along_axes, square_root

_COARSE = Grid.centred((8, 8, 6), (6.25, 6.25, 10.0))
_FINE = Grid.centred((10, 10, 10), (2.0, 2.0, 2.0))


def test_a_phase_encoded_point_spread_is_the_transform_of_its_filtered_steps() -> None:
    count, parts = 16, 8
    spread = PhaseEncodedSpread((count,) * 3, (count,) * 3)
    apart = np.arange(-count / 2, count / 2, 1.0 / parts)
    found = spread.response(apart, 1.0 / parts, 6.0, 0)
    # the long way: truncate and weight the Fourier transform of a point on the fine grid
    steps = np.arange(-count // 2, count // 2 + 1)
    weights = 0.54 + 0.46 * np.cos(2.0 * np.pi * steps / count)
    weights[[0, -1]] /= 2.0
    point = np.zeros(len(apart))
    point[len(apart) // 2] = 1.0
    k_space = np.fft.fft(np.fft.ifftshift(point))
    kept = np.zeros_like(k_space)
    for step, weight in zip(steps, weights, strict=True):
        kept[step % len(apart)] += weight * k_space[step % len(apart)]
    expected = np.fft.fftshift(np.fft.ifft(kept)).real
    box = np.sinc(np.fft.fftfreq(len(apart)))  # a cell is no point but a box
    expected = np.fft.fftshift(np.fft.ifft(np.fft.fft(np.fft.ifftshift(expected)) * box)).real
    assert found == pytest.approx(expected, abs=1e-9)
    assert found.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(("kind", "width"), [("hamming", 1.8), ("none", 1.2)])
def test_how_wide_phase_encoding_sees(kind: str, width: float) -> None:
    spread = PhaseEncodedSpread((16,) * 3, (16,) * 3, kind)  # type: ignore[arg-type]
    apart = np.linspace(-8.0, 8.0, 1601)
    response = spread.response(apart, 0.01, 1.0, 0)
    above = apart[response >= response.max() / 2.0]
    assert np.ptp(above) == pytest.approx(width, abs=0.1)


def test_noise_of_filtered_neighbours_goes_together() -> None:
    rng = np.random.default_rng(0)
    steps = np.arange(-8, 9)
    weights = 0.54 + 0.46 * np.cos(2.0 * np.pi * steps / 16)
    weights[[0, -1]] /= 2.0
    apart = np.subtract.outer(np.arange(16), np.arange(16))
    kernel = np.cos(2.0 * np.pi / 16 * apart[..., None] * steps) @ weights
    noise = kernel @ rng.standard_normal((16, 40_000))
    spread = PhaseEncodedSpread((16,) * 3, (16,) * 3)
    measured = np.corrcoef(noise)
    assert spread.noise_correlation(apart.astype(float), 0) == pytest.approx(measured, abs=0.03)


def _simulated(spread: PointSpread, seed: int, error: float = 0.1) -> tuple[AcquiredMap, np.ndarray, TissueField]:
    """A field of known smoothness, its acquisition, and its values on the fine grid."""
    rng = np.random.default_rng(seed)
    field = TissueField((1.0,), length_mm=9.0, noise_factor=1.0)
    model = acquisition_model(_COARSE, _COARSE, spread, 2.5, "test").with_length(field.length_mm)
    tissue = along_axes([square_root(c) for c in model.prior], rng.standard_normal((1, *model.lattice.shape)))
    noise = along_axes([square_root(r) for r in model.noise_correlation], rng.standard_normal((1, *_COARSE.shape)))
    seen = (5.0 + along_axes(model.weights, tissue) + error * noise)[0]
    values = Image(seen, _COARSE, "tCho", "1", standard_error=np.full(_COARSE.shape, error))
    truth = Image(5.0 + tissue[0], model.lattice, "tCho", "1").resampled_linear(_FINE).data
    return AcquiredMap(values, spread), truth, field


def test_the_sharpened_map_is_nearer_to_the_tissue_than_blocks_and_lines() -> None:
    spread = PhaseEncodedSpread(_COARSE.shape, _COARSE.shape)
    errors: dict[Placement, list[float]] = {way: [] for way in Placement}
    for seed in range(3):
        acquired, truth, _ = _simulated(spread, seed)
        for way in Placement:
            errors[way].append(float(np.mean((placed(acquired, _FINE, way) - truth) ** 2)))
    mean = {way: np.mean(each) for way, each in errors.items()}
    assert mean[Placement.SHARPENED] < 0.8 * mean[Placement.LINEAR] < mean[Placement.BLOCKS]


@pytest.mark.parametrize("spread", [PhaseEncodedSpread((8, 8, 6), (8, 8, 6)), GaussianSpread((8.0, 8.0, 10.0))])
def test_draws_scatter_around_the_tissue_as_widely_as_the_estimate_errs(spread: PointSpread) -> None:
    rng = np.random.default_rng(5)
    scores, ranks = [], []
    for seed in range(5):
        acquired, truth, field = _simulated(spread, seed)
        found = sharpened(acquired, _FINE, 2.5, field)
        tissue_draws = found.draws(*(rng.standard_normal((40, *shape)) for shape in found.noise_shape))
        draws = tissue_draws.on(field, found.parts)
        image = Image(np.moveaxis(draws, 0, -1), found.lattice, "tCho", "1", times_s=np.arange(40.0))
        drawn = image.resampled_linear(_FINE).data
        scores.append((drawn.mean(axis=3) - truth) / drawn.std(axis=3))
        ranks.append((drawn < truth[..., None]).mean(axis=3))
    assert np.std(scores) == pytest.approx(1.0, abs=0.15)
    # the truth is as likely to be in each fifth of the draws
    assert np.histogram(ranks, 5, (0.0, 1.0))[0] / np.size(ranks) == pytest.approx(0.2, abs=0.06)


def test_the_map_tells_how_smooth_its_tissue_is() -> None:
    acquired, _, field = _simulated(PhaseEncodedSpread(_COARSE.shape, _COARSE.shape), 3)
    found = sharpened(acquired, _COARSE, 2.5).field
    assert found.length_mm == pytest.approx(field.length_mm, rel=0.5)
    assert found.spreads[0] == pytest.approx(1.0, rel=0.5)
    assert found.noise_factor == pytest.approx(1.0, rel=0.4)


def test_a_border_known_from_anatomy_stays_sharp() -> None:
    spread = PhaseEncodedSpread(_COARSE.shape, _COARSE.shape)
    fine = acquisition_model(_COARSE, _COARSE, spread, 2.5, "test")
    inside = np.abs(fine.lattice.voxel_centres_mm()[..., 0]) < 8.0
    seen = along_axes(fine.weights, np.where(inside, 4.0, 1.0)[None])[0]
    image = Image(seen, _COARSE, "tCho", "1", standard_error=np.full(_COARSE.shape, 0.05))
    parts = tuple(
        Structure.from_mask(name, Role.OTHER, mask, fine.lattice)
        for name, mask in (("GTV", inside), ("Brain", np.ones_like(inside)))
    )
    found = sharpened(AcquiredMap(image, spread, parts=parts), _FINE, 2.5)
    assert found.part_levels == pytest.approx([4.0, 1.0], abs=0.1)
    without = sharpened(AcquiredMap(image, spread), _FINE, 2.5, TissueField((1.5,), 8.0, 1.0))
    near = np.abs(found.lattice.voxel_centres_mm()).max(axis=-1) < 15.0
    truth = np.where(np.abs(found.lattice.voxel_centres_mm()[..., 0]) < 8.0, 4.0, 1.0)[near]
    errors = [float(np.sqrt(np.mean((one.mean[near] - truth) ** 2))) for one in (found, without)]
    assert errors[0] < 0.2 < errors[1]


def test_both_solvers_agree_where_voxels_are_missing() -> None:
    rng = np.random.default_rng(2)
    for spread in (GaussianSpread((6.0, 6.0, 10.0)), GaussianSpread((8.0, 8.0, 10.0))):
        model = acquisition_model(_COARSE, _COARSE, spread, 5.0, "test").with_length(9.0)
        observed = rng.random(_COARSE.shape) < 0.9
        error = np.where(observed, 0.2 + 0.2 * rng.random(_COARSE.shape), 0.0)
        # as acquired: tissue and noise, correlated as they are
        tissue = along_axes([square_root(k) for k in model.seen], rng.standard_normal((2, *_COARSE.shape)))
        noise = along_axes([square_root(r) for r in model.noise_correlation], rng.standard_normal((2, *_COARSE.shape)))
        right = np.where(observed, tissue + error * noise, 0.0)
        whole = np.ones((1, *model.lattice.shape))
        solvers = (
            _dense(model, TissueField((1.0,), 9.0, 1.0), whole, observed, error),
            _iterative(model, 1.0, observed, error),
        )
        dense, iterative = (along_axes(model.cross, solver(right)) for solver in solvers)
        assert iterative == pytest.approx(dense, abs=0.03)


def test_each_part_varies_by_an_amount_of_its_own() -> None:
    """Covariance and fit against fields that are drawn, weak inside a ball and strong outside."""
    rng = np.random.default_rng(7)
    model = acquisition_model(_COARSE, _COARSE, GaussianSpread((6.0, 6.0, 10.0)), 10.0, "test").with_length(8.0)
    ball = (np.linalg.norm(model.lattice.voxel_centres_mm(), axis=-1) < 15.0).astype(float)
    parts = np.stack([ball, 1.0 - ball])
    roots = [square_root(c).astype(np.float32) for c in model.prior]
    pattern = along_axes(roots, rng.standard_normal((2000, *model.lattice.shape), dtype=np.float32))
    seen = along_axes(model.weights, pattern * (0.2 * ball + 1.0 * (1.0 - ball)))
    chosen = np.array([[3, 3, 3], [4, 3, 2], [1, 4, 3], [0, 0, 0]])
    found = combined(part_covariances(model, parts, chosen), np.array([0.2, 1.0]))
    drawn = np.cov(seen[:, *chosen.T].T)
    assert found == pytest.approx(drawn, abs=0.05 * drawn.max())
    levels = 2.0 + 3.0 * along_axes(model.weights, parts[1:])[0]
    error = np.full(_COARSE.shape, 0.1)
    values = levels + seen[0] + error * rng.standard_normal(_COARSE.shape)
    inside, outside = fitted_field(values, error, np.ones(_COARSE.shape, dtype=bool), parts, model).spreads
    assert outside == pytest.approx(1.0, rel=0.4)
    assert inside < 0.5 * outside


def test_a_map_that_does_not_reach_or_has_no_error_is_told() -> None:
    acquired, _, _ = _simulated(GaussianSpread((8.0, 8.0, 10.0)), 0)
    with pytest.raises(ImpastoError, match="does not reach the region"):
        sharpened(acquired, Grid.centred((4, 4, 4), (2.0, 2.0, 2.0), (300.0, 0.0, 0.0)), 2.0)
    with pytest.raises(ImpastoError, match="has no standard error"):
        sharpened(AcquiredMap(acquired.image.with_data(acquired.image.data), acquired.spread), _FINE, 2.0)
    with pytest.raises(ImpastoError, match="20 phase-encoding|20.*steps"):
        PhaseEncodedSpread((20, 8, 6), (8, 8, 6))


def test_levels_of_parts_that_a_map_hardly_sees_are_drawn_as_they_are_known() -> None:
    rng = np.random.default_rng(8)
    noisy = Image(
        rng.standard_normal(_COARSE.shape) * 50.0, _COARSE, "x", "1", standard_error=np.full(_COARSE.shape, 50.0)
    )
    acquired = AcquiredMap(noisy, GaussianSpread((8.0, 8.0, 10.0)))
    field = TissueField((0.1,), 8.0, 1.0, (2.0,), (0.3,))
    found = sharpened(acquired, _FINE, 2.5, field)
    drawn = found.draws(*(rng.standard_normal((400, *shape)) for shape in found.noise_shape)).levels[:, 0]
    assert drawn.mean() == pytest.approx(2.0, abs=0.06)
    assert drawn.std() == pytest.approx(0.3, rel=0.12)


def test_errors_that_no_filter_passed_keep_high_frequencies_uncertain() -> None:
    apart = np.subtract.outer(np.arange(16.0), np.arange(16.0))
    filtered, mixed = (
        np.linalg.eigvalsh(PhaseEncodedSpread((16,) * 3, (16,) * 3, unfiltered_error=share).noise_correlation(apart, 0))
        for share in (0.0, 0.3)
    )
    # a circulant: its least eigenvalue is the power of the outermost step
    assert filtered.min() < 0.02
    assert mixed == pytest.approx(0.7 * filtered + 0.3)
