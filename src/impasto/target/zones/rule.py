"""Rules that turn maps into biological zones: which map must be raised how much, and how many make which zone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from impasto.core import ImpastoError

__all__ = ["Criterion", "CriterionGroup", "Direction", "RaisedBy", "Zone", "ZoneRule"]


class RaisedBy(StrEnum):
    """What a threshold is counted in."""

    VALUE = "value"
    """The map's own unit; the reference tissue is not asked."""
    RATIO = "ratio"
    """Multiples of the reference tissue's mean."""
    Z_SCORE = "z-score"
    """Standard deviations of the reference tissue's voxels beyond its mean."""
    PERCENTILE = "percentile"
    """Percentile of the reference tissue's voxels, 0 to 100."""


class Direction(StrEnum):
    """On which side of the threshold a criterion is met."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True)
class Criterion:
    """One map, or a ratio of two, beyond a threshold.

    Parameters
    ----------
    name : str
        As reports show it: ``"Cho/NAA"``.
    map : str
        Name of the map, or of the ratio's numerator.
    threshold : float
        In what `raised_by` says; a voxel at the threshold meets the criterion.
    raised_by : RaisedBy
    over : str, optional
        Map of the ratio's denominator. The ratio is never formed: ``a / b >= t`` is judged as ``a - t b >= 0``, which
        noise in a small denominator does not upset (Fieller 1954).
    factor : float
        By which the map or ratio is multiplied before it is compared: 3 makes a ratio of concentrations of choline and
        NAA one of peak areas, for nine protons stand against three.
    direction : Direction

    Raises
    ------
    ImpastoError
        When a number cannot be meant.
    """

    name: str
    map: str
    threshold: float
    raised_by: RaisedBy = RaisedBy.VALUE
    over: str | None = None
    factor: float = 1.0
    direction: Direction = Direction.ABOVE

    def __post_init__(self) -> None:
        if not self.factor > 0.0:
            raise ImpastoError(self.name, f"a factor of {self.factor:g}", "give one above 0")
        if self.raised_by is RaisedBy.PERCENTILE and not 0.0 < self.threshold < 100.0:
            raise ImpastoError(self.name, f"percentile {self.threshold:g}", "give one between 0 and 100")
        if self.raised_by is RaisedBy.RATIO and not self.threshold > 0.0:
            raise ImpastoError(self.name, f"{self.threshold:g} times the reference tissue", "give a multiple above 0")

    @property
    def maps(self) -> tuple[str, ...]:
        """The maps it needs."""
        return (self.map,) if self.over is None else (self.map, self.over)

    @property
    def words(self) -> str:
        """The criterion as a reader sees it."""
        sign = "≥" if self.direction is Direction.ABOVE else "≤"
        meaning = {
            RaisedBy.VALUE: "",
            RaisedBy.RATIO: " × reference tissue",
            RaisedBy.Z_SCORE: " SD from reference tissue",
            RaisedBy.PERCENTILE: "th percentile of reference tissue",
        }
        return f"{self.name} {sign} {self.threshold:g}{meaning[self.raised_by]}"


@dataclass(frozen=True)
class CriterionGroup:
    """Criteria that count as one: met when any, or all, of them are.

    Parameters
    ----------
    name : str
    criteria : tuple of Criterion
    all_needed : bool
    error_correlation : float
        Between the errors of its maps, 0 to 1: maps of one fit, as Ktrans and the area under the same curve, err
        together. Ratios that share a map share its error whatever stands here.

    Raises
    ------
    ImpastoError
        When there is no criterion or the correlation is not within 0 and 1.
    """

    name: str
    criteria: tuple[Criterion, ...]
    all_needed: bool = False
    error_correlation: float = 0.0

    def __post_init__(self) -> None:
        if not self.criteria:
            raise ImpastoError(self.name, "the group has no criterion", "give it one or more")
        if not 0.0 <= self.error_correlation <= 1.0:
            problem = f"a correlation of errors of {self.error_correlation:g}"
            raise ImpastoError(self.name, problem, "give one from 0 to 1")

    @property
    def words(self) -> str:
        """The group as a reader sees it."""
        return (" and " if self.all_needed else " or ").join(criterion.words for criterion in self.criteria)


@dataclass(frozen=True)
class Zone:
    """A part of the region, taken by what is not in an earlier zone.

    Parameters
    ----------
    name : str
    at_least : int
        Groups that must be met; 0 takes all that is left.
    within_mm : float, optional
        Also all voxels whose centres lie within this distance of `near`.
    near : str, optional
        An earlier zone.
    dose_gy : float, optional
        Level that the source prescribes; for information, prescriptions say their own.
    colour : tuple of int
    """

    name: str
    at_least: int
    within_mm: float | None = None
    near: str | None = None
    dose_gy: float | None = None
    colour: tuple[int, int, int] = (217, 70, 239)


@dataclass(frozen=True)
class ZoneRule:
    """What makes a voxel belong to which zone.

    Parameters
    ----------
    name, title, about : str
    groups : tuple of CriterionGroup
        Any number, over any maps.
    zones : tuple of Zone
        In order: a voxel belongs to the first whose condition it meets.
    sources : tuple of str
        Where the rule comes from, and each number that its paper leaves open.

    Raises
    ------
    ImpastoError
        When names repeat, a zone asks for more groups than there are, or lies near one that does not come before it.
    """

    name: str
    title: str
    groups: tuple[CriterionGroup, ...]
    zones: tuple[Zone, ...]
    about: str = ""
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.groups or not self.zones:
            raise ImpastoError(self.name, "it has no group of criteria or no zone", "give one or more of each")
        for names in ([g.name for g in self.groups], [z.name for z in self.zones], [c.name for c in self.criteria]):
            for name in names:
                if names.count(name) > 1:
                    raise ImpastoError(self.name, f"{name!r} stands twice", "give each its own name")
        earlier: list[str] = []
        for zone in self.zones:
            self._check(zone, earlier)
            earlier.append(zone.name)

    def _check(self, zone: Zone, earlier: list[str]) -> None:
        subject = f"{self.name}: zone {zone.name}"
        if not 0 <= zone.at_least <= len(self.groups):
            problem = f"needs {zone.at_least} groups to be met, of {len(self.groups)}"
            raise ImpastoError(subject, problem, f"give 0 to {len(self.groups)}")
        if (zone.near is None) != (zone.within_mm is None):
            raise ImpastoError(subject, "near and within_mm must come together", "give both or neither")
        if zone.near is not None and zone.near not in earlier:
            known = ", ".join(earlier) or "none stands before it"
            raise ImpastoError(subject, f"no zone before it is called {zone.near!r}", f"choose one of: {known}")
        if zone.within_mm is not None and not zone.within_mm >= 0.0:
            raise ImpastoError(subject, f"a distance of {zone.within_mm:g} mm", "give 0 or more")

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria, in the order of their groups."""
        return tuple(criterion for group in self.groups for criterion in group.criteria)

    @property
    def maps(self) -> tuple[str, ...]:
        """Names of the maps it can use, each once."""
        return tuple(dict.fromkeys(name for criterion in self.criteria for name in criterion.maps))

    @property
    def needs_reference(self) -> bool:
        """Whether any threshold is counted in reference tissue."""
        return any(criterion.raised_by is not RaisedBy.VALUE for criterion in self.criteria)

    def limited_to(self, maps: frozenset[str]) -> tuple[ZoneRule, tuple[str, ...]]:
        """Leave out criteria whose maps are not there, and groups that are left without any.

        Returns
        -------
        rule : ZoneRule
        left_out : tuple of str
            Names of the criteria that cannot be judged.

        Raises
        ------
        ImpastoError
            When a zone then needs more groups than are left.
        """
        groups, left_out = [], []
        for group in self.groups:
            kept = tuple(criterion for criterion in group.criteria if maps.issuperset(criterion.maps))
            lost = [criterion.name for criterion in group.criteria if criterion not in kept]
            left_out += lost
            if kept and not (group.all_needed and lost):
                groups.append(CriterionGroup(group.name, kept, group.all_needed, group.error_correlation))
        needed = max(zone.at_least for zone in self.zones)
        if len(groups) < max(needed, 1):
            missing = ", ".join(sorted({n for c in self.criteria for n in c.maps} - maps))
            problem = f"{len(groups)} of its {len(self.groups)} groups can be judged, a zone needs {max(needed, 1)}"
            raise ImpastoError(self.name, problem, f"give more of the maps {missing}")
        rule = ZoneRule(self.name, self.title, tuple(groups), self.zones, self.about, self.sources)
        return rule, tuple(left_out)
