"""``impasto describe`` as a trialist meets it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.cli.command import impasto

# spectro_glio_2024, table 1: headache by arm is 52 of 88 and 37 of 84, its missing values counted apart
_HEADACHE = [("60 Gy", "yes")] * 52 + [("60 Gy", "no")] * 36 + [("72 Gy", "yes")] * 37 + [("72 Gy", "no")] * 47


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    path = tmp_path / "trial.csv"
    rows = [("arm", "headache", "skin", "age")]
    rows += [(arm, ache, str(place % 3), f"{50 + place / 10:.1f}") for place, (arm, ache) in enumerate(_HEADACHE)]
    rows += [("60 Gy", "", "", "")] * 3
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_description_prints_and_writes_the_published_test(trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("describe", str(trial), "--by", "arm", "--grades", "skin", "--severe", "2", "--output", str(out))
    said = impasto(*asked).stdout
    assert "headache: chi-square test (1 df, without continuity correction; n = 88 / 84): p = 0.0484" in said
    assert "fisher" in impasto(*asked, "--test", "fisher").stdout.lower()
    with (out / "characteristics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["variable", "level", "60 Gy (n = 91)", "72 Gy (n = 84)"]
    assert ["headache", "missing", "3", "0", "3", "", ""] in rows
    assert ["headache", "yes", "52 (59.1)", "37 (44.0)", "89 (51.7)", "", ""] in rows
    page = (out / "description.html").read_text(encoding="utf-8")
    for text in ("Clopper-Pearson", "Mann-Whitney test", "half-up", "Research use only"):
        assert text in page
    assert (out / "adverse-events.pdf").read_bytes().startswith(b"%PDF")


def test_half_rule_and_exact_limits_reach_the_page(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    # 3 of 24 is 12.5 %; 0 of 24 has the upper limit 14.2 %
    rows = "".join(f"{'a' if n < 3 else 'b'},0,{n}\n" for n in range(24))
    path.write_text("kind,necrosis,age\n" + rows, encoding="utf-8")
    asked = ("describe", str(path), "--grades", "necrosis", "--decimals", "0", "--output", str(tmp_path / "out"))
    impasto(*asked)
    table = tmp_path / "out" / "characteristics.csv"
    assert "kind,a,3 (13)" in table.read_text(encoding="utf-8")
    assert ",0,0.00 to 14.25,0,0.00 to 14.25," in (tmp_path / "out" / "adverse-events.csv").read_text(encoding="utf-8")
    impasto(*asked, "--half", "half-even")
    assert "kind,a,3 (12)" in table.read_text(encoding="utf-8")


def test_description_names_what_is_wrong(trial: Path, tmp_path: Path) -> None:
    out = ("--output", str(tmp_path / "none"))
    for options, problem in (
        (("--by", "arms"), "did you mean 'arm'"),
        (("--by", "age"), "different values"),
        (("--by", "arm", "--grades", "age"), "is no CTCAE grade"),
        (("--by", "arm", "--variable", "arm"), "is a variable too"),
    ):
        assert problem in impasto("describe", str(trial), *options, *out, code=1).stderr.replace("\n", " ")
    text = trial.read_text(encoding="utf-8").replace("50.3", "old")
    trial.write_text(text, encoding="utf-8")
    assert "row 5, column 'age': 'old' is no number" in impasto("describe", str(trial), *out, code=1).stderr
    assert not (tmp_path / "none").exists()
