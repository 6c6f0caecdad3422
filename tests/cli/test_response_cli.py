"""``impasto response`` and ``impasto patterns`` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tests.cli.command import impasto

from impasto.core import Dose, Grid, Image, Role, Structure, StructureSet
from impasto.files import CaseEntry, EntryKind, create_case, native, save_case


def test_response_tells_each_scan_and_writes_a_page(tmp_path: Path) -> None:
    scans = tmp_path / "scans.csv"
    scans.write_text(
        "date,product_mm2,volume_ml,steroid_mg\n2026-01-10,400,8,2\n2026-03-10,180,2.5,2\n2026-05-10,180,2.5,2\n"
        "2026-07-10,240,3.0,2\n",
        encoding="utf-8",
    )
    arguments = (str(scans), "--radiotherapy-end", "2025-06-01", "--output", str(tmp_path / "out"))
    said = impasto("response", *arguments).stdout
    assert "best response: partial response; progression: 2026-07-10" in said
    assert "best response: partial response; progression: none seen" in said
    assert (tmp_path / "out" / "response.html").exists()
    told = json.loads(impasto("response", *arguments, "--criteria", "rano-2", "--json").stdout)
    assert [scan["response"] for scan in told["courses"][0]["scans"]] == [
        "baseline", "partial response", "partial response", "progressive disease",
    ]  # fmt: skip
    assert told["courses"][1]["measure"] == "volume"


def test_patterns_tells_pattern_and_distance(tmp_path: Path) -> None:
    grid = Grid.centred((20, 10, 10), (4.0, 4.0, 4.0))
    x = grid.voxel_centres_mm()[..., 0]
    case = create_case(tmp_path / "case", "P")
    dose, drawn = CaseEntry("given", EntryKind.DOSE), CaseEntry("drawn", EntryKind.STRUCTURES)
    native.write_dose(Dose(Image(np.where(x < 0, 60.0, 20.0), grid, "dose", "Gy"), 30), case.path(dose))
    parts = {"T2L": (x < -10), "relapse": (x > -20) & (x < -4)}
    structures = StructureSet(tuple(Structure.from_mask(n, Role.GTV, mask, grid) for n, mask in parts.items()))
    native.write_structures(structures, case.path(drawn))
    save_case(case.with_entry(dose).with_entry(drawn))
    asked = ("patterns", str(case.folder), "--recurrence", "relapse", "--dose", "given", "--prescribed", "60")
    said = impasto(*asked).stdout
    assert "central" in said
    assert "relapse: local" in said
    told = json.loads(impasto(*asked, "--edge", "0", "--edge", "20", "--json").stdout)
    assert [band["to_mm"] for band in told["bands"]["relapse"]] == [0.0, 20.0, None]
    assert sum(band["share"] for band in told["bands"]["relapse"]) == 1.0
