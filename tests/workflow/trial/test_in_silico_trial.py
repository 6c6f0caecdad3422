"""The in-silico trial against what is known: alpha, computed power, order in dose and marking, and resumption."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from impasto.cli.main import application
from impasto.core import ImpastoError
from impasto.outcome.design import Share, sequential_power
from impasto.phantom.glioma_population import draw_luck
from impasto.report import WorldDesign, WorldFindings
from impasto.workflow.trial import TrialRequest, assumptions_text, run_trial
from impasto.workflow.trial.assumptions import Assumptions, read_assumptions
from impasto.workflow.trial.calibration import Calibration, calibrated_growth
from impasto.workflow.trial.course import PatientGroup, outcome_of
from impasto.workflow.trial.replicates import (
    QUANTITIES,
    Enrolled,
    follow_design,
    luck_of_replicates,
    simulated_world,
)
from impasto.workflow.trial.summarising import answer, boundaries_of


@pytest.fixture(scope="module")
def assumed() -> Assumptions:
    text = assumptions_text("spectro-glio")
    return read_assumptions(text, "spectro-glio").with_values({"calibration.patients": 4000})


@pytest.fixture(scope="module")
def calibration(assumed: Assumptions) -> Calibration:
    return calibrated_growth(assumed, 1)


def _rejected(z: np.ndarray, assumed: Assumptions, design: str) -> tuple[Share, Share]:
    limits = boundaries_of(assumed.designs()[design], assumed.design.alpha.value)
    up = (z >= limits.z).any(axis=1)
    either = up | (z <= -limits.z).any(axis=1)
    return Share(int(up.sum()), len(up)), Share(int(either.sum()), len(either))


def test_boundaries_are_those_of_the_trial(assumed: Assumptions) -> None:
    as_run, as_planned = (boundaries_of(one, 0.05) for one in assumed.designs().values())
    assert as_run.z[1] == pytest.approx(1.9619, abs=5e-5)
    assert as_planned.z.round(4).tolist() == [2.9626, 1.9686]


def test_without_an_effect_alpha_is_held(assumed: Assumptions, calibration: Calibration) -> None:
    nothing = assumed.with_values({"dose.boost_gy": 60.0})
    found = simulated_world(nothing, calibration.growth, luck_of_replicates(0, 160, 220, seed=3))
    for design, values in found.items():
        low, high = _rejected(values[:, :2], nothing, design)[1].limits
        assert low < 0.05 < high
        assert np.median(values[:, QUANTITIES.index("hazard ratio")]) == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize("ratio", [0.66, 1.0])
def test_exponential_survival_has_the_computed_power(assumed: Assumptions, ratio: float) -> None:
    # without the limit of individual follow-up every trial comes to its 128 events, as the formula takes for granted
    endless = {f"design.as-run.{name}": 1e5 for name in ("longest_follow_up_months", "last_analysis_months")}
    design = assumed.with_values({**endless, "design.as-run.lost_per_month": 0.0}).design.as_run
    rng = np.random.default_rng(5)
    luck = draw_luck((1500, 180), rng)
    treated = np.broadcast_to(np.arange(180) % 2 == 0, (1500, 180))
    months = rng.exponential(22.6 / np.log(2.0), treated.shape) / np.where(treated, ratio, 1.0)
    followed = follow_design(design, Enrolled(treated, np.zeros(treated.shape, dtype=np.int64), months, months), luck)
    benefit, either = _rejected(np.column_stack(followed[:2]), assumed, "as run")
    if ratio < 1.0:
        limits = boundaries_of(design, 0.05)
        assert benefit.value == pytest.approx(sequential_power(limits, ratio, 186), abs=0.035)
        assert np.median(followed[3]) == pytest.approx(ratio, rel=0.03)
    else:
        assert either.limits[0] < 0.05 < either.limits[1]
    assert np.median(followed[QUANTITIES.index("survival control")]) == pytest.approx(22.6, rel=0.03)


def test_growth_is_fitted_to_the_control_arm(assumed: Assumptions, calibration: Calibration) -> None:
    target = assumed.calibration
    assert calibration.survival == pytest.approx(target.overall_survival_months.value, abs=0.02)
    assert calibration.methylated_survival == pytest.approx(target.methylated_survival_months.value, abs=0.05)
    assert calibration.progression_free == pytest.approx(target.progression_free_months.value, abs=0.05)
    with pytest.raises(ImpastoError, match="lower radiosensitivity"):
        calibrated_growth(assumed.with_values({"radiosensitivity.alpha_per_gy": 0.6}), 1)


def test_nobody_is_worse_for_more_dose_or_more_marks(assumed: Assumptions, calibration: Calibration) -> None:
    luck = draw_luck((2000,), np.random.default_rng(9))

    def survival(**changes: float) -> np.ndarray:
        world = assumed.with_values({name.replace("__", "."): value for name, value in changes.items()})
        group = PatientGroup.drawn(world, luck)
        return outcome_of(group, group.boosted_log_survivors(group.marked()), calibration.growth).survival

    by_dose = [survival(dose__boost_gy=dose) for dose in (60.0, 72.0, 90.0)]
    by_marks = [survival(mrsi__sensitivity=share) for share in (0.0, 0.35, 1.0)]
    for order in (by_dose, by_marks):
        for less, more in pairwise(order):
            assert (more >= less - 1e-9).all()
            assert np.median(more) > np.median(less)


def _small(folder: Path) -> str:
    head, _, _ = assumptions_text("spectro-glio").partition("[grid]")
    head = head.replace("patients = { value = 20000", "patients = { value = 1500")
    path = folder / "small.toml"
    axes = {"alpha_per_gy": "[0.06]", "alpha_spread": "[0.3]", "sensitivity": "[0.0, 1.0]"}
    grid = "\n".join(
        f'{name} = {{ values = {values}, unit = "1", source = "assumption" }}' for name, values in axes.items()
    )
    path.write_text(f'{head}[grid]\n{grid}\n[worlds]\n"cured" = {{ "radiosensitivity.alpha_per_gy" = 0.8 }}\n')
    return str(path)


def test_an_interrupted_trial_goes_on_to_the_same_numbers(tmp_path: Path) -> None:
    name = _small(tmp_path)
    whole = run_trial(TrialRequest(name, 60 + 90, 24, seed=2), tmp_path / "whole")
    assert (whole.made, whole.kept) == (24, 0)
    assert [scenario.name for scenario, _ in whole.impossible] == ["cured"]
    parts = tmp_path / "parts"
    run_trial(TrialRequest(name, 150, 4, seed=2), parts)
    (parts / "replicates" / "from-000000.npz").write_bytes(b"torn")
    run_trial(TrialRequest(name, 150, 20, seed=2), parts)
    resumed = run_trial(TrialRequest(name, 150, 24, seed=2), parts)
    assert (resumed.made, resumed.kept) == (4, 20)
    for design, values in whole.results.items():
        assert np.array_equal(values, resumed.results[design], equal_nan=True)
    with pytest.raises(ImpastoError, match="another trial"):
        run_trial(TrialRequest(name, 150, 24, seed=3), parts)


def test_command_writes_page_figures_and_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("impasto.report.figure_files._DOTS_PER_INCH", 40)  # coarse pictures are soon written
    out = tmp_path / "out"
    command = [
        "trial",
        _small(tmp_path),
        str(out),
        "--patients",
        "180",
        "--replicates",
        "6",
        "--workers",
        "1",
        "--json",
    ]
    done = CliRunner().invoke(application, command)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output, parse_constant=pytest.fail)  # NaN is no JSON
    assert said["simulated"] is True
    assert list(said["impossible"]) == ["cured"]
    assert said == json.loads((out / "worlds.json").read_text())
    page = (out / "trial.html").read_text(encoding="utf-8")
    for text in ("Research use only", "simulated", "Qi, Schultz and Li 2006", "assumption", "1.9619", "surrogate",
                 "Futility at the first look", "not followed"):  # fmt: skip
        assert text in page, text
    assert len(list((out / "figures").glob("*.pdf"))) == 5
    assert "Trials with HR \u2264 0.90" in page
    monkeypatch.setattr("impasto.cli.console._OUT", Console(width=240))
    shown = CliRunner().invoke(application, command[:-1]).output
    assert "trials with HR <= 0.90" in shown
    for design in said["worlds"][0]["designs"].values():
        low, high = design["power_limits"]
        assert f"{100 * design['power']:.1f} % ({100 * low:.1f} to {100 * high:.1f})" in shown


def test_one_world_has_and_others_have() -> None:
    def world(name: str, count: int) -> WorldFindings:
        one = Share(count, 10)
        design = WorldDesign(np.ones(10), one, one, one, 0.0, 0.0, 1.0, (1.0, 1.0), 1.0, one, one)
        return WorldFindings(name, "named", 0.1, 0.1, 0.8, 50.0, {"as run": design})

    assert answer((world("a", 9), world("b", 1))) == (
        "Of 2 simulated worlds, 1 has a power of 80% or more: a (as run)."
    )
    assert answer((world("a", 9), world("b", 8))).startswith("Of 2 simulated worlds, 2 have a power")
    assert answer((world("a", 0),)) == "Of 1 simulated world, 0 have a power of 80% or more."


def test_every_value_needs_a_source(tmp_path: Path) -> None:
    text = assumptions_text("spectro-glio")
    with pytest.raises(ImpastoError, match="dose.boost_gy.source"):
        read_assumptions(text.replace('boost_gy = { value = 72.0, unit = "Gy", source = "SPECTRO GLIO protocol" }',
                                      'boost_gy = { value = 72.0, unit = "Gy" }'), "mine.toml")  # fmt: skip
    with pytest.raises(ImpastoError, match="no such value"):
        read_assumptions(text, "mine").with_values({"dose.bost_gy": 80.0})
    misspelt = tmp_path / "misspelt.toml"
    misspelt.write_text(text.replace('{ "dose.boost_gy" = 60.0 }', '{ "dose.bost_gy" = 60.0 }'))
    with pytest.raises(ImpastoError, match=r"dose\.bost_gy"):
        run_trial(TrialRequest(str(misspelt)), tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(ImpastoError, match="no trial has this name"):
        run_trial(TrialRequest("spectro"), tmp_path / "none")
    with pytest.raises(ImpastoError, match="planned events"):
        run_trial(TrialRequest("spectro-glio", patients=100), tmp_path / "few")
