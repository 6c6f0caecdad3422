"""Description: patients' characteristics and adverse events, with named tests and exact limits."""

from impasto.outcome.description.named_tests import (
    NamedTest,
    chi_square_test,
    fisher_exact_test,
    kruskal_wallis_test,
    mann_whitney_test,
    t_test,
)
from impasto.outcome.description.rounding import HalfRule, percentage

__all__ = [
    "HalfRule",
    "NamedTest",
    "chi_square_test",
    "fisher_exact_test",
    "kruskal_wallis_test",
    "mann_whitney_test",
    "percentage",
    "t_test",
]
