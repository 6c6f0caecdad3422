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

    Errors that a patient shares go together within a group of criteria. Mean and spread are those of the first batch.
    """

    def __init__(self, rule: ZoneRule, known: Mapping[str, CriterionCalibration], draws: int, seed: int) -> None:
        self.known = known
        self.moments: dict[str, tuple[FloatArray, FloatArray]] = {}
        self.of_patient: dict[str, FloatArray] = {}
        for number, group in enumerate(rule.groups):
            noise = np.random.default_rng([seed, 2, number]).standard_normal(draws)
            self.of_patient.update({one.name: noise for one in group.criteria})

    def margins(self, drawn: Mapping[str, FloatArray], rows: slice) -> dict[str, FloatArray]:
        """Calibrate the margins of a batch; `rows` are its draws among all."""
        found = {}
        for name, margin in drawn.items():
            if name not in self.moments:
                self.moments[name] = (margin.mean(axis=0), margin.std(axis=0, ddof=1))
            found[name] = margin
            if name in self.known:
                (mean, spread), one = self.moments[name], self.known[name]
                shifts = one.shift - one.shared * self.of_patient[name][rows, None, None, None]
                found[name] = mean + one.widening * (margin - mean) - shifts * spread
        return found

    def deviates(self) -> dict[str, FloatArray]:
        """Mean margin over its standard deviation, as drawn."""
        found: dict[str, FloatArray] = {}
        for name, (mean, spread) in self.moments.items():
            found[name] = np.divide(mean, spread, out=np.zeros(mean.shape), where=spread > 0.0, dtype=np.float64)
        return found
