"""``impasto survival``, ``impasto design`` and ``impasto reconstruct`` as a trialist meets them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from tests.outcome.survival.known_trials import FREIREICH, FREIREICH_ARM, PLACEBO, SIX_MP
from typer.main import get_command
from typer.testing import CliRunner

from impasto.cli.main import application
from impasto.core import ImpastoError
from impasto.outcome.survival import kaplan_meier


def _run(*arguments: object) -> str:
    done = CliRunner().invoke(application, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trial") / "freireich.csv"
    generator = np.random.default_rng(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["weeks", "relapse", "arm", "site", "cause"])
        for time, event, arm in zip(FREIREICH.time, FREIREICH.event, FREIREICH_ARM, strict=True):
            cause = "marrow" if event else ""
            writer.writerow([time, "yes" if event else "no", arm, generator.choice(["A", "B"]), cause])
        writer.writerow(["", "no", "placebo", "A", ""])
    return path


def test_survival_report_has_every_number_and_its_test(trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    said = _run("survival", trial, "--time", "weeks", "--event", "relapse=yes", "--group", "arm",
                "--reference", "placebo", "--strata", "site", "--subgroup", "site", "--causes", "cause",
                "--horizon", 20, "--unit", "weeks", "--at", 10, "--endpoint", "Remission", "--output", out)  # fmt: skip
    for expected in (
        "16.79",
        "log-rank test stratified in 2",
        "0.208",
        "1 of 43 patients left out: 1 without weeks",
        "efron",
        "restricted mean to 20 weeks, 6-MP minus placebo: ",
        "(13.0 to not reached)",
    ):
        assert expected in said
    page = (out / "survival.html").read_text(encoding="utf-8")
    expected = ("Median remission", "16.12", "1.252", "75.3", "Wald test of restricted means", "Gray&#39;s test",
                "arm x site", "Grambsch-Therneau", "log-log", "Research use only", "16.7929", "&lt;0.0001")  # fmt: skip
    for text in expected:
        assert text in page, text
    for name in ("survival", "subgroups", "incidence-1"):
        assert (out / f"{name}.png").stat().st_size > 20_000
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_survival_names_what_is_wrong_with_a_table(trial: Path, tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match=r"no column 'months'; name one of weeks, relapse"):
        _run("survival", trial, "--time", "months", "--event", "relapse=yes", "--output", tmp_path)
    with pytest.raises(ImpastoError, match="column 'relapse' has no, yes; code it 0 and 1, or name the event"):
        _run("survival", trial, "--time", "weeks", "--event", "relapse", "--output", tmp_path)
    with pytest.raises(ImpastoError, match="nobody has relapse = dead; it has no, yes"):
        _run("survival", trial, "--time", "weeks", "--event", "relapse=dead", "--output", tmp_path)
    with pytest.raises(ImpastoError, match="weeks: is the endpoint and a group"):
        _run("survival", trial, "--time", "weeks", "--event", "relapse=yes", "--group", "weeks", "--output", tmp_path)
    assert not (tmp_path / "survival.html").exists()


def test_survival_does_what_can_be_done(tmp_path: Path) -> None:
    table = tmp_path / "trial.csv"
    asked = ("survival", table, "--time", "os", "--event", "dead", "--group", "arm", "--adjust", "age", "--json")
    rows = [f"P{place};{'AB'[place % 2]};{place + 3},5;{{}};{50 + place % 7}" for place in range(20)]
    table.write_text("patient;arm;os;dead;age\n" + "\n".join(rows).format(*[0] * 20), encoding="utf-8")
    found = json.loads(_run(*asked))
    assert [group["median"] for group in found["groups"]] == [[None, None, None]] * 2
    assert found["comparisons"] == []
    assert found["restricted_means"] == {}
    notes = " ".join(found["notes"])
    for text in ("separated by semicolons", "points in os", "Nobody had the event", "No log-rank test"):
        assert text in notes
    table.write_text("patient;arm;os;dead;age\n" + "\n".join(rows).format(*[1, 1, 0, 1] * 5), encoding="utf-8")
    wide, narrow = (json.loads(_run(*asked, "--confidence", share)) for share in (0.99, 0.8))
    limits = [found["models"]["unadjusted"][0]["limits"] for found in (wide, narrow)]
    assert limits[0][0] < limits[1][0] < limits[1][1] < limits[0][1]
    assert wide["models"]["unadjusted"][0]["hazard_ratio"] == narrow["models"]["unadjusted"][0]["hazard_ratio"]
    table.write_text(table.read_text(encoding="utf-8").replace("P1;", "P0;"), encoding="utf-8")
    assert "Column patient has P0 more than once" in " ".join(json.loads(_run(*asked))["notes"])
    with pytest.raises(ImpastoError, match=r"'P0' has 2 rows \(2, 3\)"):
        _run(*asked, "--patient", "patient")


def test_design_prints_the_numbers_of_the_trial() -> None:
    needed = json.loads(_run("design", "events", "--hazard-ratio", 0.66, "--json"))
    assert needed["Schoenfeld events"] == 182
    assert needed["Schoenfeld events, not rounded up"] == pytest.approx(181.84, abs=0.005)
    assert _run("design", "events", "--hazard-ratio", 0.66).count("181.84") == 1
    patients = json.loads(_run("design", "patients", "--events", 186, "--control-survival", 0.25, "--at", 24,
                               "--hazard-ratio", 0.66096, "--accrual", 36, "--follow-up", 24, "--json"))  # fmt: skip
    assert patients["patients"] == 221.8
    limits = json.loads(_run("design", "boundaries", "--looks", "0.5,1", "--hazard-ratio", 0.66, "--json"))
    assert [look["z"] for look in limits["looks"]] == ["2.9626", "1.9686"]
    assert limits["events"] == pytest.approx(182.52, abs=0.005)
    assert [(look["events"], look["hazard ratio"]) for look in limits["looks"]] == [(92, "0.5392"), (183, "0.7475")]
    assert limits["futility"] == []
    futile = json.loads(_run("design", "boundaries", "--looks", 3, "--alpha", 0.025, "--sided", "one-sided",
                             "--boundary", "hwang-shih-decani", "--power", 0.9, "--futility", "hwang-shih-decani",
                             "--json"))  # fmt: skip
    assert [look["z"] for look in futile["futility"]] == pytest.approx([-0.2387, 0.9411], abs=5.1e-5)
    assert futile["inflation"] == pytest.approx(1.070, abs=5e-4)
    said = _run("design", "boundaries", "--looks", 2, "--futility", "obrien-fleming")
    assert "not binding" in said
    assert "0.5594" in said
    shown = _run("design", "conditional", "--z", 0.6, "--information", 0.5, "--events", 186, "--hazard-ratio", 0.66)
    assert "predictive" in shown
    found = json.loads(_run("design", "simulate", "--events", 128, "--patients", 180, "--control-survival", 0.25,
                            "--at", 24, "--accrual", 36, "--trials", 500, "--json"))  # fmt: skip
    assert 0.02 < found["rejected"] < 0.09
    stopped = json.loads(_run("design", "simulate", "--events", 128, "--patients", 180, "--control-survival", 0.25,
                              "--at", 24, "--accrual", 36, "--trials", 500, "--futility", "pocock",
                              "--json"))  # fmt: skip
    assert 0.6 < stopped["stopped for futility"] < 0.95
    assert stopped["for benefit"] <= found["for benefit"]


def test_simulation_takes_the_sides_arms_and_spending_of_the_design() -> None:
    asked = ("design", "simulate", "--events", 60, "--patients", 90, "--control-survival", 0.25, "--at", 24,
             "--accrual", 36, "--hazard-ratio", 0.66, "--trials", 400, "--json")  # fmt: skip
    plain, one_sided, uneven = (
        json.loads(_run(*asked, *more)) for more in ((), ("--sided", "one-sided"), ("--allocation", 0.9))
    )
    assert one_sided["for benefit"] > plain["for benefit"] > uneven["for benefit"]
    assert one_sided["for harm"] == 0.0
    late, early = (json.loads(_run(*asked, "--boundary", "hwang-shih-decani", "--gamma", gamma)) for gamma in (-8, 2))
    assert early["stopped at look 1"] > late["stopped at look 1"]


@pytest.mark.parametrize("name", ["design", "survival", "describe", "compare", "patterns"])
def test_every_option_says_what_it_is(name: str) -> None:
    command = get_command(application).commands[name]
    for one in getattr(command, "commands", {name: command}).values():
        for option in one.params:
            assert getattr(option, "help", ""), (one.name, option.name)
            # a fragment that leans on the option's name says neither what is meant nor its unit
            assert not option.help.startswith(("Of ", "As ", "For ")), (one.name, option.name, option.help)
            if "default" not in option.help and not option.required and option.name not in ("help", "as_json"):
                assert option.default not in (None, ""), (one.name, option.name, "says no default")


def test_design_draws_boundaries(tmp_path: Path) -> None:
    _run("design", "boundaries", "--looks", 4, "--futility", "pocock", "--figure", tmp_path / "boundaries.png")
    assert (tmp_path / "boundaries.png").stat().st_size > 20_000


def test_allocation_lists_and_logs_are_written_with_reasons(tmp_path: Path) -> None:
    arms = ["--arm", "60 Gy", "--arm", "72 Gy"]
    _run("design", "blocks", *arms, "--factor", "surgery=biopsy,complete", "--per-stratum", 8, "--block", 4,
         "--seed", 3, "--output", tmp_path / "list.csv")  # fmt: skip
    with (tmp_path / "list.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert sum(row["arm"] == "60 Gy" for row in rows) == 8
    assert "of the stratum surgery = biopsy" in rows[0]["reason"]
    (tmp_path / "patients.csv").write_text("surgery,centre\n" + "biopsy,A\ncomplete,B\n" * 6, encoding="utf-8")
    _run("design", "minimise", tmp_path / "patients.csv", *arms, "--factor", "surgery", "--factor", "centre",
         "--seed", 3, "--output", tmp_path / "log.csv")  # fmt: skip
    with (tmp_path / "log.csv").open(encoding="utf-8") as file:
        log = list(csv.DictReader(file))
    assert len(log) == 12
    assert all("Drawn" in row["reason"] for row in log)


def test_reconstruct_shows_its_error_and_writes_patients(tmp_path: Path) -> None:
    curves, at_risk = ["arm,time,survival"], ["arm,time,at_risk,events"]
    for name, follow_up in (("6-MP", SIX_MP), ("placebo", PLACEBO)):
        curve = kaplan_meier(follow_up)
        curves += [f"{name},{time},{share}" for time, share in zip(curve.time, curve.survival, strict=True)]
        times = np.arange(0.0, follow_up.time.max(), 5.0)
        at_risk += [f"{name},{t},{n},{follow_up.events}" for t, n in zip(times, curve.at_risk_at(times), strict=True)]
    (tmp_path / "curves.csv").write_text("\n".join(curves), encoding="utf-8")
    (tmp_path / "at_risk.csv").write_text("\n".join(at_risk), encoding="utf-8")
    said = _run("reconstruct", tmp_path / "curves.csv", tmp_path / "at_risk.csv", "--output", tmp_path / "patients.csv")
    assert "log-rank test" in said
    with (tmp_path / "patients.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), sum(int(row["event"]) for row in rows)) == (42, 30)
    paths = [tmp_path / name for name in ("curves.csv", "at_risk.csv", "patients.csv")]
    told = json.loads(_run("reconstruct", *paths[:2], "--output", paths[2], "--json"))
    assert told["6-MP"] | {"patients": 21, "events": 9} == told["6-MP"]
