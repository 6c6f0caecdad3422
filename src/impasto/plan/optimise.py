"""Finding weights: bounded quasi-Newton on any influence matrix and any voxelwise objectives.

Two savings keep it exact. A mean dose is one scalar product with the mean of its rows. And a voxel whose only
objective is an overdose counts only when it is hot: the solver works on voxels that are (or nearly are) overdosed,
looks at all of them between rounds, and takes in those that have become hot until none is left out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.plan.bounded_descent import BoundedDescent, scalar_product
from impasto.plan.influence import InfluenceMatrix
from impasto.plan.objectives import MeanDose, Objective, SquaredOverdose

__all__ = ["Optimum", "SolverSettings", "initial_weights", "objective_values", "optimise"]

# Iterations before the working set is first looked at again; each round doubles them.
FIRST_ROUND = 15
# Iterations that the relative decrease is averaged over.
WINDOW = 5
CONVERGED = "converged"


@dataclass(frozen=True)
class SolverSettings:
    """When to stop and what weights may be.

    Parameters
    ----------
    maximum_iterations : int
        In total.
    relative_tolerance : float
        Stop when iterations lower the objective by less than this share of it, on average over five.
    stop_at : float, optional
        Stop as soon as the objective is this low.
    maximum_weight : float, optional
        Upper bound of every weight; the lower is always 0.
    memory : int
        Number of past steps that the curvature is estimated from.
    hot_margin : float
        A voxel enters the working set when its dose exceeds this share of its overdose level.
    """

    maximum_iterations: int = 500
    relative_tolerance: float = 3e-4
    stop_at: float | None = None
    maximum_weight: float | None = None
    memory: int = 40
    hot_margin: float = 0.95


@dataclass(frozen=True, eq=False)
class Optimum:
    """Weights found and how.

    Parameters
    ----------
    weights : ndarray, shape (column,)
    dose_gy : ndarray of float32, shape (row,)
        Dose per fraction to the matrix's rows.
    value : float
        Objective at `weights`, over all voxels.
    values, seconds : tuple of float
        Objective after each iteration, over the voxels looked at then, and the time since the start.
    evaluations : int
        Of objective and gradient.
    rounds : int
        How often the working set was chosen.
    reason : str
        Why it stopped.
    """

    weights: FloatArray
    dose_gy: NDArray[np.float32]
    value: float
    values: tuple[float, ...]
    seconds: tuple[float, ...]
    evaluations: int
    rounds: int
    reason: str

    @property
    def iterations(self) -> int:
        """Number of quasi-Newton steps."""
        return len(self.values)


def objective_values(objectives: Sequence[Objective], dose_gy: RealArray) -> tuple[float, ...]:
    """Weighted value of each objective for the dose per fraction to all rows of a matrix."""
    return tuple(objective.value(dose_gy[objective.rows]) for objective in objectives)


def initial_weights(matrix: InfluenceMatrix, objectives: Sequence[Objective]) -> FloatArray:
    """Equal weights, scaled so that target doses match the wanted ones best in the least-squares sense."""
    flat = matrix.dose_gy(np.ones(matrix.column_count)).astype(np.float64)
    wanted_by_given = given_squared = 0.0
    for objective in objectives:
        if objective.wanted_gy is not None:
            given = flat[objective.rows]
            share = objective.weight / len(given)
            wanted_by_given += share * float(np.sum(given * objective.wanted_gy))
            given_squared += share * float(given @ given)
    return np.full(matrix.column_count, wanted_by_given / given_squared if given_squared > 0.0 else 0.0)


def optimise(
    matrix: InfluenceMatrix,
    objectives: Sequence[Objective],
    settings: SolverSettings,
    start: FloatArray | None = None,
    progress: Progress = silent,
) -> Optimum:
    """Minimise the sum of objectives over weights that are not negative.

    The same input gives the same weights, whatever the number of threads.

    Parameters
    ----------
    matrix : InfluenceMatrix
    objectives : sequence of Objective
    settings : SolverSettings
    start : ndarray, shape (column,), optional
        Weights to start from; by default :func:`initial_weights`.
    progress : Progress

    Returns
    -------
    Optimum

    Raises
    ------
    ImpastoError
        When there is no objective, or no voxel that any weight reaches.
    """
    if not objectives:
        raise ImpastoError("objectives", "there are none", "give at least one target objective")
    if not len(matrix.values):
        raise ImpastoError("influence matrix", "no weight gives any voxel dose", "aim the beams at the target")
    weights = initial_weights(matrix, objectives) if start is None else np.array(start, dtype=np.float64)
    upper = np.inf if settings.maximum_weight is None else settings.maximum_weight
    weights = np.clip(weights, 0.0, upper)
    means = _mean_columns(matrix, objectives)
    dose = matrix.dose_gy(weights)
    hot = _hot_voxels(objectives, dose, settings.hot_margin)
    problem = _Problem.of(matrix, objectives, hot, means)
    search = _Search(settings, BoundedDescent(problem.metric(), upper, settings.memory), progress)
    while True:
        weights = search.descend(problem, weights)
        dose = matrix.dose_gy(weights)
        overdosed = _hot_voxels(objectives, dose, 1.0)
        is_complete = not any(np.any(over & ~known) for over, known in zip(overdosed, hot, strict=True))
        if search.is_over or (search.reason and is_complete):
            break
        wider = _hot_voxels(objectives, dose, settings.hot_margin)
        hot = [known | now for known, now in zip(hot, wider, strict=True)]
        problem = _Problem.of(matrix, objectives, hot, means)
    progress("optimising", 1.0)
    return Optimum(
        weights=weights,
        dose_gy=dose,
        value=float(sum(objective_values(objectives, dose))),
        values=tuple(search.values),
        seconds=tuple(search.seconds),
        evaluations=search.descent.evaluations,
        rounds=search.rounds,
        reason=search.reason,
    )


@dataclass(frozen=True, eq=False)
class _Problem:
    """The objectives as a function of weights, on a matrix of only the rows that count."""

    matrix: InfluenceMatrix
    voxelwise: tuple[tuple[Objective, IntArray], ...]
    of_mean: tuple[tuple[MeanDose, FloatArray], ...]

    @classmethod
    def of(
        cls,
        matrix: InfluenceMatrix,
        objectives: Sequence[Objective],
        hot: Sequence[BoolArray],
        means: Sequence[tuple[MeanDose, FloatArray]],
    ) -> _Problem:
        chosen: list[Objective] = []
        for objective, kept in zip(objectives, hot, strict=True):
            if isinstance(objective, SquaredOverdose) and kept.any():
                chosen.append(objective.restricted(kept))
            elif not isinstance(objective, SquaredOverdose | MeanDose):
                chosen.append(objective)
        parts = [objective.rows for objective in chosen]
        rows = np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
        placed = tuple((objective, np.searchsorted(rows, objective.rows)) for objective in chosen)
        return cls(matrix.restricted(rows), placed, tuple(means))

    def value_and_gradient(self, weights: FloatArray) -> tuple[float, FloatArray]:
        dose = self.matrix.dose_gy(weights)
        by_dose = np.zeros(len(dose))
        total = 0.0
        for objective, at in self.voxelwise:
            value, gradient = objective.value_and_gradient(dose[at])
            total += value
            by_dose[at] += gradient
        by_weight = self.matrix.transposed_product(by_dose)
        for mean_dose, columns in self.of_mean:
            value, slope = mean_dose.of_mean(scalar_product(columns, weights))
            total += value
            by_weight += slope * columns
        return total, by_weight

    def metric(self) -> FloatArray:
        """Square root of the Hessian's diagonal, as if every voxel were off its level.

        Halfway between the plain and the diagonal metric: weights that reach little still move, and none too far.
        """
        by_dose = np.zeros(self.matrix.row_count)
        for objective, at in self.voxelwise:
            by_dose[at] += 2.0 * objective.weight / len(at)
        squares = replace(self.matrix, values=self.matrix.values**2)
        diagonal = squares.transposed_product(by_dose)
        for mean_dose, columns in self.of_mean:
            diagonal += 2.0 * mean_dose.weight * columns**2
        typical = np.median(diagonal[diagonal > 0.0]) if np.any(diagonal > 0.0) else 1.0
        return np.sqrt(typical * np.maximum(diagonal, 1e-4 * typical))


@dataclass
class _Search:
    """The descent across rounds: its budget, record and reason to stop."""

    settings: SolverSettings
    descent: BoundedDescent
    progress: Progress
    values: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    rounds: int = 0
    round_began: int = 0
    reason: str = ""
    began: float = field(default_factory=time.perf_counter)

    def descend(self, problem: _Problem, weights: FloatArray) -> FloatArray:
        """Minimise one round's problem; early rounds are short, for the working set still grows."""
        self.rounds += 1
        self.round_began = len(self.values)
        self.reason = ""
        budget = min(self.settings.maximum_iterations - len(self.values), FIRST_ROUND * 2 ** (self.rounds - 1))
        weights, is_exhausted = self.descent.run(problem.value_and_gradient, weights, budget, self._is_enough)
        if is_exhausted:
            self.reason = CONVERGED
        elif not self.reason and len(self.values) >= self.settings.maximum_iterations:
            self.reason = "iterations used up"
        return weights

    @property
    def is_over(self) -> bool:
        """Whether to stop even if the working set were not complete."""
        return self.reason not in ("", CONVERGED)

    def _is_enough(self, value: float) -> bool:
        settings = self.settings
        self.values.append(value)
        self.seconds.append(time.perf_counter() - self.began)
        self.progress("optimising", min(0.99, len(self.values) / settings.maximum_iterations))
        # a wider working set starts higher: rounds do not compare
        recent = self.values[self.round_began :][-WINDOW - 1 :]
        if settings.stop_at is not None and value <= settings.stop_at:
            self.reason = "objective low enough"
        elif len(recent) > WINDOW and recent[0] - value <= WINDOW * settings.relative_tolerance * abs(value):
            self.reason = CONVERGED
        return bool(self.reason)


def _mean_columns(matrix: InfluenceMatrix, objectives: Sequence[Objective]) -> tuple[tuple[MeanDose, FloatArray], ...]:
    means = []
    for objective in objectives:
        if isinstance(objective, MeanDose):
            share = np.zeros(matrix.row_count)
            share[objective.rows] = 1.0
            means.append((objective, matrix.transposed_product(share) / len(objective.rows)))
    return tuple(means)


def _hot_voxels(objectives: Sequence[Objective], dose_gy: RealArray, share: float) -> list[BoolArray]:
    """Voxels of each overdose objective whose dose exceeds a share of their level; none for other objectives."""
    return [
        np.asarray(dose_gy[objective.rows] > share * objective.level_gy)
        if isinstance(objective, SquaredOverdose)
        else np.zeros(0, dtype=bool)
        for objective in objectives
    ]
