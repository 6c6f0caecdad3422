"""Rules as data: reading a :class:`~impasto.target.zones.rule.ZoneRule` from a parsed TOML document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from impasto.core import ImpastoError
from impasto.target.zones.document_fields import choice, number, only, tables, text
from impasto.target.zones.rule import Criterion, CriterionGroup, Direction, RaisedBy, Zone, ZoneRule

__all__ = ["zone_rule"]

_FORMAT = 1
_RULE = ("format", "name", "title", "about", "sources", "groups", "zones")
_GROUP = ("name", "met_when", "error_correlation", "criteria")
_CRITERION = ("name", "map", "over", "factor", "raised_by", "threshold", "direction")
_ZONE = ("name", "at_least", "near", "within_mm", "dose_gy", "colour")


def zone_rule(document: Mapping[str, Any], subject: str) -> ZoneRule:
    """Check a parsed TOML document and build the rule that it describes.

    Parameters
    ----------
    document : mapping
        ``format = 1``, ``name``, ``title``, optional ``about`` and ``sources``, and the lists ``groups`` (``name``,
        ``met_when = "any" or "all"``, ``error_correlation``, ``criteria``) and ``zones``; keys as the fields of
        :class:`~impasto.target.zones.rule.Criterion` and :class:`~impasto.target.zones.rule.Zone`.
    subject : str
        Name of the file, for messages.

    Returns
    -------
    ZoneRule

    Raises
    ------
    ImpastoError
        When a key is unknown, missing, or of the wrong kind; it says where, and what is near it.
    """
    only(document, _RULE, subject)
    if document.get("format") != _FORMAT:
        raise ImpastoError(subject, f"format is {document.get('format')!r}", f"write format = {_FORMAT} at its top")
    groups = tuple(
        _group(item, f"{subject}: groups[{n}]") for n, item in enumerate(tables(document, "groups", subject))
    )
    zones = tuple(_zone(item, f"{subject}: zones[{n}]") for n, item in enumerate(tables(document, "zones", subject)))
    name, title = text(document, "name", subject), text(document, "title", subject)
    sources = document.get("sources", [])
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise ImpastoError(subject, "sources is not a list of sentences", 'write sources = ["Author year: ..."]')
    about = text(document, "about", subject) if "about" in document else ""
    return ZoneRule(name, title, groups, zones, about.strip(), tuple(sources))


def _group(item: Mapping[str, Any], where: str) -> CriterionGroup:
    only(item, _GROUP, where)
    met_when = item.get("met_when", "any")
    if met_when not in ("any", "all"):
        raise ImpastoError(where, f"met_when is {met_when!r}", 'write "any" or "all"')
    criteria = tuple(_criterion(one, f"{where}.criteria[{n}]") for n, one in enumerate(tables(item, "criteria", where)))
    return CriterionGroup(
        text(item, "name", where), criteria, met_when == "all", number(item, "error_correlation", where, 0.0)
    )


def _criterion(item: Mapping[str, Any], where: str) -> Criterion:
    only(item, _CRITERION, where)
    return Criterion(
        text(item, "name", where),
        text(item, "map", where),
        number(item, "threshold", where),
        choice(item, "raised_by", RaisedBy, where),
        text(item, "over", where) if "over" in item else None,
        number(item, "factor", where, 1.0),
        choice(item, "direction", Direction, where, Direction.ABOVE),
    )


def _zone(item: Mapping[str, Any], where: str) -> Zone:
    only(item, _ZONE, where)
    at_least = item.get("at_least")
    if not isinstance(at_least, int) or isinstance(at_least, bool):
        raise ImpastoError(where, f"at_least is {at_least!r}", "give how many groups must be met, 0 for what is left")
    colour = item.get("colour", [217, 70, 239])
    is_colour = isinstance(colour, list) and len(colour) == 3 and all(isinstance(c, int) for c in colour)
    if not is_colour or not all(0 <= c <= 255 for c in colour):
        raise ImpastoError(where, f"colour is {colour!r}", "give red, green and blue from 0 to 255")
    return Zone(
        text(item, "name", where),
        at_least,
        number(item, "within_mm", where) if "within_mm" in item else None,
        text(item, "near", where) if "near" in item else None,
        number(item, "dose_gy", where) if "dose_gy" in item else None,
        (colour[0], colour[1], colour[2]),
    )
