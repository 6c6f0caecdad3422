"""``impasto coherence`` and ``impasto reproduce`` as a reviewer meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.command import impasto

_TABLE = """
[[estimate]]
name = "Male"
value = 1.25
interval = [0.72, 2.14]
events = 24
covariate = "binary"

[[flow]]
name = "Randomised"
count = 180
into = { standard = 90, high = 90 }
"""


def test_findings_a_line_and_exit_status(tmp_path: Path) -> None:
    table = tmp_path / "table.toml"
    table.write_text(_TABLE, encoding="utf-8")
    said = impasto("coherence", str(table)).stdout
    assert said.splitlines()[0].startswith("error: Male, width of the interval 1.25 [0.72, 2.14]: impossible")
    assert "3 checks: 1 errors" in said
    impasto("coherence", str(table), "--strict", code=1)
    every = json.loads(impasto("coherence", str(table), "--all", "--json").stdout)
    assert [one["severity"] for one in every] == [None, "error", None]


def test_reproduce_names_papers_and_recomputes_one() -> None:
    assert "gamma-knife-painting" in impasto("reproduce").stdout
    told = json.loads(impasto("reproduce", "reirradiation", "--json").stdout)
    assert {"printed": "96", "recomputed": "92.5"}.items() <= told["checks"][0].items()
    assert "no paper has this name" in impasto("reproduce", "nobody", code=1).stderr


def test_the_examples_of_the_documentation_run_as_printed(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "coherence.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:toml)?\n(.*?)```", text, flags=re.DOTALL)
    names = {
        "variable,": "characteristics.csv",
        "name,": "lines.csv",
        "plan1_v12,": "patients.csv",
        "rows =": "all.toml",
    }
    printed = {name: block for start, name in names.items() for block in blocks if block.startswith(start)}
    for name, block in printed.items():
        (tmp_path / name).write_text(block, encoding="utf-8")
    assert sorted(printed) == sorted(names.values())
    for name in ("characteristics.csv", "lines.csv", "all.toml"):
        assert " checks: " in impasto("coherence", str(tmp_path / name)).stdout
    rows = [
        one for one in json.loads(impasto("coherence", str(tmp_path / "all.toml"), "--all", "--json").stdout)
        if one["item"].startswith("V12")
    ]  # fmt: skip
    assert rows
    assert not any(one["severity"] == "error" for one in rows)
