"""The sequence of MR images as single-frame and multi-frame headers state it."""

from __future__ import annotations

from pydicom.dataset import Dataset

from impasto.core import MrAcquisition
from impasto.files.dicom.mr_header import mr_acquisition


def dataset(**elements: object) -> Dataset:
    found = Dataset()
    for keyword, value in elements.items():
        setattr(found, keyword, value)
    return found


def test_a_single_frame_header_is_in_milliseconds() -> None:
    header = dataset(Modality="MR", RepetitionTime="5", EchoTime="2.3", FlipAngle="15", MagneticFieldStrength="3")
    assert mr_acquisition(header) == MrAcquisition(0.005, 0.0023, 15.0, None, 3.0)


def test_a_multi_frame_header_keeps_it_in_functional_groups() -> None:
    timing, echo = dataset(RepetitionTime=1500.0, FlipAngle=60.0), dataset(EffectiveEchoTime=30.0)
    shared = dataset(MRTimingAndRelatedParametersSequence=[timing])
    frames = [dataset(MREchoSequence=[echo]), dataset(MREchoSequence=[echo])]
    header = dataset(Modality="MR", SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=frames)
    assert mr_acquisition(header) == MrAcquisition(1.5, 0.03, 60.0)


def test_what_does_not_apply_is_not_said() -> None:
    assert mr_acquisition(dataset(Modality="MR", InversionTime="0", EchoTime="90")) == MrAcquisition(echo_time_s=0.09)
    assert mr_acquisition(dataset(Modality="MR")) is None
    assert mr_acquisition(dataset(Modality="CT", RepetitionTime="5")) is None
