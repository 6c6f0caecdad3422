"""What JSON files beside NIfTI images say, in impasto's words and in those of BIDS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from impasto.core import ImpastoError, MrAcquisition
from impasto.files import UNKNOWN, CaseEntry, EntryKind, create_case, read_mr_acquisition, write_mr_acquisition
from impasto.files.nifti_sidecar import read_sidecar


def said(folder: Path, content: dict[str, Any]) -> Any:
    (folder / "dce.json").write_text(json.dumps(content))
    return read_sidecar(folder / "dce.nii.gz")


def test_the_sequence_is_read_as_bids_writes_it(tmp_path: Path) -> None:
    # seconds and degrees: Brain Imaging Data Structure 1.8
    found = said(tmp_path, {"Modality": "MR", "RepetitionTime": 0.005, "EchoTime": 0.002, "FlipAngle": 15})
    assert found.acquisition == MrAcquisition(repetition_time_s=0.005, echo_time_s=0.002, flip_angle_deg=15)
    assert (found.quantity, found.unit, found.modality) == ("signal", "1", "MR")


@pytest.mark.parametrize("key", ["times_s", "FrameTimesStart", "VolumeTiming"])
def test_times_of_a_series_are_read(tmp_path: Path, key: str) -> None:
    np.testing.assert_array_equal(said(tmp_path, {key: [0, 5, 11]}).times_s, [0.0, 5.0, 11.0])


def test_without_a_sidecar_nothing_is_known(tmp_path: Path) -> None:
    found = read_sidecar(tmp_path / "none.nii")
    assert (found.path, found.quantity, found.acquisition, found.times_s) == (None, UNKNOWN, None, None)


@pytest.mark.parametrize(("key", "value"), [("EchoTime", -1), ("FlipAngle", "15"), ("times_s", ["now"])])
def test_a_value_that_is_no_number_is_named(tmp_path: Path, key: str, value: Any) -> None:
    with pytest.raises(ImpastoError, match=key):
        said(tmp_path, {key: value})


def test_a_case_keeps_the_sequence_of_an_image(tmp_path: Path) -> None:
    case, entry = create_case(tmp_path / "case", "x"), CaseEntry("dce", EntryKind.IMAGE, "MR")
    assert read_mr_acquisition(case, entry) is None
    case.path(entry).parent.mkdir(parents=True)
    write_mr_acquisition(case, entry, MrAcquisition(flip_angle_deg=12.0, field_strength_t=3.0))
    assert read_mr_acquisition(case, entry) == MrAcquisition(flip_angle_deg=12.0, field_strength_t=3.0)
    assert case.path(entry).with_name("dce.acquisition.json") in case.files(entry)
