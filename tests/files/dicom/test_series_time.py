"""Several images of every slice become a time axis."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from impasto.core import ImpastoError
from impasto.files.dicom import read_series_folder

TIMES_S = np.array([0.0, 2.5, 5.25, 9.0])


def truth(shape=(7, 6, 5)):
    return np.random.default_rng(1).integers(0, 3000, (*shape, len(TIMES_S))).astype(np.float32)


def per_file(paths, keyword, value_of):
    """Set an element from slice k and time t; the writer goes through all slices of one time, then the next."""
    for n, path in enumerate(paths):
        dataset = pydicom.dcmread(path)
        setattr(dataset, keyword, value_of(n % 5, n // 5))
        dataset.save_as(path)


def test_temporal_positions_order_and_acquisition_times_clock(series_of_files):
    paths = series_of_files("MR", times_s=TIMES_S)
    series = read_series_folder(paths[0].parent)
    np.testing.assert_array_equal(series.image.data, truth())
    np.testing.assert_allclose(series.image.times_s, TIMES_S)
    assert "4 times ordered by temporal position, seconds from acquisition time" in series.notes
    assert len(series.reference.sop_instance_uids) == 5


def test_trigger_times_go_before_acquisition_times(series_of_files, edit):
    paths = series_of_files("MR", times_s=TIMES_S)
    edit(paths, TemporalPositionIdentifier=None)
    # triggers run backwards, and differ between slices as in interleaved acquisition
    per_file(paths, "TriggerTime", lambda k, t: str(1000 * (3 - t) + 20 * k))
    series = read_series_folder(paths[0].parent)
    np.testing.assert_array_equal(series.image.data, truth()[..., ::-1])
    np.testing.assert_allclose(series.image.times_s, [0.0, 1.0, 2.0, 3.0])
    assert "4 times ordered by trigger time, seconds from trigger time" in series.notes


def test_acquisition_times_alone_suffice(series_of_files):
    paths = series_of_files("CT", times_s=TIMES_S)
    series = read_series_folder(paths[0].parent)
    np.testing.assert_array_equal(series.image.data, truth())
    np.testing.assert_allclose(series.image.times_s, TIMES_S)


def test_equal_trigger_times_do_not_order(series_of_files, edit):
    paths = series_of_files("MR", times_s=TIMES_S)
    edit(paths, TemporalPositionIdentifier=None, TriggerTime="0")
    assert (
        "4 times ordered by acquisition time, seconds from acquisition time"
        in read_series_folder(paths[0].parent).notes
    )


def test_times_pass_midnight(series_of_files):
    paths = series_of_files("CT", times_s=TIMES_S)
    clock = ["235958.000", "235959.500", "000001.250", "000010.000"]
    per_file(paths, "AcquisitionTime", lambda k, t: clock[t])
    per_file(paths, "AcquisitionDate", lambda k, t: "20231231" if t < 2 else "20240101")
    series = read_series_folder(paths[0].parent)
    np.testing.assert_allclose(series.image.times_s, [0.0, 1.5, 3.25, 12.0])
    np.testing.assert_array_equal(series.image.data, truth())


def test_temporal_resolution_is_the_last_clock(series_of_files, edit):
    paths = series_of_files("MR", times_s=TIMES_S)
    edit(paths, AcquisitionTime=None, TemporalResolution="1500")
    series = read_series_folder(paths[0].parent)
    np.testing.assert_allclose(series.image.times_s, [0.0, 1.5, 3.0, 4.5])
    assert "4 times ordered by temporal position, seconds from temporal resolution" in series.notes


def test_no_clock_at_all_is_an_error(series_of_files, edit):
    paths = series_of_files("MR", times_s=TIMES_S)
    edit(paths, AcquisitionTime=None)
    with pytest.raises(ImpastoError, match="no header says how many seconds"):
        read_series_folder(paths[0].parent)


def test_a_slice_missing_at_one_time_is_named(series_of_files):
    paths = series_of_files("MR", times_s=TIMES_S)
    paths[7].unlink()
    with pytest.raises(ImpastoError, match=r"slices are there 4 times, but not at 36\.00 mm \(3\)"):
        read_series_folder(paths[0].parent)


def test_temporal_positions_that_differ_between_slices_are_named(series_of_files, edit):
    paths = series_of_files("MR", times_s=TIMES_S)
    edit([paths[16]], TemporalPositionIdentifier=9)
    with pytest.raises(ImpastoError, match=r"slice at 33\.00 mm lacks some of the temporal positions 1 to 4"):
        read_series_folder(paths[0].parent)


def test_static_pet_of_several_bed_positions_has_no_time_axis(series_of_files, pet_acquisition):
    paths = series_of_files("PT", acquisition=pet_acquisition)
    per_file(paths, "AcquisitionTime", lambda k, t: f"10{5 * k:02d}00")
    series = read_series_folder(paths[0].parent)
    assert series.image.times_s is None
    assert series.acquisition.acquisition.isoformat() == "2026-01-02T10:00:00"
