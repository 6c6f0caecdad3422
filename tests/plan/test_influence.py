import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from impasto.core import Grid, ImpastoError
from impasto.plan import InfluenceMatrix

GRID = Grid.centred((10, 10, 10), (2.0, 2.0, 2.0))


def random_matrix(seed: int, rows: int, columns: int, density: float) -> tuple[InfluenceMatrix, sparse.csr_array]:
    rng = np.random.default_rng(seed)
    matrix = sparse.random_array((rows, columns), density=density, format="csr", dtype=np.float32, rng=rng)
    voxels = np.sort(rng.choice(GRID.voxel_count, rows, replace=False))
    return InfluenceMatrix.from_scipy(matrix, voxels, GRID), matrix


matrices = {
    "seed": st.integers(0, 2**31),
    "rows": st.integers(1, 60),
    "columns": st.integers(1, 90),
    "density": st.sampled_from([0.0, 0.05, 0.5, 1.0]),
}


@settings(max_examples=40, deadline=None)
@given(**matrices)
def test_products_are_those_of_scipy(seed: int, rows: int, columns: int, density: float) -> None:
    influence, reference = random_matrix(seed, rows, columns, density)
    rng = np.random.default_rng(seed + 1)
    weights, factors = rng.random(columns), rng.normal(size=rows)
    factors[rng.random(rows) < 0.3] = 0.0
    np.testing.assert_allclose(influence.dose_gy(weights), reference @ weights, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(influence.transposed_product(factors), reference.T @ factors, rtol=1e-5, atol=1e-5)
    assert (influence.to_scipy() != reference).nnz == 0


@settings(max_examples=25, deadline=None)
@given(**matrices)
def test_restriction_takes_rows_in_the_order_given(seed: int, rows: int, columns: int, density: float) -> None:
    influence, reference = random_matrix(seed, rows, columns, density)
    chosen = np.random.default_rng(seed).permutation(rows)[: rows // 2]
    part = influence.restricted(chosen)
    assert part.row_count == len(chosen)
    assert (part.to_scipy() != reference[chosen]).nnz == 0
    np.testing.assert_array_equal(part.voxels, influence.voxels[chosen])


def test_many_columns_take_wider_numbers() -> None:
    matrix = sparse.csr_array((np.ones(2, dtype=np.float32), ([0, 1], [3, 69_999])), shape=(2, 70_000))
    influence = InfluenceMatrix.from_scipy(matrix, [4, 7], GRID)
    assert influence.run_columns.dtype == np.uint32
    weights = np.zeros(70_000)
    weights[69_999] = 2.0
    np.testing.assert_array_equal(influence.dose_gy(weights), [0.0, 2.0])


def test_dose_map_places_rows_on_the_grid() -> None:
    influence, _ = random_matrix(3, 20, 5, 0.8)
    dose = influence.dose_map_gy(np.ones(5))
    assert dose.shape == GRID.shape
    np.testing.assert_array_equal(dose.ravel()[influence.voxels], influence.dose_gy(np.ones(5)))
    mask = np.zeros(GRID.shape, dtype=bool)
    mask.ravel()[influence.voxels[[2, 5]]] = True
    np.testing.assert_array_equal(influence.rows_within(mask), [2, 5])


def test_wrong_lengths_are_refused() -> None:
    influence, _ = random_matrix(3, 20, 5, 0.8)
    with pytest.raises(ImpastoError, match="5 columns"):
        influence.dose_gy(np.ones(4))
    with pytest.raises(ImpastoError, match="20 rows"):
        influence.transposed_product(np.ones(4))


def test_dense_rows_take_little_more_than_their_values() -> None:
    influence, _ = random_matrix(5, 200, 400, 1.0)
    assert influence.nbytes < 1.05 * influence.values.nbytes
