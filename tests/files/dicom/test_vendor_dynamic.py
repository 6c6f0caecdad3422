"""Dynamic series as GE, Siemens and Philips write them become one series with the times that they state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.files.dicom.vendor_headers import (
    SAGITTAL,
    SLICES,
    Edit,
    functional_group,
    pixels,
    private,
    write_enhanced,
    write_volumes,
)

from impasto.core import ImpastoError
from impasto.files.dicom import ImageSeries, read_series, read_series_folder, scan

TIMES_S = np.array([0.0, 6.5, 13.0, 19.5, 26.0])


def clock(seconds: float, hour: int = 10) -> str:
    minutes, rest = divmod(seconds, 60.0)
    return f"{hour:02d}{20 + int(minutes):02d}{rest:09.6f}"


def read(folder: Path, values: np.ndarray, times_s: np.ndarray, ordered_by: str, seconds_from: str) -> ImageSeries:
    series = read_series_folder(folder)
    np.testing.assert_array_equal(series.image.data, values)
    np.testing.assert_allclose(series.image.times_s, times_s, atol=1e-6)
    said = f"{len(times_s)} times ordered by {ordered_by}, seconds from {seconds_from}"
    assert said in series.notes, series.notes
    return series


def test_ge_dce_has_one_acquisition_time_and_trigger_times(tmp_path: Path) -> None:
    values = pixels(5)

    def lava(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionTime = header.ContentTime = "102000"
        header.TemporalPositionIdentifier, header.NumberOfTemporalPositions = t + 1, 5
        header.TriggerTime = f"{1000 * TIMES_S[t]:g}"

    write_volumes(tmp_path, values, "GE", lava)
    read(tmp_path, values, TIMES_S, "temporal position", "trigger time")


def test_ge_dsc_triggers_each_slice_and_gives_every_volume_the_same_position(tmp_path: Path) -> None:
    values = pixels(5)

    def multiphase_epi(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionTime, header.TemporalPositionIdentifier = "102000", 1
        header.ScanningSequence, header.MRAcquisitionType, header.RepetitionTime = ["EP", "GR"], "2D", "1500"
        header.TriggerTime = f"{1500 * t + 500 * ((2 * k) % SLICES):g}"

    write_volumes(tmp_path, values, "GE", multiphase_epi)
    read(tmp_path, values, 1.5 * np.arange(5), "trigger time", "trigger time")


def test_ge_dsc_without_any_time_counts_repetition_times(tmp_path: Path) -> None:
    values = pixels(5)

    def old_epi(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionTime, header.TriggerTime = "102000", "0"
        header.ScanningSequence, header.MRAcquisitionType, header.RepetitionTime = ["EP", "GR"], "2D", "1500"

    write_volumes(tmp_path, values, "GE", old_epi)
    read(tmp_path, values, 1.5 * np.arange(5), "instance number", "repetition time")


def test_instance_numbers_do_not_make_other_sequences_dynamic(tmp_path: Path) -> None:
    write_volumes(tmp_path, pixels(2), "GE", lambda header, k, t: None)
    with pytest.raises(ImpastoError, match="is there 2 times"):
        read_series_folder(tmp_path)


def test_siemens_dce_has_one_acquisition_time_a_volume(tmp_path: Path) -> None:
    values = pixels(5)

    def vibe(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionNumber, header.AcquisitionTime = t + 1, clock(TIMES_S[t])
        # images are made in any order, long after
        header.ContentTime = clock(60.0 + (3 * t + k) % 7)
        header.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"]

    write_volumes(tmp_path, values, "Siemens", vibe, plane=SAGITTAL)
    read(tmp_path, values, TIMES_S, "acquisition time", "acquisition time")


def test_siemens_dsc_times_every_slice(tmp_path: Path) -> None:
    values = pixels(5)

    def epi(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionNumber = t + 1
        header.AcquisitionTime = clock(1.6 * t + 0.8 * (k % 2) + 0.1 * k)

    write_volumes(tmp_path, values, "Siemens", epi)
    read(tmp_path, values, 1.6 * np.arange(5), "acquisition time", "acquisition time")


def test_siemens_view_sharing_gives_time_after_start(tmp_path: Path) -> None:
    values = pixels(5)

    def twist(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionTime = "102000.5"
        private(header, 0x0019, "SIEMENS MR HEADER", {0x16: ("DS", f"{TIMES_S[t] + 2.0:g}")})

    write_volumes(tmp_path, values, "Siemens", twist)
    read(tmp_path, values, TIMES_S, *["private time since the series began"] * 2)


def test_philips_classic_states_when_each_dynamic_began(tmp_path: Path) -> None:
    values = pixels(5)

    def t1_ffe(header: Dataset, k: int, t: int) -> None:
        header.AcquisitionTime, header.TriggerTime = "102000", "0"
        header.TemporalPositionIdentifier, header.NumberOfTemporalPositions = t + 1, 5
        header.InstanceNumber = k * 5 + t + 1
        private(header, 0x2005, "Philips MR Imaging DD 001", {0xA0: ("FL", float(TIMES_S[t]))})

    write_volumes(tmp_path, values, "Philips", t1_ffe)
    read(tmp_path, values, TIMES_S, "temporal position", "private time since the series began")


def test_private_elements_whose_type_was_lost_are_read_as_bytes(tmp_path: Path) -> None:
    values = pixels(5)

    def archived(header: Dataset, k: int, t: int) -> None:
        header.TemporalPositionIdentifier = t + 1
        raw = np.array([TIMES_S[t]], dtype="<f4").tobytes()
        private(header, 0x2005, "Philips MR Imaging DD 001", {0xA0: ("UN", raw)})

    write_volumes(tmp_path, values, "Philips", archived)
    read(tmp_path, values, TIMES_S, "temporal position", "private time since the series began")


def offset(group: Dataset, k: int, t: int) -> None:
    group.FrameContentSequence[0].TemporalPositionIndex = t + 1
    group.FrameContentSequence[0].FrameAcquisitionDateTime = "20240229102000"
    group.update(functional_group(TemporalPositionSequence={"TemporalPositionTimeOffset": float(TIMES_S[t])}))


def date_time(group: Dataset, k: int, t: int) -> None:
    group.FrameContentSequence[0].TemporalPositionIndex = t + 1
    group.FrameContentSequence[0].FrameAcquisitionDateTime = f"20240229{clock(TIMES_S[t])}"


def nested(group: Dataset, k: int, t: int) -> None:
    group.FrameContentSequence[0].TemporalPositionIndex = t + 1
    inner = Dataset()
    private(inner, 0x2005, "Philips MR Imaging DD 001", {0xA0: ("FL", float(TIMES_S[t]))})
    private(group, 0x2005, "Philips MR Imaging DD 005", {0x0F: ("SQ", [inner])})


@pytest.mark.parametrize("slices_faster", [True, False])
@pytest.mark.parametrize(
    ("maker", "edit", "seconds_from"),
    [
        ("Philips", offset, "temporal position time offset"),
        ("Philips", nested, "private time since the series began"),
        ("Siemens", date_time, "acquisition time"),
    ],
)
def test_enhanced_in_one_file(tmp_path: Path, maker: str, edit: Edit, seconds_from: str, slices_faster: bool) -> None:
    values = pixels(5)
    order = None if slices_faster else lambda k, t: k * 5 + t
    write_enhanced(tmp_path / "dynamic", values, maker, edit, order)
    series = read(tmp_path, values, TIMES_S, "temporal position", seconds_from)
    assert series.reference.frame_numbers == ((1, 2, 3) if slices_faster else (1, 6, 11))


def across_midnight(header: Dataset, k: int, t: int) -> None:
    seconds = 23 * 3600 + 59 * 60 + 50 + TIMES_S[t]
    hours, rest = divmod(seconds % 86400.0, 3600.0)
    minutes, rest = divmod(rest, 60.0)
    header.AcquisitionTime = f"{int(hours):02d}{int(minutes):02d}{rest:09.6f}"
    if header.Manufacturer == "Philips Medical Systems":
        header.TemporalPositionIdentifier = t + 1
    if header.Manufacturer == "SIEMENS":
        del header.AcquisitionDate


@pytest.mark.parametrize(
    ("maker", "ordered_by"),
    [("GE", "acquisition time"), ("Siemens", "acquisition time"), ("Philips", "temporal position")],
)
def test_midnight_without_a_change_of_date(tmp_path: Path, maker: str, ordered_by: str) -> None:
    values = pixels(5)
    write_volumes(tmp_path, values, maker, across_midnight)
    read(tmp_path, values, TIMES_S, ordered_by, "acquisition time")


def write_phases(folder: Path, values: np.ndarray, starts_s: np.ndarray, description: str, edit: Edit) -> None:
    """Write each volume as a DICOM series of its own, numbers with room for derived series in between."""
    for t, start in enumerate(starts_s):

        def phase(header: Dataset, k: int, _: int, t: int = t, start: float = float(start)) -> None:
            header.SeriesDescription = description.format(t + 1)
            header.AcquisitionTime = clock(start)
            edit(header, k, t)

        write_volumes(folder, values[..., t : t + 1], "Siemens", phase, f"phase {t}", 7 + 2 * t)


def unchanged(header: Dataset, k: int, t: int) -> None:
    pass


@pytest.mark.parametrize("description", ["t1_vibe_dyn", "Ph{}/Ax LAVA"])
def test_one_series_a_phase_is_joined(tmp_path: Path, description: str) -> None:
    values, starts = pixels(5), np.array([0.0, 20.0, 26.5, 33.0, 39.5])
    write_phases(tmp_path, values, starts, description, unchanged)
    series = read(tmp_path, values, starts, "acquisition time", "acquisition time")
    assert any("joined from 5 DICOM series, numbers 7 to 15" in note for note in series.notes)
    assert series.reference.series_number == 7


def test_subtractions_among_the_phases_stay_apart(tmp_path: Path) -> None:
    values = pixels(5)
    write_phases(tmp_path, values, TIMES_S, "dyn", unchanged)

    def subtraction(header: Dataset, k: int, t: int) -> None:
        header.ImageType, header.AcquisitionTime = ["DERIVED", "PRIMARY", "SUB"], clock(TIMES_S[2])
        header.SeriesDescription = "dyn"

    write_volumes(tmp_path, values[..., :1], "Siemens", subtraction, "subtraction", 12)
    with scan(tmp_path) as found:
        assert [len(series.joined) for series in found.series] == [5, 0]
        np.testing.assert_array_equal(read_series(found.series[0]).image.data, values)


def another_flip_angle(header: Dataset, k: int, t: int) -> None:
    header.FlipAngle = str(5 * (t + 1))


def another_repetition_time(header: Dataset, k: int, t: int) -> None:
    header.RepetitionTime = str(5 + t)


def moved(header: Dataset, k: int, t: int) -> None:
    header.ImagePositionPatient = [*header.ImagePositionPatient[:2], header.ImagePositionPatient[2] + t]


def weighted(header: Dataset, k: int, t: int) -> None:
    header.DiffusionBValue = 1000.0


def earlier_with_number(header: Dataset, k: int, t: int) -> None:
    header.AcquisitionTime = clock(100.0 - TIMES_S[t])


@pytest.mark.parametrize("edit", [another_flip_angle, another_repetition_time, moved, weighted, earlier_with_number])
def test_what_differs_by_more_than_time_is_not_joined(tmp_path: Path, edit: Edit) -> None:
    write_phases(tmp_path, pixels(5), TIMES_S, "dyn", edit)
    with scan(tmp_path) as found:
        assert len(found.series) == 5
        assert not any(series.joined for series in found.series)


@pytest.mark.parametrize("starts_s", [[0.0, 200.0], [0.0, 6.5, 13.0, 19.5, 600.0]])
def test_few_or_late_repeats_are_not_joined(tmp_path: Path, starts_s: list[float]) -> None:
    write_phases(tmp_path, pixels(len(starts_s)), np.array(starts_s), "t1", unchanged)
    with scan(tmp_path) as found:
        assert len(found.series) == len(starts_s)
