"""Coverage: counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.maps.spectroscopy.coverage import coverage_report
from impasto.maps.spectroscopy.rejection import RejectionReason

LOW, ARTEFACT = int(RejectionReason.LOW_SIGNAL), int(RejectionReason.ARTEFACT)


def test_counted_by_hand():
    region = np.array([[True, True, True, True, True, True, False, False]])
    fitted = np.array([[True, True, True, True, True, False, True, False]])
    reasons = np.array([0, LOW | ARTEFACT, ARTEFACT, 0, LOW, 0], dtype=np.uint8)
    probability = np.array([0.1, 0.6, 0.7, 0.3, 0.5, 0.4])
    report = coverage_report(region, fitted, reasons, probability)
    assert (report.region, report.fitted, report.accepted, report.rejected) == (6, 5, 2, 3)
    assert report.rejected_by_reason["LOW_SIGNAL"] == 2
    assert report.rejected_by_reason["ARTEFACT"] == 2
    assert report.rejected_by_reason["LIPID"] == 0
    # .7 is only the filter's doubt, .3 is accepted but near; .6 and .5 are rejected for their signal anyway
    assert report.to_review == 2
    assert report.fitted_share == pytest.approx(5 / 6)
    assert report.accepted_share == pytest.approx(2 / 6)


@given(seed=st.integers(0, 1000))
def test_counts_add_up(seed: int):
    rng = np.random.default_rng(seed)
    region, fitted = rng.random((4, 5, 3)) < 0.7, rng.random((4, 5, 3)) < 0.6
    reasons = rng.integers(0, 256, fitted.sum()).astype(np.uint8) * (rng.random(fitted.sum()) < 0.5)
    report = coverage_report(region, fitted, reasons.astype(np.uint8), rng.random(fitted.sum()))
    assert report.fitted == (region & fitted).sum() == report.accepted + report.rejected
    assert report.to_review <= report.fitted
    assert report.rejected <= sum(report.rejected_by_reason.values())


def test_bad_input_says_what_is_wrong():
    mask, none = np.ones((2, 2), dtype=bool), np.zeros(4, dtype=np.uint8)
    with pytest.raises(ImpastoError, match="4 fitted voxels, 3 judgements"):
        coverage_report(mask, mask, none[:3], np.zeros(4))
    with pytest.raises(ImpastoError, match="region is empty"):
        coverage_report(~mask, mask, none, np.zeros(4))
