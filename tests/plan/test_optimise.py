import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import lsq_linear, minimize, nnls

from impasto.core import Grid, ImpastoError
from impasto.plan import (
    InfluenceMatrix,
    MaximumDoseVolume,
    MeanDose,
    MinimumDoseVolume,
    SolverSettings,
    SquaredDeviation,
    SquaredOverdose,
    SquaredUnderdose,
    objective_values,
    optimise,
)
from impasto.plan.bounded_descent import BoundedDescent

GRID = Grid.centred((20, 20, 20), (2.0, 2.0, 2.0))
TIGHT = SolverSettings(maximum_iterations=3000, relative_tolerance=1e-9)


def influence(rows: int, columns: int, seed: int = 0) -> tuple[InfluenceMatrix, np.ndarray]:
    rng = np.random.default_rng(seed)
    dense = rng.random((rows, columns)).astype(np.float32) ** 3
    return InfluenceMatrix.from_scipy(sparse.csr_array(dense), np.arange(rows), GRID), dense.astype(float)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_deviation_reaches_non_negative_least_squares(seed: int) -> None:
    matrix, dense = influence(60, 25, seed)
    wanted = np.random.default_rng(seed + 1).uniform(1.0, 3.0, 60)
    optimum = optimise(matrix, [SquaredDeviation(structure="a", rows=np.arange(60), level_gy=wanted)], TIGHT)
    exact, residual = nnls(dense, wanted)
    assert optimum.value == pytest.approx(residual**2 / 60, rel=1e-4)
    np.testing.assert_allclose(dense @ optimum.weights, dense @ exact, atol=0.02)
    assert optimum.weights.min() >= 0.0


def test_maximum_weight_is_a_bound_of_the_optimum() -> None:
    matrix, dense = influence(60, 25)
    wanted = np.linspace(1.0, 3.0, 60)
    exact = lsq_linear(dense, wanted, bounds=(0.0, 0.2), tol=1e-12)
    bounded = SolverSettings(maximum_iterations=3000, relative_tolerance=1e-9, maximum_weight=0.2)
    optimum = optimise(matrix, [SquaredDeviation(structure="a", rows=np.arange(60), level_gy=wanted)], bounded)
    assert optimum.weights.max() <= 0.2
    assert optimum.value == pytest.approx(2.0 * exact.cost / 60, rel=1e-4)


def test_working_set_changes_nothing() -> None:
    """Overdose on thousands of voxels, mean dose and underdose together: SciPy's solver on all voxels at once."""
    matrix, dense = influence(1500, 40, seed=4)
    target, tissue, organ = np.arange(100), np.arange(100, 1200), np.arange(1200, 1500)
    objectives = [
        SquaredUnderdose(structure="target", rows=target, level_gy=2.0, weight=100.0),
        SquaredOverdose(structure="tissue", rows=tissue, level_gy=1.9, weight=30.0),
        MeanDose(structure="organ", rows=organ, level_gy=1.2, weight=2.0),
    ]

    def whole(weights: np.ndarray) -> tuple[float, np.ndarray]:
        dose, gradient, total = dense @ weights, np.zeros(1500), 0.0
        for objective in objectives:
            value, slope = objective.value_and_gradient(dose[objective.rows])
            total += value
            gradient[objective.rows] += slope
        return total, dense.T @ gradient

    reference = minimize(
        whole, np.full(40, 0.1), jac=True, method="L-BFGS-B", bounds=[(0, None)] * 40,
        options={"maxiter": 3000, "maxfun": 10000, "ftol": 1e-13, "gtol": 1e-10},
    )  # fmt: skip
    optimum = optimise(matrix, objectives, TIGHT)
    assert optimum.value == pytest.approx(reference.fun, rel=1e-4)
    assert optimum.value == pytest.approx(sum(objective_values(objectives, optimum.dose_gy)))
    assert optimum.value == pytest.approx(whole(optimum.weights)[0], rel=1e-4)


