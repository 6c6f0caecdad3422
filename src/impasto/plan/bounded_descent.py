"""Minimising a smooth function of many variables that must stay between bounds.

Quasi-Newton steps in the variables that are free, projected on the bounds (two-metric projection: Bertsekas 1982), with
the limited-memory inverse Hessian of Nocedal 1980. Sums are plain loops, not threaded BLAS: threads change the last
digits, and those of BLAS would contend with the threads of the influence matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray

__all__ = ["BoundedDescent", "scalar_product"]

SUFFICIENT_DECREASE = 1e-4
MAXIMUM_HALVINGS = 20
# A step and its change of gradient say something about curvature only above this cosine between them.
LEAST_COSINE = 1e-8

Function = Callable[[FloatArray], tuple[float, FloatArray]]


def scalar_product(first: FloatArray, second: FloatArray) -> float:
    """Sum of products of two vectors, in one thread."""
    return float(np.einsum("i,i->", first, second))


@dataclass
class BoundedDescent:
    """A descent that remembers curvature, also when the function changes a little on the way.

    Parameters
    ----------
    curvature : ndarray, shape (variable,)
        Positive first guess at the Hessian's diagonal; its scale does not matter after the first step.
    upper : float
        Upper bound of every variable; the lower is 0.
    memory : int
        Number of past steps kept.
    """

    curvature: FloatArray
    upper: float
    memory: int
    evaluations: int = 0
    _steps: list[FloatArray] = field(default_factory=list)
    _changes: list[FloatArray] = field(default_factory=list)

    def run(
        self, function: Function, start: FloatArray, iterations: int, is_enough: Callable[[float], bool]
    ) -> tuple[FloatArray, bool]:
        """Step down until told that it is enough, iterations are used up, or no step goes further down.

        Parameters
        ----------
        function : callable
            Value and gradient.
        start : ndarray, shape (variable,)
            Within the bounds.
        iterations : int
        is_enough : callable
            Asked with the value after each step.

        Returns
        -------
        variables : ndarray, shape (variable,)
        is_exhausted : bool
            Whether no step goes further down.
        """
        at = start
        value, gradient = self._evaluated(function, at)
        for _ in range(iterations):
            step = self._direction(at, gradient)
            if not step.any():
                return at, True
            found = self._line_search(function, at, value, gradient, step)
            if found is None:
                if not self._steps:
                    return at, True
                self._steps.clear()
                self._changes.clear()
                continue
            there, value, slope = found
            self._remember(there - at, slope - gradient)
            at, gradient = there, slope
            if is_enough(value):
                return at, False
        return at, False

    def _evaluated(self, function: Function, at: FloatArray) -> tuple[float, FloatArray]:
        self.evaluations += 1
        return function(at)

    def _free(self, at: FloatArray, gradient: FloatArray) -> BoolArray:
        return ~(((at <= 0.0) & (gradient > 0.0)) | ((at >= self.upper) & (gradient < 0.0)))

    def _direction(self, at: FloatArray, gradient: FloatArray) -> FloatArray:
        """Minus the inverse Hessian of the free variables times their gradient: Nocedal's two loops."""
        free = self._free(at, gradient)
        residue = np.where(free, gradient, 0.0)
        pairs = []
        for step, change in zip(self._steps, self._changes, strict=True):
            step, change = step * free, change * free
            product = scalar_product(step, change)
            if product > LEAST_COSINE * np.sqrt(scalar_product(step, step) * scalar_product(change, change)):
                pairs.append((step, change, product))
        shares = []
        for step, change, product in reversed(pairs):
            shares.append(scalar_product(step, residue) / product)
            residue -= shares[-1] * change
        scale = 1.0
        if pairs:
            _, change, product = pairs[-1]
            scale = product / scalar_product(change, change / self.curvature)
        residue *= scale / self.curvature
        for (step, change, product), share in zip(pairs, reversed(shares), strict=True):
            residue += (share - scalar_product(change, residue) / product) * step
        return -np.where(free, residue, 0.0)

    def _line_search(
        self, function: Function, at: FloatArray, value: float, gradient: FloatArray, step: FloatArray
    ) -> tuple[FloatArray, float, FloatArray] | None:
        length = 1.0
        for _ in range(MAXIMUM_HALVINGS):
            there = np.clip(at + length * step, 0.0, self.upper)
            lower, slope = self._evaluated(function, there)
            if lower < value and lower <= value + SUFFICIENT_DECREASE * scalar_product(gradient, there - at):
                return there, lower, slope
            length *= 0.5
        return None

    def _remember(self, step: FloatArray, change: FloatArray) -> None:
        self._steps.append(step)
        self._changes.append(change)
        if len(self._steps) > self.memory:
            del self._steps[0], self._changes[0]
