"""Numbers that a formula gives from others: isoeffective doses, events of a design, exact limits."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scipy.stats import beta

from impasto.core.errors import ImpastoError
from impasto.outcome.coherence.check import Check, Severity, range_check
from impasto.outcome.coherence.printed import Printed
from impasto.outcome.design import (
    AccrualPlan,
    detectable_hazard_ratio,
    exponential_hazard,
    hazard_ratio_from_survival,
    power_of_events,
    required_events,
    sample_size,
)
from impasto.radiobiology import eqd2_gy

__all__ = ["FORMULAS", "PrintedDerived", "check_derived", "progression_coverage"]


@dataclass(frozen=True)
class PrintedDerived:
    """A printed number, the formula that should give it, and its inputs.

    Parameters
    ----------
    name : str
    formula : str
        One of `FORMULAS`.
    inputs : mapping of str to Printed
    printed : Printed
    rounded : tuple of str
        Inputs that are themselves rounded; the others are exact.
    tolerance : float
        Allowed besides rounding: for a formula that holds for each patient and is asked of means.

    Raises
    ------
    ImpastoError
        When no formula has this name, or an input is missing or not one of its own.
    """

    name: str
    formula: str
    inputs: Mapping[str, Printed]
    printed: Printed
    rounded: tuple[str, ...] = ()
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if self.formula not in FORMULAS:
            problem = f"no formula has the name {self.formula!r}"
            raise ImpastoError(self.name, problem, f"name one of {', '.join(FORMULAS)}")
        needed = list(inspect.signature(FORMULAS[self.formula]).parameters)
        if sorted(needed) != sorted(self.inputs) or not set(self.rounded) <= set(needed):
            problem = f"{self.formula} has the inputs {', '.join(self.inputs)}"
            raise ImpastoError(self.name, problem, f"give {', '.join(needed)}")


def check_derived(item: PrintedDerived) -> list[Check]:
    """Hold a printed number against its formula; rounded inputs are tried at both ends of what they stand for."""
    formula = FORMULAS[item.formula]
    best = formula(**{name: number.value for name, number in item.inputs.items()})
    ends = [
        (number.low, number.high) if name in item.rounded else (number.value,) for name, number in item.inputs.items()
    ]
    corners = [formula(**dict(zip(item.inputs, corner, strict=True))) for corner in itertools.product(*ends)]
    said = ", ".join(f"{name} {number.text}" for name, number in item.inputs.items())
    bounds = (best, min(corners) - item.tolerance, max(corners) + item.tolerance)
    return [range_check(item.name, item.formula, item.printed, bounds, said, Severity.WARNING)]


def progression_coverage(sensitivity: float, specificity: float, lesion_ratio: float) -> float:
    """Progression coverage coefficient from sensitivity and specificity (Tran 2025).

    ``Se / (Se + b ((1 - Sp) + (1 - Se)))`` with ``b = 1 / (f + 1)``, where f is the ratio of lesion to other voxels of
    the target itself: then TP / (TP + a FP + b FN) with a = 1 - b.

    Examples
    --------
    >>> round(progression_coverage(0.95, 0.79, 0.02), 2)
    0.79
    """
    weight = 1.0 / (lesion_ratio + 1.0)
    return sensitivity / (sensitivity + weight * ((1.0 - specificity) + (1.0 - sensitivity)))


def _eqd2(dose_gy: float, fractions: float, alpha_beta_gy: float) -> float:
    return float(eqd2_gy(dose_gy, int(fractions), alpha_beta_gy))


def _cumulative_eqd2(first_eqd2_gy: float, dose_gy: float, fractions: float, alpha_beta_gy: float) -> float:
    return first_eqd2_gy + _eqd2(dose_gy, fractions, alpha_beta_gy)


def _schoenfeld(hazard_ratio: float, power: float, alpha: float) -> float:
    return required_events(hazard_ratio, power, alpha, "two-sided", 0.5, "schoenfeld")


def _freedman(hazard_ratio: float, power: float, alpha: float) -> float:
    return required_events(hazard_ratio, power, alpha, "two-sided", 0.5, "freedman")


def _power(events: float, hazard_ratio: float, alpha: float) -> float:
    return 100.0 * power_of_events(events, hazard_ratio, alpha, "two-sided", 0.5)


def _detectable(events: float, power: float, alpha: float) -> float:
    return detectable_hazard_ratio(events, power, alpha, "two-sided", 0.5)


def _hazard_ratio(control: float, experimental: float) -> float:
    return hazard_ratio_from_survival(control, experimental)


def _patients(events: float, control: float, at: float, hazard_ratio: float, accrual: float, follow_up: float) -> float:
    plan = AccrualPlan(accrual, follow_up, exponential_hazard(control, at), hazard_ratio)
    return float(sample_size(plan, events).patients)


def _upper_limit(count: float, of: float, confidence: float) -> float:
    tail = 0.5 * (1.0 - confidence / 100.0)
    return 100.0 if count >= of else float(100.0 * beta.ppf(1.0 - tail, count + 1.0, of - count))


def _lower_limit(count: float, of: float, confidence: float) -> float:
    tail = 0.5 * (1.0 - confidence / 100.0)
    return 0.0 if count <= 0 else float(100.0 * beta.ppf(tail, count, of - count + 1.0))


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole


FORMULAS: Mapping[str, Callable[..., float]] = {
    "EQD2": _eqd2,
    "cumulative EQD2": _cumulative_eqd2,
    "events (Schoenfeld)": _schoenfeld,
    "events (Freedman)": _freedman,
    "power in %": _power,
    "detectable hazard ratio": _detectable,
    "hazard ratio from survival": _hazard_ratio,
    "patients": _patients,
    "exact upper limit in %": _upper_limit,
    "exact lower limit in %": _lower_limit,
    "percent": _percent,
    "progression coverage": progression_coverage,
}
