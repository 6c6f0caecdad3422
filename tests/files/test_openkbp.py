"""OpenKBP patients: the arrays are turned so that the patient is the right way round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.files import read_openkbp


def centroid_mm(structure: object, grid: object) -> np.ndarray:
    occupancy = structure.occupancy(grid)  # type: ignore[attr-defined]
    return np.average(grid.voxel_centres_mm().reshape(-1, 3), axis=0, weights=occupancy.ravel())  # type: ignore[attr-defined]


@pytest.mark.parametrize("patient", ["pt_1", "pt_2", "pt_3"])
def test_left_is_left_up_is_up_and_the_cord_is_behind(reference_data: Callable[[str], Path], patient: str) -> None:
    case = read_openkbp(reference_data("openkbp") / patient)
    at = {s.name: centroid_mm(s, case.ct.grid) for s in case.structures}
    assert at["LeftParotid"][0] > at["RightParotid"][0] + 50
    assert at["Brainstem"][2] > at["SpinalCord"][2] + 50
    assert at["SpinalCord"][1] > at["PTV70"][1] + 10


def test_the_supplied_dose_has_its_stated_coverage(reference_data: Callable[[str], Path]) -> None:
    case = read_openkbp(reference_data("openkbp") / "pt_1")
    assert case.dose is not None
    inside = case.structures["PTV70"].voxels(case.ct.grid)
    assert np.percentile(case.dose.gy[inside], 5) == pytest.approx(68.65, abs=0.01)


def test_a_folder_without_the_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="not an OpenKBP patient"):
        read_openkbp(tmp_path)
    for name in ("ct", "voxel_dimensions", "possible_dose_mask"):
        (tmp_path / f"{name}.csv").write_text("1\n1\n1\n")
    with pytest.raises(ImpastoError, match=r"\.csv: is not a sparse OpenKBP table"):
        read_openkbp(tmp_path)
