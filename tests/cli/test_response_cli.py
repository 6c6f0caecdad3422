"""``impasto response`` and ``impasto patterns`` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tests.cli.command import impasto

from impasto.core import Dose, Grid, Image, Role, Structure, StructureSet
from impasto.files import CaseEntry, EntryKind, create_case, native, save_case

# gamma_knife_painting_2025, table 3
K_TRANS = (
    (0.02, 0.02, 0.01, 0.01, 0.02, 0.03, 0.04, 0.05, 0.19, 0.17, 0.16),
    (0.01, 0.01, 0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.13, 0.02, 0.09),
)


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
    said = impasto(*asked, "--output", str(tmp_path / "out")).stdout
    assert "central" in said
    assert "relapse: local" in said
    assert "pictures are without anatomy" in said
    page = (tmp_path / "out" / "patterns.html").read_text(encoding="utf-8")
    for text in ("Patterns of failure", "distance from T2L", "Lee 1999", "95\u00a0%", "Research use only"):
        assert text in page
    assert (tmp_path / "out" / "recurrence-1.pdf").read_bytes().startswith(b"%PDF")
    rows = (tmp_path / "out" / "patterns.csv").read_text(encoding="utf-8").splitlines()
    assert (
        rows[0] == 'recurrence,"volume, ml","inside 57 Gy, %",pattern,"inside, %","0 to 10 mm, %",'
        '"10 to 20 mm, %","beyond 20 mm, %"'
    )
    assert rows[1].startswith("relapse,25.6,100,central,")
    told = json.loads(impasto(*asked, "--edge", "0", "--edge", "20", "--json").stdout)
    assert [band["to_mm"] for band in told["bands"]["relapse"]] == [0.0, 20.0, None]
    assert sum(band["share"] for band in told["bands"]["relapse"]) == 1.0


def test_change_warns_of_what_the_baseline_does_to_its_own_correlation(tmp_path: Path) -> None:
    rows = zip(*K_TRANS, strict=True)
    table = tmp_path / "patients.csv"
    table.write_text("before,after\n" + "".join(f"{a},{b}\n" for a, b in rows) + "0.05,\n", encoding="utf-8")
    said = impasto("change", str(table), "--before", "before", "--after", "after").stdout
    assert "median change -50.0 % (quartiles -70.8 to -37.7 %), 11 patients" in said
    assert "W = 2.5, p = 0.009766 (exact" in said
    assert "Oldham 1962) r = -0.693, p = 0.018" in said
    assert "1 of 12 patients lack a value" in said


def test_change_of_a_case_compares_escalated_voxels_with_the_rest(tmp_path: Path) -> None:
    grid, finer = Grid.centred((12, 12, 6), (4.0, 4.0, 4.0)), Grid.centred((24, 24, 12), (2.0, 2.0, 2.0))
    case = create_case(tmp_path / "case", "P")
    for name, on, factor in (("k0", grid, 1.0), ("k1", finer, 0.5)):
        x = on.voxel_centres_mm()[..., 0]
        entry = CaseEntry(name, EntryKind.IMAGE, "MR")
        case.path(entry).parent.mkdir(parents=True, exist_ok=True)
        values = np.where(x < 0.0, 0.2 * factor, 0.1).astype(np.float32)
        native.write_image(Image(values, on, "Ktrans", "min-1"), case.path(entry))
        case = case.with_entry(entry)
    x = grid.voxel_centres_mm()[..., 0]
    parts = {"Aggressive": x < -4.0, "CEL": np.abs(x) < 20.0}
    drawn = CaseEntry("zones", EntryKind.STRUCTURES)
    structures = StructureSet(tuple(Structure.from_mask(n, Role.GTV, mask, grid) for n, mask in parts.items()))
    native.write_structures(structures, case.path(drawn))
    save_case(case.with_entry(drawn))
    asked = ("change", str(case.folder), "--before", "k0", "--after", "k1")
    where = ("--zones", "zones", "--escalated", "Aggressive", "--within", "CEL")
    told = json.loads(impasto(*asked, *where, "--json").stdout)
    assert [round(one["voxels"]["median"], 3) for one in told["zones"]] == [-50.0, 0.0]
    assert "no independent samples" in told["notes"][-1]
    assert "--zones" in impasto(*asked, code=2).stderr
