"""The random walker against a direct sparse solution, scikit-image, and shapes with a known answer."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve
from skimage.segmentation import random_walker as reference_walker

from impasto.core import Grid, Image, ImpastoError
from impasto.target.random_walker import RandomWalkerSettings, edge_contrast_from_noise, random_walker


def ball(shape=(32, 32, 20), spacing=(1.0, 1.0, 2.0), radius_mm=9.0, noise=0.12):
    grid = Grid.centred(shape, spacing)
    distance = np.linalg.norm(grid.voxel_centres_mm(), axis=-1)
    values = (distance < radius_mm) + np.random.default_rng(3).normal(0.0, noise, shape)
    return Image(values.astype(np.float32), grid, "signal", "1"), distance


def edge_of(shape):
    edge = np.zeros(shape, dtype=bool)
    edge[[0, -1]] = edge[:, [0, -1]] = edge[:, :, [0, -1]] = True
    return edge


def direct_solution(values, inside, outside, spacing, edge_contrast, tie=0.0, prior=0.0):
    index = np.arange(values.size).reshape(values.shape)
    laplacian = sparse.csr_matrix((values.size, values.size))
    for axis, length in enumerate(spacing):
        first, second = (np.take(index, range(a, values.shape[axis] - 1 + a), axis=axis).ravel() for a in (0, 1))
        step = values.ravel()[first] - values.ravel()[second]
        weight = np.maximum(np.exp(-((step / edge_contrast) ** 2)), 1e-5) * (min(spacing) / length) ** 2
        way = sparse.coo_matrix((weight, (first, second)), laplacian.shape)
        laplacian = laplacian + sparse.diags(np.asarray((way + way.T).sum(axis=1)).ravel()) - way - way.T
    free = ~(inside | outside).ravel()
    matrix = laplacian[free][:, free] + tie * sparse.eye(int(free.sum()))
    known = -np.asarray(laplacian[free][:, inside.ravel()].sum(axis=1)).ravel()
    found = inside.ravel().astype(float)
    found[free] = spsolve(matrix.tocsc(), known + tie * np.broadcast_to(prior, values.shape).ravel()[free])
    return found.reshape(values.shape)


@pytest.mark.parametrize("tie", [0.0, 0.02])
def test_solution_is_that_of_the_sparse_system(tie):
    image, distance = ball((14, 13, 11), radius_mm=5.0)
    inside, outside = distance < 2.0, edge_of(image.grid.shape)
    prior = np.clip(image.data, 0, 1)
    settings = RandomWalkerSettings((0.3,), prior_weight=tie, tolerance=1e-6)
    found = random_walker([image], inside, outside, settings, prior=prior if tie else None)
    truth = direct_solution(image.data.astype(float), inside, outside, (1, 1, 2), 0.3, tie, prior)
    assert np.abs(found.data - truth).max() < 1e-4


def test_default_tolerance_is_within_a_hundredth():
    image, distance = ball()
    inside, outside = distance < 2.0, edge_of(image.grid.shape)
    loose = random_walker([image], inside, outside, RandomWalkerSettings((0.3,)))
    tight = random_walker([image], inside, outside, RandomWalkerSettings((0.3,), tolerance=1e-6))
    assert np.abs(loose.data - tight.data).max() < 0.01


def test_ball_is_found_as_by_scikit_image():
    image, distance = ball()
    inside, outside = distance < 2.0, edge_of(image.grid.shape)
    contrast = edge_contrast_from_noise(image.data, distance < 8.0)
    assert contrast == pytest.approx(0.24, rel=0.1)
    found = random_walker([image], inside, outside, RandomWalkerSettings((contrast,))).data > 0.5
    labels = np.where(inside, 1, np.where(outside, 2, 0))
    theirs = reference_walker(image.data, labels, beta=400, mode="cg_j", tol=1e-7, spacing=(1, 1, 2)) == 1
    truth = distance < 9.0
    dice = [2 * (one & truth).sum() / (one.sum() + truth.sum()) for one in (found, theirs)]
    assert dice[0] > 0.97
    assert dice[0] > dice[1] - 0.01


def test_second_image_shows_the_border_the_first_does_not():
    image, distance = ball(noise=0.05)
    half = np.where(image.grid.voxel_centres_mm()[..., 0] > 0, image.data, 0.0).astype(np.float32)
    other = np.where(image.grid.voxel_centres_mm()[..., 0] > 0, 0.0, image.data).astype(np.float32)
    inside, outside = distance < 2.0, edge_of(image.grid.shape)
    found = random_walker(
        [image.with_data(half), image.with_data(other)], inside, outside, RandomWalkerSettings((10.0, 0.1))
    )
    left = image.grid.voxel_centres_mm()[..., 0] < -1
    truth = (distance < 9.0) & left
    assert ((found.data > 0.5) & left & ~truth).sum() < 0.02 * truth.sum()


def test_walk_stays_within_the_region():
    image, distance = ball()
    inside, outside = distance < 2.0, edge_of(image.grid.shape)
    within = image.grid.voxel_centres_mm()[..., 0] < 3.0
    found = random_walker([image], inside, outside & within, RandomWalkerSettings((0.3,)), within)
    assert not found.data[~within & ~inside].any()
    assert found.data[(distance < 6.0) & within].min() > 0.5


def test_missing_seeds_and_wrong_counts_are_named():
    image, _ = ball((8, 8, 8))
    nothing = np.zeros(image.grid.shape, dtype=bool)
    with pytest.raises(ImpastoError, match="seed"):
        random_walker([image], nothing, nothing, RandomWalkerSettings((0.3,)))
    with pytest.raises(ImpastoError, match="one per image"):
        random_walker([image], ~nothing, nothing, RandomWalkerSettings((0.3, 0.3)))
    with pytest.raises(ImpastoError, match="positive"):
        RandomWalkerSettings((0.0,))
    with pytest.raises(ImpastoError, match="neighbours"):
        edge_contrast_from_noise(np.ones((4, 4, 4)), ~np.zeros((4, 4, 4), dtype=bool))
