"""How a plan of shots is searched for."""

from __future__ import annotations

from dataclasses import dataclass, field

from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.plan.gammaknife.planner.aims import RadiosurgeryAims
from impasto.plan.gammaknife.planner.placement import PackingSettings
from impasto.plan.gammaknife.planner.search import SearchSettings

__all__ = ["PlannerSettings"]


@dataclass(frozen=True)
class PlannerSettings:
    """How a plan is searched for.

    Parameters
    ----------
    packing : PackingSettings
    aims : RadiosurgeryAims
    search : SearchSettings
    coverage : float
        Share of every goal's target that must reach its level: times are scaled to it.
    least_scaling_ml : float
        A target below it that touches another is scaled together with that one, each voxel by its own level: the
        coldest 2 % of 0.5 ml are 10 mm^3, no more than a registration may be wrong by, and should not set the times of
        the whole plan. 0 lets each target stand for itself.
    isodose : float, optional
        Share of the largest dose that the highest level should be; free when not given.
    locked : tuple of Shot
        Stay as they are; the others are planned around them.
    """

    packing: PackingSettings = field(default_factory=PackingSettings)
    aims: RadiosurgeryAims = field(default_factory=RadiosurgeryAims)
    search: SearchSettings = field(default_factory=SearchSettings)
    coverage: float = 0.98
    least_scaling_ml: float = 0.5
    isodose: float | None = None
    locked: tuple[Shot, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.coverage < 1.0:
            raise ImpastoError("coverage", f"{self.coverage:g}", "give a share between 0 and 1, such as 0.98")
        if not self.least_scaling_ml >= 0.0:
            raise ImpastoError("least volume for scaling", f"{self.least_scaling_ml:g} ml", "give 0 ml or more")
        if self.isodose is not None and not 0.0 < self.isodose < 1.0:
            raise ImpastoError("prescription isodose", f"{self.isodose:g}", "give a share of the maximum, such as 0.5")
