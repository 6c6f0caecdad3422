"""Facts of PET headers: units of time, private blocks, dates that are left out, midnight."""

from __future__ import annotations

from datetime import datetime

import pydicom
import pytest
from pydicom.dataset import Dataset

from impasto.files.dicom import read_series_folder
from impasto.files.dicom.pet_header import pet_acquisition
from impasto.files.dicom.timestamps import moment_from_date_and_time, moment_from_text, time_of_day


@pytest.fixture
def header(series_of_files, pet_acquisition) -> Dataset:
    return pydicom.dcmread(series_of_files("PT", acquisition=pet_acquisition)[0])


def test_a_real_header(reference_data):
    folder = reference_data("pet_ct_mr_sts_001") / "dicom" / "STS_001" / "PET" / "image"
    facts = read_series_folder(folder).acquisition
    # read off the headers by eye
    assert facts.units == "GML"
    assert facts.decay_correction == "ADMIN"
    assert {"ATTN", "DECY"} <= set(facts.corrections)
    assert (facts.weight_kg, facts.height_m, facts.sex) == (71.0, 1.63, "M")
    assert (facts.injected_dose_bq, facts.half_life_s) == (388777472.0, 6588.0)
    assert facts.injection == datetime(2000, 9, 7, 10, 35)
    assert facts.series == facts.acquisition == datetime(2000, 9, 7, 11, 20, 11)
    assert (facts.frame_reference_time_s, facts.frame_duration_s) == (0.0, 240.0)
    assert (facts.ge_scan, facts.philips_suv_factor, facts.philips_activity_factor) == (None, None, None)


def test_milliseconds_become_seconds(header):
    header.FrameReferenceTime, header.ActualFrameDuration = "89500", 180000
    facts = pet_acquisition([header])
    assert (facts.frame_reference_time_s, facts.frame_duration_s) == (89.5, 180.0)


def test_the_earliest_slice_counts(header):
    later, earlier = Dataset(), Dataset()
    for slice_header, time, reference in ((later, "101000", "1000"), (earlier, "100500.25", "2000")):
        slice_header.update(header)
        slice_header.AcquisitionTime, slice_header.FrameReferenceTime = time, reference
    facts = pet_acquisition([later, earlier, later])
    assert facts.acquisition == datetime(2026, 1, 2, 10, 5, 0, 250000)
    assert facts.frame_reference_time_s == 2.0


def test_acquisition_datetime_goes_before_date_and_time(header):
    header.AcquisitionDateTime = "20260102111213.5+0100"
    assert pet_acquisition([header]).acquisition == datetime(2026, 1, 2, 11, 12, 13, 500000)


@pytest.mark.parametrize(
    ("start_datetime", "start_time", "acquired", "expected"),
    [
        ("20260102083000", "090000", "100000", datetime(2026, 1, 2, 8, 30)),
        ("20260101235000.0", "", "000500", datetime(2026, 1, 1, 23, 50)),
        ("", "083000", "100000", datetime(2026, 1, 2, 8, 30)),
        ("", "235000", "000500", datetime(2026, 1, 1, 23, 50)),
        ("", "100000", "100000", datetime(2026, 1, 2, 10, 0)),
        ("20260102", "083000", "100000", datetime(2026, 1, 2, 8, 30)),
        ("", "", "100000", None),
        ("nonsense", "25:00", "100000", None),
    ],
)
def test_injection(header, start_datetime, start_time, acquired, expected):
    drug = header.RadiopharmaceuticalInformationSequence[0]
    with pydicom.config.disable_value_validation():
        drug.RadiopharmaceuticalStartDateTime, drug.RadiopharmaceuticalStartTime = start_datetime, start_time
        header.AcquisitionDate, header.AcquisitionTime = "20260102", acquired
        assert pet_acquisition([header]).injection == expected


def test_injection_time_uses_the_series_when_no_slice_says_when(header):
    drug = header.RadiopharmaceuticalInformationSequence[0]
    del drug.RadiopharmaceuticalStartDateTime
    del header.AcquisitionDate
    facts = pet_acquisition([header])
    assert facts.acquisition is None
    assert facts.injection == datetime(2026, 1, 2, 9, 0)


