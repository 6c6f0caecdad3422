"""Margins of criteria as drawn, moved and widened as digital patients asked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.target.zones.calibration import CriterionCalibration
from impasto.target.zones.rule import ZoneRule

__all__ = ["CalibratedMargins"]


class CalibratedMargins:
    """Moves and widens the margins of criteria as their calibration says.

    The calibration speaks of the errors that digital patients have. Errors that are assumed beyond them, of whole maps
    and of registration, neither move a margin nor are widened. Errors that a patient shares go together within a group
    of criteria. Means and spreads are those of the first batch.
    """

    def __init__(self, rule: ZoneRule, known: Mapping[str, CriterionCalibration], draws: int, seed: int) -> None:
        self.known = known
        self.as_fitted: dict[str, tuple[FloatArray, FloatArray]] = {}
        self.in_all: dict[str, tuple[FloatArray, FloatArray]] = {}
        self.of_patient: dict[str, FloatArray] = {}
        for number, group in enumerate(rule.groups):
            noise = np.random.default_rng([seed, 2, number]).standard_normal(draws)
            self.of_patient.update({one.name: noise for one in group.criteria})

    def learn(self, drawn: Mapping[str, FloatArray]) -> None:
        """Take mean and spread of margins drawn without assumed errors."""
        self.as_fitted = {name: _moments(margin) for name, margin in drawn.items()}

    def margins(self, drawn: Mapping[str, FloatArray], rows: slice) -> dict[str, FloatArray]:
        """Calibrate the margins of a batch; `rows` are its draws among all."""
        found = {}
        for name, margin in drawn.items():
            if name not in self.in_all:
                self.in_all[name] = _moments(margin)
                self.as_fitted.setdefault(name, self.in_all[name])
            found[name] = margin
            if name in self.known:
                (mean, spread), one = self.in_all[name], self.known[name]
                own = np.minimum(self.as_fitted[name][1], spread)
                variance = (one.widening * own) ** 2 + spread**2 - own**2
                scale = np.divide(np.sqrt(variance), spread, out=np.ones_like(spread), where=spread > 0.0)
                shifts = one.shift - one.shared * self.of_patient[name][rows, None, None, None]
                found[name] = mean + scale * (margin - mean) - shifts * own
        return found

    def deviates(self) -> dict[str, FloatArray]:
        """Mean margin over its standard deviation, as fitted."""
        found: dict[str, FloatArray] = {}
        for name, (mean, spread) in self.as_fitted.items():
            found[name] = np.divide(mean, spread, out=np.zeros(mean.shape), where=spread > 0.0, dtype=np.float64)
        return found


def _moments(margin: FloatArray) -> tuple[FloatArray, FloatArray]:
    return margin.mean(axis=0), margin.std(axis=0, ddof=1)
