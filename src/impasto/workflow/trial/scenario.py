"""The worlds that are compared: the assumptions as they are, every combination of the grid, and the named others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from impasto.workflow.trial.assumptions import Assumptions

__all__ = ["ALPHA", "SENSITIVITY", "SPREAD", "Scenario", "scenarios_of"]

ALPHA, SPREAD, SENSITIVITY = "radiosensitivity.alpha_per_gy", "radiosensitivity.alpha_spread", "mrsi.sensitivity"
_NOT_OF_CONTROLS = ("mrsi.", "dose.boost_gy", "dose.marked_margin_mm", "dose.not_boosted")


@dataclass(frozen=True)
class Scenario:
    """A world.

    Parameters
    ----------
    name : str
    kind : {"assumed", "grid", "world"}
    changes : tuple of (str, float)
        Values that differ from the assumptions, by path.
    """

    name: str
    kind: str
    changes: tuple[tuple[str, float], ...] = ()

    def of(self, assumptions: Assumptions) -> Assumptions:
        """Return what is assumed in this world."""
        return assumptions.with_values(dict(self.changes))

    @property
    def control_changes(self) -> tuple[tuple[str, float], ...]:
        """Changes that the control arm feels: what growth is calibrated anew for."""
        return tuple(change for change in self.changes if not change[0].startswith(_NOT_OF_CONTROLS))


def scenarios_of(assumptions: Assumptions) -> tuple[Scenario, ...]:
    """List the worlds, the assumed one first."""
    grid = assumptions.grid
    axes = (grid.alpha_per_gy.values, grid.alpha_spread.values, grid.sensitivity.values)
    combined = tuple(
        Scenario(
            f"alpha {alpha:g} /Gy, spread {spread:g}, sensitivity {sensitivity:g}", "grid",
            ((ALPHA, alpha), (SPREAD, spread), (SENSITIVITY, sensitivity)),
        )
        for alpha, spread, sensitivity in product(*axes)
    )  # fmt: skip
    others = tuple(Scenario(name, "world", tuple(changes.items())) for name, changes in assumptions.worlds.items())
    return (Scenario("as assumed", "assumed"), *others, *combined)
