"""What digital patients showed of maps' errors that no fit of a voxel knows: bias, and error beyond the stated one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from impasto.core import ImpastoError
from impasto.target.zones.document_fields import number, only, tables, text

__all__ = [
    "AS_STATED",
    "BRAIN_PART",
    "REGION_PART",
    "CriterionCalibration",
    "MapCalibration",
    "PartTissue",
    "TissuePrior",
    "ZoneCalibration",
    "ZoneScaling",
    "zone_calibration",
]

_FORMAT = 1
REGION_PART, BRAIN_PART = "region", "brain"
_DOCUMENT = ("format", "name", "rule", "about", "measured_on", "maps", "criteria", "zones")
_ZONE = ("zone", "sharpness", "offset")
_CRITERION = ("criterion", "shift", "widening", "shared")
_MAP = ("map", "found_over_true", "shared_error", "local_error", "local_length_mm", "tissue")
_TISSUE = ("length_mm", "noise_factor", "over_brain", "loading", "parts")
_PART = ("part", "level", "level_error", "spread")


@dataclass(frozen=True)
class PartTissue:
    """What a map shows of one part of the tissue before it is seen, in the unit of :attr:`TissuePrior.over_brain`.

    Parameters
    ----------
    level, level_error : float
        Mean within the part, and its standard deviation between patients.
    spread : float
        Standard deviation within the part.
    """

    level: float
    level_error: float
    spread: float


_UNKNOWN_PART = PartTissue(1.0, 1.0, 0.5)


@dataclass(frozen=True)
class TissuePrior:
    """Tissue as digital patients have it: a smooth field around the levels of its parts.

    Parameters
    ----------
    parts : mapping of str to PartTissue
        ``"necrosis"``, ``"region"``, ``"ventricles"``, ``"brain"``.
    length_mm : float
        Correlation length of the field (Matern with smoothness 3/2 along each axis).
    noise_factor : float
        By which acquired voxels err more than their standard errors say.
    over_brain : bool
        Whether levels and spreads are multiples of what the map shows in brain: for maps of arbitrary unit.
    loading : float
        How far the field follows what varies in all maps of its acquisition, -1 to 1.
    """

    parts: Mapping[str, PartTissue]
    length_mm: float
    noise_factor: float = 1.0
    over_brain: bool = False
    loading: float = 0.0

    def of(self, part: str) -> PartTissue:
        """Return what is known of a part; next to nothing of one that is not named."""
        return self.parts.get(part, _UNKNOWN_PART)


@dataclass(frozen=True)
class MapCalibration:
    """Errors of one map in enhancing tissue, relative to its value there.

    Parameters
    ----------
    found_over_true : float
        What the map shows of the true value, relative to how it shows reference tissue: values are divided by it.
    shared_error : float
        Standard deviation between patients of the error that all voxels share.
    local_error : float
        Standard deviation, within a patient, of the error beyond that of fit, noise and point spread.
    local_length_mm : float
        Over which local errors go together (Matern with smoothness 3/2 along each axis).
    tissue : TissuePrior, optional
        What is assumed of the tissue behind the map; without it the map itself must tell.

    Raises
    ------
    ImpastoError
        When a number cannot be meant.
    """

    found_over_true: float = 1.0
    shared_error: float = 0.0
    local_error: float = 0.0
    local_length_mm: float = 5.0
    tissue: TissuePrior | None = None

    def __post_init__(self) -> None:
        if (
            not min(self.found_over_true, self.local_length_mm) > 0.0
            or not min(self.shared_error, self.local_error) >= 0.0
        ):
            raise ImpastoError(
                "calibration", f"{self} cannot be", "give a factor and a length above 0, errors of 0 or more"
            )


@dataclass(frozen=True)
class CriterionCalibration:
    """What is left after the maps are calibrated: how far a criterion's deviate can be believed.

    The deviate is the mean of a criterion's margin over its standard deviation between draws. Drawn as they are,
    margins meet the criterion with probability ``Phi(deviate)``; on digital patients it is
    ``Phi((deviate - shift) / sqrt(widening^2 + shared^2))``.

    Parameters
    ----------
    shift : float
        Standard deviations by which the criterion seems met too easily.
    widening : float
        By which draws lie too close to their mean.
    shared : float
        Standard deviation of the shift between patients.

    Raises
    ------
    ImpastoError
        When a number cannot be meant.
    """

    shift: float = 0.0
    widening: float = 1.0
    shared: float = 0.0

    def __post_init__(self) -> None:
        if not self.widening > 0.0 or not self.shared >= 0.0:
            raise ImpastoError("calibration", f"{self}", "give a widening above 0 and an error of 0 or more")


@dataclass(frozen=True)
class ZoneScaling:
    """What is left after criteria are calibrated: how far the share of draws in a zone can be believed.

    The probability of zone `k` becomes proportional to ``p_k^sharpness_k exp(offset_k)`` (vector scaling; Guo 2017).

    Parameters
    ----------
    sharpness : float
        Below 1 where shares of draws lie too close to zero and one.
    offset : float
        Of the logarithm.
    """

    sharpness: float = 1.0
    offset: float = 0.0


AS_STATED = MapCalibration()
"""Maps count as they are."""


@dataclass(frozen=True)
class ZoneCalibration:
    """Calibrations of maps, and where they come from.

    Parameters
    ----------
    name, about, measured_on : str
    maps : mapping of str to MapCalibration
        By the map's name; others count as they are.
    criteria : mapping of str to CriterionCalibration
        By the criterion's name; others count as drawn.
    rule : str
        The zone rule that it was measured with; empty for any. Other rules ask other tissue, and do without.
    zones : mapping of str to ZoneScaling
        By the zone's name; used for rules whose zones are all there.
    """

    name: str
    about: str = ""
    measured_on: str = ""
    maps: Mapping[str, MapCalibration] = field(default_factory=lambda: MappingProxyType({}))
    criteria: Mapping[str, CriterionCalibration] = field(default_factory=lambda: MappingProxyType({}))
    rule: str = ""
    zones: Mapping[str, ZoneScaling] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, name: str) -> MapCalibration:
        """Calibration of a map; one that changes nothing where there is none."""
        return self.maps.get(name, AS_STATED)


def zone_calibration(document: Mapping[str, Any], subject: str) -> ZoneCalibration:
    """Check a parsed TOML document and build the calibration that it describes.

    Parameters
    ----------
    document : mapping
        ``format = 1``, ``name``, ``rule``, ``about`` and ``measured_on``; the list ``maps`` of tables with ``map`` and
        the fields of :class:`MapCalibration`; optionally the list ``criteria`` of tables with ``criterion`` and the
        fields of :class:`CriterionCalibration`, and ``zones`` with ``zone`` and those of :class:`ZoneScaling`.
    subject : str
        Name of the file, for messages.

    Returns
    -------
    ZoneCalibration

    Raises
    ------
    ImpastoError
        When a key is unknown, missing, or of the wrong kind; it says where.
    """
    only(document, _DOCUMENT, subject)
    if document.get("format") != _FORMAT:
        raise ImpastoError(subject, f"format is {document.get('format')!r}", f"write format = {_FORMAT} at its top")
    maps = {}
    for place, item in enumerate(tables(document, "maps", subject)):
        where = f"{subject}: maps[{place}]"
        only(item, _MAP, where)
        values = {key: number(item, key, where, getattr(AS_STATED, key)) for key in _MAP[1:-1]}
        prior = _tissue(item["tissue"], f"{where}.tissue") if "tissue" in item else None
        maps[text(item, "map", where)] = MapCalibration(**values, tissue=prior)
    name, rule, about, measured_on = (text(document, key, subject) for key in ("name", "rule", "about", "measured_on"))
    criteria = _criteria(document, subject) if "criteria" in document else {}
    zones = _zones(document, subject) if "zones" in document else {}
    return ZoneCalibration(
        name, about, measured_on, MappingProxyType(maps), MappingProxyType(criteria), rule, MappingProxyType(zones)
    )


def _zones(document: Mapping[str, Any], subject: str) -> dict[str, ZoneScaling]:
    zones = {}
    for place, item in enumerate(tables(document, "zones", subject)):
        where = f"{subject}: zones[{place}]"
        only(item, _ZONE, where)
        scaling = ZoneScaling(number(item, "sharpness", where), number(item, "offset", where))
        zones[text(item, "zone", where)] = scaling
    return zones


def _criteria(document: Mapping[str, Any], subject: str) -> dict[str, CriterionCalibration]:
    criteria = {}
    for place, item in enumerate(tables(document, "criteria", subject)):
        where = f"{subject}: criteria[{place}]"
        only(item, _CRITERION, where)
        values = (number(item, "shift", where), number(item, "widening", where), number(item, "shared", where, 0.0))
        criteria[text(item, "criterion", where)] = CriterionCalibration(*values)
    return criteria


def _tissue(item: Mapping[str, Any], where: str) -> TissuePrior:
    only(item, _TISSUE, where)
    parts = {}
    for place, part in enumerate(tables(item, "parts", where)):
        there = f"{where}.parts[{place}]"
        only(part, _PART, there)
        parts[text(part, "part", there)] = PartTissue(*(number(part, key, there) for key in _PART[1:]))
    return TissuePrior(
        MappingProxyType(parts),
        number(item, "length_mm", where),
        number(item, "noise_factor", where, 1.0),
        bool(item.get("over_brain", False)),
        number(item, "loading", where, 0.0),
    )
