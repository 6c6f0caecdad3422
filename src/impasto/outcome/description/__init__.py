"""Description: patients' characteristics and adverse events, with named tests and exact limits."""

from impasto.outcome.description.adverse_events import ExactShare, GradedEvents, exact_share, grade_table
from impasto.outcome.description.named_tests import (
    NamedTest,
    chi_square_test,
    fisher_exact_test,
    kruskal_wallis_test,
    mann_whitney_test,
    t_test,
)
from impasto.outcome.description.rounding import HalfRule, percentage
from impasto.outcome.description.table_one import (
    CategoricalRow,
    CategoryTest,
    ContinuousRow,
    describe_categories,
    describe_values,
)

__all__ = [
    "CategoricalRow",
    "CategoryTest",
    "ContinuousRow",
    "ExactShare",
    "GradedEvents",
    "HalfRule",
    "NamedTest",
    "chi_square_test",
    "describe_categories",
    "describe_values",
    "exact_share",
    "fisher_exact_test",
    "grade_table",
    "kruskal_wallis_test",
    "mann_whitney_test",
    "percentage",
    "t_test",
]
