"""RANO along a patient's scans: each rule by a course that turns on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.outcome.response import (
    EarlyFinding,
    Measure,
    Pathology,
    Response,
    ResponseCourse,
    Timepoint,
    Trend,
    assess_response,
    early_progression,
    response_criteria,
)

START = date(2026, 1, 1)
RANO_2010, RANO_2 = response_criteria("rano-2010"), response_criteria("rano-2")
LATE = START - timedelta(days=365)
"""Radiotherapy a year before the first scan."""


def scan(day: int, size: float, **known: Any) -> Timepoint:
    """A scan whose products and volumes are the same number; steroids none unless said."""
    marks = {"steroid_mg": 0.0, "shows_enhancement": size > 0.0} | known
    return Timepoint(START + timedelta(days=day), product_mm2=size, volume_ml=size, **marks)


def shorts(course: ResponseCourse) -> list[str]:
    return [one.response.short for one in course.assessments]


def judged(*scans: Timepoint) -> list[str]:
    return shorts(assess_response(scans, RANO_2010, LATE))


def test_limits_of_products_hold_to_the_percent() -> None:
    assert judged(scan(0, 400.0), scan(60, 499.9), scan(120, 500.0)) == ["baseline", "SD", "PD"]
    assert judged(scan(0, 400.0), scan(60, 200.1), scan(120, 200.1)) == ["baseline", "SD", "SD"]
    assert judged(scan(0, 400.0), scan(60, 200.0), scan(120, 200.0)) == ["baseline", "PR", "PR"]


def test_limits_of_volumes_hold_to_the_percent() -> None:
    volumes = response_criteria("rano-2010", Measure.VOLUME)
    grown = assess_response([scan(0, 10.0), scan(60, 13.99), scan(120, 14.0)], volumes, LATE)
    assert shorts(grown) == ["baseline", "SD", "PD"]
    shrunk = assess_response([scan(0, 10.0), scan(60, 3.5), scan(120, 3.5)], volumes, LATE)
    assert shorts(shrunk) == ["baseline", "PR", "PR"]
    assert shorts(assess_response([scan(0, 10.0), scan(60, 3.51), scan(120, 3.51)], volumes, LATE))[1:] == ["SD", "SD"]


def test_progression_counts_from_the_smallest_size() -> None:
    course = assess_response([scan(0, 400.0), scan(60, 100.0), scan(120, 100.0), scan(180, 130.0)], RANO_2010, LATE)
    assert shorts(course) == ["baseline", "PR", "PR", "PD"]
    assert course.best is Response.PARTIAL
    assert course.progression == START + timedelta(days=180)
    assert course.days_to_progression == 180
    assert course.assessments[-1].from_baseline == pytest.approx(-0.675)
    assert course.assessments[-1].from_nadir == pytest.approx(0.3)


def test_a_response_lasts_four_weeks_or_is_stable_disease() -> None:
    assert judged(scan(0, 400.0), scan(60, 150.0), scan(87, 150.0), scan(150, 300.0))[1:] == ["SD", "SD", "PD"]
    assert judged(scan(0, 400.0), scan(60, 150.0), scan(88, 150.0), scan(150, 300.0))[1:] == ["PR", "PR", "PD"]
    assert judged(scan(0, 400.0), scan(60, 150.0)) == ["baseline", "SD"]
    # scans every two weeks: the first and the third confirm each other, and the one between
    assert judged(scan(0, 400.0), scan(60, 150.0), scan(74, 150.0), scan(88, 150.0))[1:] == ["PR"] * 3


def test_nothing_left_is_complete_only_without_corticosteroids() -> None:
    assert judged(scan(0, 400.0), scan(60, 0.0), scan(90, 0.0))[1:] == ["CR", "CR"]
    treated = [scan(0, 400.0, steroid_mg=4.0), scan(60, 0.0, steroid_mg=2.0), scan(90, 0.0, steroid_mg=2.0)]
    assert judged(*treated)[1:] == ["PR", "PR"]
    # small enhancement that is not measurable is no complete response
    rest = {"shows_enhancement": True}
    assert judged(scan(0, 400.0), scan(60, 0.0, **rest), scan(90, 0.0, **rest))[1:] == ["PR", "PR"]
    # complete at first, partial for confirmation
    assert judged(scan(0, 400.0), scan(60, 0.0), scan(90, 0.0, **rest))[1:] == ["PR", "PR"]


def test_corticosteroids_decide_what_a_change_of_enhancement_means() -> None:
    tapered = [scan(0, 400.0, steroid_mg=8.0), scan(60, 600.0, steroid_mg=2.0)]
    course = assess_response(tapered, RANO_2010, LATE)
    assert shorts(course) == ["baseline", "SD"]
    assert "fewer corticosteroids" in " ".join(course.assessments[1].reasons)
    raised = [scan(0, 400.0, steroid_mg=2.0), *(scan(day, 150.0, steroid_mg=8.0) for day in (60, 90))]
    assert judged(*raised)[1:] == ["SD", "SD"]
    # more of them alone are no progression
    assert judged(scan(0, 400.0, steroid_mg=2.0), scan(60, 400.0, steroid_mg=8.0))[1] == "SD"


def test_unknown_corticosteroids_are_taken_as_unchanged_and_said() -> None:
    course = assess_response([scan(0, 400.0, steroid_mg=4.0), scan(60, 600.0, steroid_mg=None)], RANO_2010, LATE)
    assert shorts(course) == ["baseline", "PD"]
    assert "not known on 2026-03-02" in " ".join(course.notes)


@pytest.mark.parametrize(
    "sign",
    [{"new_lesion": True}, {"non_measurable": Trend.WORSE}, {"clinical": Trend.WORSE}, {"t2_flair": Trend.WORSE}],
)
def test_other_signs_are_progression_whatever_the_size(sign: dict[str, Any]) -> None:
    assert judged(scan(0, 400.0), scan(60, 100.0, **sign), scan(120, 100.0)) == ["baseline", "PD", "PD"]


def test_t2_flair_counts_only_where_the_criteria_say_so() -> None:
    scans = [scan(0, 400.0), scan(60, 400.0, t2_flair=Trend.WORSE)]
    assert shorts(assess_response(scans, RANO_2, START - timedelta(days=1)))[1] == "SD"
    counted = response_criteria("rano-2", counts_t2_flair=True)
    assert shorts(assess_response(scans, counted, LATE))[1] == "PD"


def test_without_measurable_disease_the_best_is_stable() -> None:
    scans = [scan(0, 0.0, shows_enhancement=True), scan(60, 0.0), scan(90, 0.0)]
    course = assess_response(scans, RANO_2010, LATE, has_measurable_disease=False)
    assert course.best is Response.STABLE
    became = [*scans[:2], scan(90, 120.0)]
    assert shorts(assess_response(became, RANO_2010, LATE, has_measurable_disease=False))[-1] == "PD"


def test_within_twelve_weeks_growth_is_no_progression_unless_outside_the_field_or_proven() -> None:
    ended = START - timedelta(days=28)
    for known, expected in (
        ({}, "SD"),
        ({"outside_field": True}, "PD"),
        ({"pathology": Pathology.TUMOUR}, "PD"),
        ({"outside_field": True, "pathology": Pathology.TREATMENT_EFFECT}, "SD"),
    ):
        course = assess_response([scan(0, 400.0), scan(56, 600.0, **known)], RANO_2010, ended)
        assert shorts(course)[1] == expected, known
    assert shorts(assess_response([scan(0, 400.0), scan(57, 600.0)], RANO_2010, ended))[1] == "PD"
    assert "not known" in assess_response([scan(0, 4.0), scan(9, 6.0)], RANO_2010).notes[0]


def test_rano_2_starts_after_radiotherapy_and_confirms_early_growth() -> None:
    ended = START + timedelta(days=50)
    before, after, early = scan(0, 100.0), scan(78, 400.0), scan(110, 600.0)
    waiting = assess_response([before, after, early], RANO_2, ended)
    assert shorts(waiting) == ["\u2013", "baseline", "prelim. PD"]
    assert waiting.progression is None
    confirmed = assess_response([before, after, early, scan(138, 600.0)], RANO_2, ended)
    assert shorts(confirmed)[2:] == ["PD", "PD"]
    assert confirmed.progression == early.date, "dated back to the first scan"
    refuted = assess_response([before, after, early, scan(138, 450.0), scan(200, 380.0)], RANO_2, ended)
    assert shorts(refuted)[2:] == ["SD", "SD", "SD"]
    assert refuted.progression is None
    too_soon = assess_response([before, after, early, scan(131, 600.0)], RANO_2, ended)
    assert shorts(too_soon)[2:] == ["prelim. PD", "prelim. PD"]
    proven = assess_response([before, after, replace(early, pathology=Pathology.TUMOUR)], RANO_2, ended)
    assert shorts(proven)[-1] == "PD"


def test_rano_2_needs_no_confirmation_later() -> None:
    ended = START + timedelta(days=50)
    course = assess_response([scan(78, 400.0), scan(135, 600.0)], RANO_2, ended)
    assert shorts(course) == ["baseline", "PD"]


def test_a_stricter_confirmation_may_be_asked_for() -> None:
    strict = replace(RANO_2, confirmation_rise=0.25)
    ended = START - timedelta(days=1)
    scans = [scan(0, 400.0), scan(40, 600.0), scan(70, 700.0)]
    assert shorts(assess_response(scans, RANO_2, ended))[1] == "PD"
    assert shorts(assess_response(scans, strict, ended))[1] == "SD"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1.0, 1000.0), min_size=2, max_size=6), st.floats(0.01, 100.0), st.randoms())
def test_unit_and_order_of_scans_do_not_matter(sizes: list[float], factor: float, shuffle: Any) -> None:
    scans = [scan(60 * place, size) for place, size in enumerate(sizes)]
    scaled = [scan(60 * place, factor * size) for place, size in enumerate(sizes)]
    shuffle.shuffle(scaled)
    assert judged(*scans) == judged(*scaled)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1.0, 1000.0), min_size=3, max_size=6))
def test_later_scans_change_no_progression(sizes: list[float]) -> None:
    scans = [scan(60 * place, size) for place, size in enumerate(sizes)]
    whole = assess_response(scans, RANO_2010, LATE)
    part = assess_response(scans[:-1], RANO_2010, LATE)
    if part.progression is not None:
        assert whole.progression == part.progression


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ImpastoError, match="two scans"):
        judged(scan(0, 1.0), scan(0, 2.0))
    with pytest.raises(ImpastoError, match="has no volume"):
        assess_response([Timepoint(START, product_mm2=1.0)], response_criteria("rano-2010", Measure.VOLUME))
    with pytest.raises(ImpastoError, match="whose end is not known"):
        assess_response([scan(0, 1.0)], RANO_2)
    with pytest.raises(ImpastoError, match="no such criteria"):
        response_criteria("recist")
    with pytest.raises(ImpastoError, match="no size"):
        Timepoint(START)
    with pytest.raises(ImpastoError, match="has a size"):
        scan(0, 3.0, shows_enhancement=False)


@pytest.mark.parametrize(
    ("repeat", "known", "finding"),
    [
        (600.0, {}, EarlyFinding.PSEUDOPROGRESSION),
        (300.0, {}, EarlyFinding.PSEUDOPROGRESSION),
        (800.0, {}, EarlyFinding.TRUE_PROGRESSION),
        (600.0, {"clinical": Trend.WORSE}, EarlyFinding.TRUE_PROGRESSION),
        (800.0, {"pathology": Pathology.TREATMENT_EFFECT}, EarlyFinding.PSEUDOPROGRESSION),
    ],
)
def test_the_scan_a_month_later_tells_pseudoprogression(
    repeat: float, known: dict[str, Any], finding: EarlyFinding
) -> None:
    ended = START - timedelta(days=30)
    course = assess_response([scan(0, 400.0), scan(60, 600.0), scan(90, repeat, **known)], RANO_2010, ended)
    found = early_progression(course, ended)
    assert (found.finding, found.suspected, found.settled) == (finding, START + timedelta(60), START + timedelta(90))


def test_late_suspicions_and_missing_repeats_are_told_apart() -> None:
    ended = START - timedelta(days=30)
    late = assess_response([scan(0, 400.0), scan(170, 600.0)], RANO_2010, ended)
    assert early_progression(late, ended).finding is EarlyFinding.NOT_SUSPECTED
    alone = assess_response([scan(0, 400.0), scan(60, 600.0), scan(150, 600.0)], RANO_2010, ended)
    found = early_progression(alone, ended)
    assert found.finding is EarlyFinding.OPEN
    assert "no scan 21 to 62 days later" in found.sentence()
