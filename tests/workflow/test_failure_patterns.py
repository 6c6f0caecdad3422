"""Recurrences of a case against a dose that falls off a plane, and by distance from a lesion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from impasto.core import Dose, Grid, Image, ImpastoError, Role, Structure, StructureSet
from impasto.files import Case, CaseEntry, EntryKind, create_case, native, save_case
from impasto.outcome.patterns import FailurePattern, Relapse
from impasto.workflow import PatternRequest, find_failure_patterns

GRID = Grid.centred((50, 20, 20), (2.0, 2.0, 2.0))
POINTS = GRID.voxel_centres_mm()


def box(name: str, start_mm: float, stop_mm: float) -> Structure:
    inside = (POINTS[..., 0] > start_mm) & (POINTS[..., 0] < stop_mm) & np.all(np.abs(POINTS[..., 1:]) < 10, axis=-1)
    return Structure.from_mask(name, Role.GTV, inside, GRID)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """60 Gy up to x = 0, 40 Gy beyond; the T2/FLAIR lesion ends at x = -20 mm."""
    made = create_case(tmp_path / "case", "P")
    dose = Dose(Image(np.where(POINTS[..., 0] < 0.0, 60.0, 40.0), GRID, "dose", "Gy"), 30)
    given = CaseEntry("given", EntryKind.DOSE, "RTDOSE")
    before = CaseEntry("lesions", EntryKind.STRUCTURES, "SEG")
    after = CaseEntry("relapse", EntryKind.STRUCTURES, "SEG")
    native.write_dose(dose, made.path(given))
    native.write_structures(StructureSet((box("T2L", -40.0, -20.0), box("both", -30.0, -20.0))), made.path(before))
    returned = (box("near", -28.0, -8.0), box("half", -10.0, 10.0), box("far", 20.0, 40.0), box("both", 0.0, 10.0))
    native.write_structures(StructureSet(returned), made.path(after))
    for entry in (given, before, after):
        made = made.with_entry(entry)
    save_case(made)
    return made


def test_patterns_and_bands_of_each_recurrence(case: Case) -> None:
    request = PatternRequest(("near", "half", "far"), dose="given", prescribed_gy=60.0)
    found = find_failure_patterns(case, request)
    assert found.isodose_gy == pytest.approx(57.0)
    kinds = [FailurePattern.CENTRAL, FailurePattern.MARGINAL, FailurePattern.DISTANT]
    assert [one.pattern for one in found.recurrences] == kinds
    assert found.relapse is Relapse.MIXED
    shares = {name: [band.share for band in bands] for name, bands in found.bands.items()}
    assert shares["near"] == pytest.approx([0.4, 0.5, 0.1, 0.0], abs=0.06)
    assert shares["half"] == pytest.approx([0.0, 0.0, 0.5, 0.5], abs=0.06)
    assert shares["far"] == pytest.approx([0.0, 0.0, 0.0, 1.0], abs=0.01)


def test_a_name_that_two_entries_have_needs_its_entry(case: Case) -> None:
    with pytest.raises(ImpastoError, match="lesions/both, relapse/both"):
        find_failure_patterns(case, PatternRequest(("both",), dose="given", prescribed_gy=60.0))
    chosen = PatternRequest(("relapse/both",), dose="given", prescribed_gy=60.0, lesion="")
    found = find_failure_patterns(case, chosen)
    assert found.relapse is Relapse.DISTANT
    assert not found.bands


def test_what_is_missing_is_named(case: Case) -> None:
    with pytest.raises(ImpastoError, match="what was prescribed"):
        find_failure_patterns(case, PatternRequest(("near",), dose="given"))
    with pytest.raises(ImpastoError, match="no structure 'gone'"):
        find_failure_patterns(case, PatternRequest(("gone",), dose="given", prescribed_gy=60.0))
    with pytest.raises(ImpastoError, match="no protocol was run.; run a .* or name a dose: --dose given"):
        find_failure_patterns(case, PatternRequest(("near",)))
    with pytest.raises(ImpastoError, match="no recurrence is named"):
        PatternRequest(())
