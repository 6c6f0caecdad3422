"""Rules as data: what ships, what a user's file may say, and how mistakes in it are told."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path

import numpy as np
import pytest

import impasto
from impasto.core import ImpastoError
from impasto.target.zones import (
    OUTSIDE,
    Criterion,
    CriterionGroup,
    Direction,
    RaisedBy,
    Zone,
    ZoneRule,
    assigned_zones,
    criterion_margin,
    groups_met,
    read_threshold,
    zone_rule,
)

_RULES = Path(impasto.__file__).parent / "target" / "zones" / "rules"


def _document(name: str = "gamma-knife-painting") -> dict[str, object]:
    return tomllib.loads((_RULES / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(_RULES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_rule_that_ships_is_readable_and_named_as_its_file(path: Path) -> None:
    rule = zone_rule(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    assert rule.name == path.stem
    assert rule.sources


def test_the_zones_of_the_gamma_knife_paper() -> None:
    rule = zone_rule(_document(), "rule")
    assert [(zone.name, zone.at_least, zone.dose_gy) for zone in rule.zones] == [
        ("aggressive", 2, 18.0),
        ("penumbra", 1, 16.5),
        ("passive", 0, 15.0),
    ]
    assert rule.groups[0].words == "Cho/NAA ≥ 2 or Cho/Cr ≥ 2"


@pytest.mark.parametrize(
    ("place", "key", "value", "message"),
    [
        ((), "zonse", [], "did you mean zones"),
        ((), "format", 2, "write format = 1"),
        (("groups", 0), "met_when", "some", 'write "any" or "all"'),
        (("groups", 0, "criteria", 0), "raised_by", "sigma", "choose one of: value, ratio, z-score, percentile"),
        (("groups", 0, "criteria", 0), "threshold", "two", "groups.0..criteria.0.: threshold is 'two'; give a number"),
        (("groups", 2, "criteria", 0), "threshold", -1.0, "give a multiple above 0"),
        (("zones", 0), "at_least", 4, "needs 4 groups to be met, of 3"),
        (("zones", 1), "near", "agressive", "choose one of: aggressive"),
        (("zones", 1), "colour", [300, 0, 0], "from 0 to 255"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_its_place(
    place: tuple[str | int, ...], key: str, value: object, message: str
) -> None:
    document = copy.deepcopy(_document())
    item: object = document
    for step in place:
        item = item[step]  # type: ignore[index]
    item[key] = value  # type: ignore[index]
    with pytest.raises(ImpastoError, match=message):
        zone_rule(document, "rule")


def test_criteria_without_maps_are_left_out_until_a_zone_cannot_be_told() -> None:
    rule = zone_rule(_document(), "rule")
    limited, left_out = rule.limited_to(frozenset({"tcho", "tcr", "ktrans"}))
    assert [group.name for group in limited.groups] == ["metabolites", "permeability"]
    assert left_out == ("Cho/NAA", "IAUC60", "rCBV")
    with pytest.raises(ImpastoError, match="1 of its 3 groups can be judged, a zone needs 2"):
        rule.limited_to(frozenset({"rcbv"}))


def test_thresholds_of_a_normal_reference_tissue() -> None:
    values = np.random.default_rng(0).normal(10.0, 2.0, 20_000)
    share = np.ones(values.shape)

    def threshold(raised_by: RaisedBy, asked: float, direction: Direction = Direction.ABOVE) -> tuple[float, float]:
        found = read_threshold(Criterion("x", "x", asked, raised_by, direction=direction), values, share)
        return found.value, found.standard_error

    assert threshold(RaisedBy.VALUE, 3.0) == (3.0, 0.0)
    assert threshold(RaisedBy.RATIO, 1.75) == pytest.approx((17.5, 1.75 * 2.0 / np.sqrt(20_000)), rel=0.01)
    assert threshold(RaisedBy.Z_SCORE, 2.0)[0] == pytest.approx(14.0, rel=0.01)
    assert threshold(RaisedBy.Z_SCORE, 2.0, Direction.BELOW)[0] == pytest.approx(6.0, rel=0.02)
    assert threshold(RaisedBy.PERCENTILE, 97.5)[0] == pytest.approx(10.0 + 1.96 * 2.0, rel=0.01)


@pytest.mark.parametrize("raised_by", [RaisedBy.Z_SCORE, RaisedBy.PERCENTILE])
def test_the_error_of_a_threshold_is_that_of_repeated_references(raised_by: RaisedBy) -> None:
    criterion = Criterion("x", "x", 2.0 if raised_by is RaisedBy.Z_SCORE else 90.0, raised_by)
    many = np.random.default_rng(1).normal(0.0, 1.0, (400, 300))
    found = [read_threshold(criterion, values, np.ones(300)) for values in many]
    assert np.std([one.value for one in found]) == pytest.approx(found[0].standard_error, rel=0.2)


def test_a_missing_reference_is_told() -> None:
    with pytest.raises(ImpastoError, match="no reference tissue; draw contralateral white matter"):
        read_threshold(Criterion("rCBV", "rcbv", 1.75, RaisedBy.RATIO))


def test_a_ratio_is_judged_without_dividing() -> None:
    criterion = Criterion("Cho/NAA", "tcho", 2.0, over="tnaa", factor=3.0)
    margin = criterion_margin(criterion, 2.0, np.array([1.0, 1.0, 1.0]), np.array([1.6, 1.4, 0.0]))
    assert (margin >= 0.0).tolist() == [False, True, True]


def test_zones_count_groups_and_keep_their_distance() -> None:
    groups = tuple(CriterionGroup(name, (Criterion(name, name, 1.0),)) for name in "abc")
    zones = (Zone("aggressive", 2), Zone("penumbra", 1, 2.5, "aggressive"), Zone("passive", 0))
    rule = ZoneRule("test", "", groups, zones)
    met = {name: np.zeros((9, 1, 1), dtype=bool) for name in "abc"}
    met["a"][:2] = met["b"][1:2] = met["c"][7:8] = True
    labels = assigned_zones(rule, groups_met(rule, met), np.arange(9).reshape(9, 1, 1) < 8, np.full(3, 1.2))
    # voxel 1 meets two; 0, 2 and 3 lie within 2.5 mm of it; 7 meets one
    assert labels.ravel().tolist() == [1, 0, 1, 1, 2, 2, 2, 1, OUTSIDE]


def test_a_group_of_all_needs_all() -> None:
    group = CriterionGroup("both", (Criterion("a", "a", 1.0), Criterion("b", "b", 1.0)), all_needed=True)
    rule = ZoneRule("test", "", (group,), (Zone("one", 1),))
    met = {"a": np.array([True, True]), "b": np.array([True, False])}
    assert groups_met(rule, met).tolist() == [1, 0]