@pytest.mark.parametrize("value", ["20260102095501.25", b"20260102095501.25\0"])
def test_ge_scan_time_is_found_through_its_creator(header, value):
    for element in [tag for tag in header.keys() if tag.group == 0x0009]:  # noqa: SIM118
        del header[element]
    # the block need not be the first: another creator holds that
    header.private_block(0x0009, "SOMEBODY ELSE", create=True).add_new(0x0D, "LO", "20991231")
    vr = "DT" if isinstance(value, str) else "UN"
    header.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, vr, value)
    assert (0x0009, 0x110D) in header
    assert pet_acquisition([header]).ge_scan == datetime(2026, 1, 2, 9, 55, 1, 250000)


def test_the_same_element_of_another_creator_is_not_taken(header):
    for element in [tag for tag in header.keys() if tag.group in (0x0009, 0x7053)]:  # noqa: SIM118
        del header[element]
    header.private_block(0x0009, "SOMEBODY ELSE", create=True).add_new(0x0D, "DT", "20260102")
    header.private_block(0x7053, "SOMEBODY ELSE", create=True).add_new(0x00, "DS", "3")
    facts = pet_acquisition([header])
    assert (facts.ge_scan, facts.philips_suv_factor, facts.philips_activity_factor) == (None, None, None)


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [("DS", "0.000551", 0.000551), ("UN", b"0.000551 ", 0.000551), ("DS", "0", None), ("UN", b"x", None)],
)
def test_philips_factors(header, vr, value, expected):
    block = header.private_block(0x7053, "Philips PET Private Group")
    for element in (0x00, 0x09):
        del block[element]
        block.add_new(element, vr, value)
    facts = pet_acquisition([header])
    assert facts.philips_suv_factor == expected
    assert facts.philips_activity_factor == expected


def test_silence_and_zeros_are_none(header):
    header.PatientWeight, header.PatientSize = "0", None
    del header.RadiopharmaceuticalInformationSequence
    del header.CorrectedImage
    del header.SeriesTime
    facts = pet_acquisition([header])
    assert (facts.weight_kg, facts.height_m, facts.injected_dose_bq, facts.half_life_s) == (None,) * 4
    assert (facts.injection, facts.series, facts.corrections, facts.radiopharmaceutical) == (None, None, (), "")


def test_one_correction_is_not_taken_apart(header):
    header.CorrectedImage = "DECY"
    assert pet_acquisition([header]).corrections == ("DECY",)


@pytest.mark.parametrize(
    ("dose", "expected_bq"), [(312.5, 312.5e6), (312.5e6, 312.5e6)], ids=["in MBq as the standard asks", "in Bq"]
)
def test_enhanced_pet_dose(header, dose, expected_bq):
    header.SOPClassUID = pydicom.uid.EnhancedPETImageStorage
    header.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose = dose
    assert pet_acquisition([header]).injected_dose_bq == expected_bq


def test_enhanced_pet_decay_correction_to_the_injection(header):
    del header.DecayCorrection
    header.DecayCorrectionDateTime = "20260102090000"
    facts = pet_acquisition([header])
    assert (facts.decay_correction, facts.series) == ("ADMIN", datetime(2026, 1, 2, 10, 0))
    del header.DecayCorrectionDateTime
    header.DecayCorrected = "NO"
    assert pet_acquisition([header]).decay_correction == "NONE"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("07", 25200), ("0730", 27000), ("073015", 27015), ("07:30:15.5", 27015.5), ("073015.123456 ", 27015.123456)],
)
def test_times_of_day(text, seconds):
    assert time_of_day(text).total_seconds() == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "7", "2460", "0760", "073015.", "noon"])
def test_malformed_times_of_day(text):
    assert time_of_day(text) is None


def test_moments_that_are_none():
    assert moment_from_date_and_time("20260230", "10") is None
    assert moment_from_date_and_time("2026", "10") is None
    assert moment_from_text("20260102") is None
    assert moment_from_date_and_time("2026.01.02", "10") == datetime(2026, 1, 2, 10)
