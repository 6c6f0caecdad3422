"""Trial design: events, patients, sequential boundaries, allocation, and how a design behaves."""

from impasto.outcome.design.accrual import (
    AccrualPlan,
    SampleSize,
    event_probability,
    expected_events,
    exponential_hazard,
    sample_size,
    time_of_events,
)
from impasto.outcome.design.allocation import Allocation, Arms
from impasto.outcome.design.boundaries import (
    Boundaries,
    BoundaryFamily,
    equal_looks,
    named_boundaries,
    spending_boundaries,
    wang_tsiatis_boundaries,
)
from impasto.outcome.design.conditional_power import ConditionalPower, conditional_power
from impasto.outcome.design.crossing import crossing_probabilities
from impasto.outcome.design.events import (
    EventFormula,
    Sidedness,
    detectable_hazard_ratio,
    hazard_ratio_from_survival,
    power_of_events,
    required_events,
)
from impasto.outcome.design.futility import FutilityBoundaries, futility_boundaries
from impasto.outcome.design.looks import Looks, look_at, look_when
from impasto.outcome.design.medians import median_when
from impasto.outcome.design.minimisation import (
    Imbalance,
    MinimisationRule,
    audit_minimisation,
    minimise,
    minimise_next,
)
from impasto.outcome.design.operating_characteristics import (
    OperatingCharacteristics,
    Share,
    operating_characteristics,
)
from impasto.outcome.design.permuted_blocks import permuted_block_lists
from impasto.outcome.design.sequential_trial import (
    SequentialTrial,
    log_rank_drift,
    sequential_power,
    sequential_trial,
)
from impasto.outcome.design.simulated_trials import SimulatedTrials, TrialScenario, simulate_trials
from impasto.outcome.design.spending import Spending, SpendingKind

__all__ = [
    "AccrualPlan",
    "Allocation",
    "Arms",
    "Boundaries",
    "BoundaryFamily",
    "ConditionalPower",
    "EventFormula",
    "FutilityBoundaries",
    "Imbalance",
    "Looks",
    "MinimisationRule",
    "OperatingCharacteristics",
    "SampleSize",
    "SequentialTrial",
    "Share",
    "Sidedness",
    "SimulatedTrials",
    "Spending",
    "SpendingKind",
    "TrialScenario",
    "audit_minimisation",
    "conditional_power",
    "crossing_probabilities",
    "detectable_hazard_ratio",
    "equal_looks",
    "event_probability",
    "expected_events",
    "exponential_hazard",
    "futility_boundaries",
    "hazard_ratio_from_survival",
    "log_rank_drift",
    "look_at",
    "look_when",
    "median_when",
    "minimise",
    "minimise_next",
    "named_boundaries",
    "operating_characteristics",
    "permuted_block_lists",
    "power_of_events",
    "required_events",
    "sample_size",
    "sequential_power",
    "sequential_trial",
    "simulate_trials",
    "spending_boundaries",
    "time_of_events",
    "wang_tsiatis_boundaries",
]
