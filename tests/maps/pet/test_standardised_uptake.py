"""Standardised uptake: hand-computed truth, the scanner rules, and what a header must not lack."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from impasto.core import Grid, Image, ImpastoError, PetAcquisition
from impasto.maps.pet import (
    Normalisation,
    average_activity_time_s,
    body_surface_area_m2,
    decay_reference,
    lean_body_mass_james_kg,
    lean_body_mass_janmahasatian_kg,
    standardised_uptake,
)

F18_S = 6586.2
INJECTED = datetime(2024, 3, 1, 9, 0)
HEADER = PetAcquisition(
    units="BQML",
    corrections=("DECY", "ATTN", "SCAT"),
    decay_correction="START",
    weight_kg=80.0,
    height_m=1.80,
    sex="M",
    injected_dose_bq=400e6,
    half_life_s=F18_S,
    injection=INJECTED,
    series=INJECTED + timedelta(seconds=F18_S),
    acquisition=INJECTED + timedelta(seconds=F18_S + 30),
    frame_reference_time_s=300.0,
    frame_duration_s=240.0,
)


def activity(*values):
    data = np.array(values, dtype=np.float64).reshape(-1, 1, 1)
    return Image(data, Grid.axis_aligned(data.shape, (4, 4, 4), (0, 0, 0)), "activity concentration", "Bq/mL")


def test_evenly_spread_activity_has_an_uptake_of_one():
    """One half life after injection 200 MBq are left in 80 kg: 2500 Bq/g."""
    got = standardised_uptake(activity(2500.0, 10_000.0, 0.0), HEADER)
    assert got.image.data.ravel() == pytest.approx([1.0, 4.0, 0.0])
    assert got.image.unit == "g/mL"
    assert got.used["share left after decay"] == pytest.approx(0.5)
    assert got.used["time since injection [s]"] == F18_S
    assert got.used["rule"] == "series time (not later than the first acquisition)"


def test_by_hand_an_hour_after_injection():
    """370 MBq, 70 kg, 60 min: 2^(-3600 / 6586.2) = 0.684628; 12345 x 70000 / (370e6 x 0.684628) = 3.411456."""
    header = replace(
        HEADER, weight_kg=70.0, injected_dose_bq=370e6, series=INJECTED + timedelta(hours=1),
        acquisition=INJECTED + timedelta(hours=1),
    )  # fmt: skip
    assert standardised_uptake(activity(12345.0), header).image.data.item() == pytest.approx(3.4115, abs=2e-4)


@given(st.floats(30, 200), st.floats(50e6, 800e6), st.floats(0, 20_000), st.floats(0.1, 10))
def test_uptake_grows_with_weight_and_falls_with_dose(weight_kg, dose_bq, elapsed_s, factor):
    start = INJECTED + timedelta(seconds=elapsed_s)
    header = replace(HEADER, weight_kg=weight_kg, injected_dose_bq=dose_bq, series=start, acquisition=start)
    once = standardised_uptake(activity(5000.0), header).image.data.item()
    heavier = standardised_uptake(activity(5000.0), replace(header, weight_kg=factor * weight_kg))
    stronger = standardised_uptake(activity(5000.0), replace(header, injected_dose_bq=factor * dose_bq))
    assert heavier.image.data.item() == pytest.approx(factor * once, rel=1e-5)
    assert stronger.image.data.item() == pytest.approx(once / factor, rel=1e-5)
    # an evenly filled phantom whose activity decays with the dose always shows 1
    even = dose_bq * 0.5 ** ((start - INJECTED).total_seconds() / F18_S) / (1000 * weight_kg)
    assert standardised_uptake(activity(even), header).image.data.item() == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize(("duration_s", "half_life_s"), [(240, F18_S), (1200, F18_S), (600, 1223.4), (3600, 122.2)])
def test_time_of_average_activity_by_integration(duration_s, half_life_s):
    """The instant at which the decaying activity equals its mean over the frame, found without the closed form."""

    def left(t):
        return 0.5 ** (t / half_life_s)

    mean = quad(left, 0, duration_s)[0] / duration_s
    instant = brentq(lambda t: left(t) - mean, 0, duration_s)
    assert average_activity_time_s(duration_s, half_life_s) == pytest.approx(instant, rel=1e-7)


LATER = replace(HEADER, series=HEADER.acquisition + timedelta(hours=5))


def test_admin_needs_no_further_decay():
    header = replace(HEADER, decay_correction="ADMIN", injection=None, series=None)
    got = standardised_uptake(activity(5000.0), header)
    assert got.image.data.item() == pytest.approx(1.0)
    assert got.used["share left after decay"] == 1.0


def test_post_processed_series_take_the_ge_scan_time():
    header = replace(LATER, ge_scan=INJECTED + timedelta(seconds=F18_S))
    reference = decay_reference(header)
    assert reference.elapsed_s == F18_S
    assert "GE private scan time (0009,100D)" in reference.rule


def test_without_it_the_start_comes_from_the_frame_times():
    """A scan that starts a half life after injection; the second bed position is the earliest one that is kept."""
    start = INJECTED + timedelta(seconds=F18_S)
    begins_s, lasts_s = 180.0, 240.0
    average_s = average_activity_time_s(lasts_s, F18_S)
    header = replace(
        LATER,
        acquisition=start + timedelta(seconds=begins_s),
        frame_duration_s=lasts_s,
        frame_reference_time_s=begins_s + average_s,
    )
    reference = decay_reference(header)
    assert reference.elapsed_s == pytest.approx(F18_S, abs=1e-5)
    assert "frame reference time" in reference.rule
    assert standardised_uptake(activity(2500.0), header).image.data.item() == pytest.approx(1.0)


def test_the_series_time_counts_only_when_it_is_not_later():
    same = replace(HEADER, series=HEADER.acquisition)
    assert decay_reference(same).elapsed_s == F18_S + 30
    later = replace(HEADER, series=HEADER.acquisition + timedelta(seconds=1))
    assert decay_reference(later).rule.startswith("first acquisition")
    alone = replace(HEADER, acquisition=None)
    assert decay_reference(alone).rule == "series time (there is no acquisition time to compare it with)"


def test_philips_counts():
    counts = replace(HEADER, units="CNTS")
    by_suv = standardised_uptake(
        activity(1000.0), replace(counts, philips_suv_factor=0.002, philips_activity_factor=9.0)
    )
    assert by_suv.image.data.item() == pytest.approx(2.0)
    assert by_suv.used["Philips SUV factor"] == 0.002
    by_activity = standardised_uptake(activity(1000.0), replace(counts, philips_activity_factor=2.5))
    assert by_activity.image.data.item() == pytest.approx(1.0)
    with pytest.raises(ImpastoError, match=r"are counts, and no Philips factor \(7053,1000\) or \(7053,1009\)"):
        standardised_uptake(activity(1000.0), counts)
    with pytest.raises(ImpastoError, match="lacks ATTN"):
        standardised_uptake(activity(1.0), replace(counts, philips_suv_factor=0.002, corrections=("DECY",)))


def test_gml_is_uptake_already():
    bare = PetAcquisition(units="GML", corrections=(), decay_correction="", weight_kg=80.0, height_m=1.8, sex="M")
    got = standardised_uptake(activity(3.5), bare)
    assert got.image.data.item() == 3.5
    assert "already" in got.used["rule"]
    lean = standardised_uptake(activity(3.5), bare, Normalisation.LEAN_BODY_MASS_JAMES)
    assert lean.image.data.item() == pytest.approx(3.5 * 62.7160 / 80.0, rel=1e-4)


def test_other_normalisations_by_hand():
    """80 kg, 1.80 m, male: lean mass 9270 x 80 / (6680 + 216 x 24.6914) = 61.729 kg; surface 1.9964 m2."""
    for normalisation, measure, unit in (
        (Normalisation.LEAN_BODY_MASS_JANMAHASATIAN, 61.729, "g/mL"),
        (Normalisation.LEAN_BODY_MASS_JAMES, 1.10 * 80 - 128 * (80 / 180) ** 2, "g/mL"),
        (Normalisation.BODY_SURFACE_AREA, 10 * 1.9964, "cm2/mL"),
    ):
        got = standardised_uptake(activity(2500.0), HEADER, normalisation)
        assert got.image.data.item() == pytest.approx(measure / 80.0, rel=1e-4)
        assert got.image.unit == unit
        assert str(normalisation) in got.image.quantity


def test_body_measures_of_women():
    """60 kg, 1.65 m: BMI 22.0386; 9270 x 60 / (8780 + 244 x 22.0386) = 39.28; 1.07 x 60 - 148 (60/165)^2 = 44.63."""
    assert lean_body_mass_janmahasatian_kg(60.0, 1.65, "F") == pytest.approx(39.28, abs=0.01)
    assert lean_body_mass_james_kg(60.0, 1.65, "F") == pytest.approx(44.63, abs=0.01)
    assert body_surface_area_m2(60.0, 1.65) == pytest.approx(0.007184 * 60**0.425 * 165**0.725)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight_kg": None}, r"Patient's Weight \(0010,1030\): is missing"),
        ({"weight_kg": 0.0}, r"Patient's Weight \(0010,1030\): is 0 kg"),
        ({"injected_dose_bq": None}, r"Radionuclide Total Dose \(0018,1074\): is missing"),
        ({"half_life_s": None}, r"Radionuclide Half Life \(0018,1075\): is missing"),
        ({"injection": None}, r"Radiopharmaceutical Start DateTime \(0018,1078\): is missing"),
        ({"injection": INJECTED + timedelta(days=1)}, "before the time that the series refers to"),
        ({"injection": INJECTED - timedelta(days=400)}, "correct the injection time"),
        ({"corrections": ("ATTN",)}, r"Corrected Image \(0028,0051\): lacks DECY"),
        ({"corrections": ()}, "lacks ATTN and DECY"),
        ({"decay_correction": "NONE"}, r"Decay Correction \(0054,1102\): is NONE"),
        ({"decay_correction": ""}, r"Decay Correction \(0054,1102\): is missing"),
        ({"units": "PROPCPS"}, r"Units \(0054,1001\): are 'PROPCPS'; export the series in Bq/mL"),
        ({"series": None, "frame_duration_s": None}, "restore Acquisition Time, Frame Reference Time"),
    ],
)
def test_what_is_missing_is_named(change, said):
    with pytest.raises(ImpastoError, match=said):
        standardised_uptake(activity(2500.0), replace(HEADER, **change))


@pytest.mark.parametrize(
    ("change", "normalisation", "said"),
    [
        ({"sex": "O"}, Normalisation.LEAN_BODY_MASS_JAMES, r"Patient's Sex \(0010,0040\): is not M or F"),
        ({"height_m": None}, Normalisation.BODY_SURFACE_AREA, r"Patient's Size \(0010,1020\): is missing"),
        ({"weight_kg": 180.0}, Normalisation.LEAN_BODY_MASS_JAMES, "beyond the range of James' lean body mass"),
    ],
)
def test_body_measures_need_their_facts(change, normalisation, said):
    with pytest.raises(ImpastoError, match=said):
        standardised_uptake(activity(2500.0), replace(HEADER, **change), normalisation)


def test_a_series_that_is_already_by_lean_mass_is_not_taken_for_body_weight() -> None:
    lean = PetAcquisition(units="GML", corrections=(), decay_correction="", suv_type="LBM")
    image = Image(np.ones((2, 2, 2)), Grid.centred((2, 2, 2), (1, 1, 1)), "SUV lean body mass", "g/mL")
    with pytest.raises(ImpastoError, match=r"SUV Type \(0054,1006\): is LBM"):
        standardised_uptake(image, lean)
