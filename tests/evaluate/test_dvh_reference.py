"""Histograms that planning systems stored or printed, reproduced from their contours and dose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from benchmarks import dvh_reference

ReferenceData = Callable[[str], Path]


def test_histograms_stored_in_an_rtdose(reference_data: ReferenceData) -> None:
    dose, structures, references = dvh_reference.rt_dicom_breast(reference_data("rt_dicom_breast"))
    judged = [r for r in references if r.volume_ml[0] > dvh_reference.SMALLEST_JUDGED_ML]
    assert (len(references), len(judged)) == (9, 6)
    for reference in judged:
        drawn = dvh_reference.capped(structures[reference.structure])
        histogram, found = dvh_reference.deviations(dose, drawn, reference)
        assert abs(found["volume"]) <= 1.0, reference.structure
        assert abs(found["mean"]) <= 0.5, reference.structure
        assert max(abs(found[figure]) for figure in ("D2", "D50", "D95")) <= 1.0, reference.structure
        assert histogram.evaluated_volume_ml == pytest.approx(histogram.total_volume_ml, rel=1e-6)


@pytest.mark.parametrize("program", ["Eclipse", "SlicerRT"])
def test_tables_of_other_programs(reference_data: ReferenceData, program: str) -> None:
    dose, structures, tables = dvh_reference.rt_eclipse_prostate(reference_data("rt_eclipse_prostate"))
    assert len(tables[program]) == 6
    # SlicerRT's volumes are voxel counts: they differ from Eclipse's by up to 0.7 %
    allowed = 1.0 if program == "Eclipse" else 1.2
    for reference in tables[program]:
        _, found = dvh_reference.deviations(dose, dvh_reference.capped(structures[reference.structure]), reference)
        assert abs(found["volume"]) <= allowed, reference.structure
        assert found["curve"] <= 1.0, reference.structure


def test_cerr_has_the_volumes_of_half_slice_caps(reference_data: ReferenceData) -> None:
    """The default end cap is CERR's convention."""
    _, structures, tables = dvh_reference.rt_eclipse_prostate(reference_data("rt_eclipse_prostate"))
    for reference in tables["CERR"]:
        volume_ml = structures[reference.structure].volume_ml()
        assert volume_ml == pytest.approx(reference.volume_ml[0], rel=0.002), reference.structure
