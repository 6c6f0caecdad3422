"""The report of recurrences: pictures in the frame of the dose, and names that several entries share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Dose, Grid, Image, Role, Structure, StructureSet
from impasto.files import Case, CaseEntry, EntryKind, create_case, native, save_case
from impasto.outcome.patterns import FailurePattern
from impasto.report.figures.recurrence_slices import recurrence_figure
from impasto.workflow import PatternRequest, find_failure_patterns, pattern_findings, write_pattern_report

GRID = Grid.centred((30, 20, 20), (3.0, 3.0, 3.0))
X = GRID.voxel_centres_mm()[..., 0]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """60 Gy left of the middle plane; two entries have a recurrence of the same name."""
    made = create_case(tmp_path / "case", "P")
    image, dose = CaseEntry("mr", EntryKind.IMAGE, "MR"), CaseEntry("given", EntryKind.DOSE, drawn_on="mr")
    made.path(image).parent.mkdir(parents=True)
    native.write_image(Image(np.abs(X).astype(np.float32), GRID, "T1", "1"), made.path(image))
    native.write_dose(Dose(Image(np.where(X < 0.0, 60.0, 12.0), GRID, "dose", "Gy"), 30), made.path(dose))
    made = made.with_entry(image).with_entry(dose)
    for name, low in (("first", -30.0), ("second", 12.0)):
        entry = CaseEntry(name, EntryKind.STRUCTURES, drawn_on="mr")
        inside = (low < X) & (low + 15.0 > X)
        native.write_structures(
            StructureSet((Structure.from_mask("relapse", Role.GTV, inside, GRID),)), made.path(entry)
        )
        made = made.with_entry(entry)
    save_case(made)
    return made


def test_recurrences_of_one_name_stay_apart(case: Case, tmp_path: Path) -> None:
    request = PatternRequest(("first/relapse", "second/relapse"), "given", prescribed_gy=60.0, lesion="first/relapse")
    found = pattern_findings(case, request, find_failure_patterns(case, request))
    assert [one.pattern for one in found.recurrences] == [FailurePattern.CENTRAL, FailurePattern.DISTANT]
    assert set(found.bands) == {"first/relapse", "second/relapse"}
    assert found.bands["first/relapse"][0].share == pytest.approx(1.0, abs=0.05)
    assert found.volumes.image is not None
    assert found.volumes.image.quantity == "T1"
    written = write_pattern_report(found, tmp_path / "out")
    assert {path.name for path in written} >= {"patterns.html", "patterns.csv", "recurrence-2.png", "patterns.pdf"}


def test_the_picture_is_cut_through_the_recurrence(case: Case) -> None:
    request = PatternRequest(("second/relapse",), "given", prescribed_gy=60.0, lesion="")
    found = pattern_findings(case, request, find_failure_patterns(case, request))
    figure = recurrence_figure(found, "relapse")
    sagittal = figure.axes[2]
    assert any("x = +19.5 mm" in text.get_text() for text in sagittal.texts)
    without = replace(found, volumes=replace(found.volumes, image=None))
    assert np.asarray(recurrence_figure(without, "relapse").axes[2].images[0].get_array())[..., :3].max() < 200