def test_dose_volume_constraints_are_met_where_they_can_be() -> None:
    _, dense = influence(900, 60, seed=2)
    target, organ = np.arange(300), np.arange(300, 900)
    dense[organ] *= 0.8
    matrix = InfluenceMatrix.from_scipy(sparse.csr_array(dense), np.arange(900), GRID)
    objectives = [
        SquaredOverdose(structure="target", rows=target, level_gy=6.0),
        MinimumDoseVolume(structure="target", rows=target, level_gy=2.0, volume_percent=95.0, weight=50.0),
        MaximumDoseVolume(structure="organ", rows=organ, level_gy=2.4, volume_percent=30.0, weight=50.0),
    ]
    optimum = optimise(matrix, objectives, TIGHT)
    assert np.mean(optimum.dose_gy[target] >= 2.0 - 1e-2) >= 0.95
    assert np.mean(optimum.dose_gy[organ] > 2.4 + 1e-2) <= 0.30
    assert optimum.dose_gy[organ].max() > 2.4


def test_same_input_gives_the_same_weights_on_any_number_of_threads() -> None:
    matrix, _ = influence(700, 50, seed=9)
    objectives = [
        SquaredDeviation(structure="target", rows=np.arange(200), level_gy=2.0),
        SquaredOverdose(structure="tissue", rows=np.arange(200, 700), level_gy=2.1),
    ]
    threads = numba.get_num_threads()
    first = optimise(matrix, objectives, SolverSettings())
    try:
        numba.set_num_threads(1)
        second = optimise(matrix, objectives, SolverSettings())
    finally:
        numba.set_num_threads(threads)
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.values == second.values


def test_record_falls_and_progress_is_told() -> None:
    matrix, _ = influence(100, 20)
    told: list[float] = []
    optimum = optimise(
        matrix,
        [SquaredDeviation(structure="a", rows=np.arange(100), level_gy=2.0)],
        SolverSettings(maximum_iterations=7, relative_tolerance=0.0),
        progress=lambda work, fraction: told.append(fraction),
    )
    assert optimum.iterations == 7
    assert optimum.reason == "iterations used up"
    assert np.all(np.diff(optimum.values) < 0.0)
    assert np.all(np.diff(optimum.seconds) >= 0.0)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_stops_at_a_value() -> None:
    matrix, _ = influence(100, 20)
    objectives = [SquaredDeviation(structure="a", rows=np.arange(100), level_gy=2.0)]
    best = optimise(matrix, objectives, TIGHT).value
    early = optimise(matrix, objectives, SolverSettings(relative_tolerance=0.0, stop_at=1.1 * best))
    assert early.reason == "objective low enough"
    assert best < early.value <= 1.1 * best


def test_nothing_to_optimise_is_refused() -> None:
    matrix, _ = influence(10, 3)
    with pytest.raises(ImpastoError, match="there are none"):
        optimise(matrix, [], SolverSettings())
    empty = InfluenceMatrix.from_scipy(sparse.csr_array((5, 3)), np.arange(5), GRID)
    with pytest.raises(ImpastoError, match="no weight"):
        optimise(empty, [MeanDose(structure="a", rows=np.arange(5))], SolverSettings())


def test_bounded_descent_finds_the_minimum_of_a_curved_valley() -> None:
    """Rosenbrock's function with its minimum (1, 1) inside, and with the bound 0.5 in the way."""

    def valley(at: np.ndarray) -> tuple[float, np.ndarray]:
        x, y = at
        bend = y - x * x
        return (1 - x) ** 2 + 100 * bend**2, np.array([-2 * (1 - x) - 400 * x * bend, 200 * bend])

    inside, _ = BoundedDescent(np.ones(2), np.inf, 10).run(valley, np.array([0.1, 1.5]), 500, lambda value: False)
    np.testing.assert_allclose(inside, 1.0, atol=1e-4)
    bounded, _ = BoundedDescent(np.ones(2), 0.5, 10).run(valley, np.array([0.1, 0.4]), 500, lambda value: False)
    np.testing.assert_allclose(bounded, [0.5, 0.25], atol=1e-4)
