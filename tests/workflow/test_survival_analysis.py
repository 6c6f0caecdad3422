"""Who is in which analysis of a trial's survival, and what of it is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from impasto.outcome.survival import FollowUp, SurvivalTime, covariates, cox_model, kaplan_meier, log_rank
from impasto.report import SurvivalFindings
from impasto.report.survival_tables import restricted_mean_table, time_text
from impasto.workflow import SurvivalRequest, analyse_survival, read_patient_table, write_survival_report

PATIENTS = 60
RANDOM = np.random.default_rng(4)
ARM = np.array(["60 Gy", "72 Gy"])[np.arange(PATIENTS) % 2]
TIME = RANDOM.exponential(np.where(ARM == "72 Gy", 24.0, 16.0)).round(2) + 0.1
DEAD = RANDOM.random(PATIENTS) < 0.8
AGE = RANDOM.normal(60.0, 8.0, PATIENTS).round(1)
MGMT = np.where(RANDOM.random(PATIENTS) < 0.4, "methylated", "unmethylated")
SITE = np.where(np.arange(PATIENTS) % 3 == 0, "frontal", "temporal")
NO_TIME, NO_AGE, NO_MGMT = (np.isin(np.arange(PATIENTS), rows) for rows in ([7], [3, 4, 7], [4, 10, 11, 12, 13]))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SurvivalFindings:
    path = tmp_path_factory.mktemp("trial") / "trial.csv"
    rows = ["os,dead,arm,age,mgmt,site"]
    for row in range(PATIENTS):
        cells = ["" if NO_TIME[row] else TIME[row], int(DEAD[row]), ARM[row], "" if NO_AGE[row] else AGE[row],
                 "" if NO_MGMT[row] else MGMT[row], SITE[row]]  # fmt: skip
        rows.append(",".join(map(str, cells)))
    path.write_text("\n".join(rows), encoding="utf-8")
    request = SurvivalRequest("os", "dead", "arm", adjust=("age",), subgroups=("mgmt", "site"))
    return analyse_survival(read_patient_table(path), request)


@pytest.fixture(scope="module")
def written(found: SurvivalFindings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return write_survival_report(found, tmp_path_factory.mktemp("report"))


def test_a_missing_covariate_or_subgroup_leaves_the_primary_analysis_alone(found: SurvivalFindings) -> None:
    kept = ~NO_TIME
    everyone = FollowUp(TIME[kept], DEAD[kept], "months")
    for arm, curve in found.curves.items():
        expected = kaplan_meier(everyone.of(ARM[kept] == arm))
        np.testing.assert_array_equal(curve.survival, expected.survival)
        np.testing.assert_array_equal(curve.at_risk, expected.at_risk)
    assert found.comparisons[0].tested == log_rank(everyone, ARM[kept]).tested
    alone = cox_model(everyone, covariates({"arm": ARM[kept]}))
    assert found.models["unadjusted"].coefficient == pytest.approx(alone.coefficient)
    assert found.patients == kept.sum() == 59
    assert found.left_out.primary == "n = 59; 1 of 60 patients left out: 1 without os"


def test_models_and_subgroups_lose_only_their_own_missing_values(found: SurvivalFindings) -> None:
    kept = ~NO_TIME & ~NO_AGE
    model = found.models["adjusted for age"]
    alone = cox_model(FollowUp(TIME[kept], DEAD[kept], "months"), covariates({"arm": ARM[kept], "age": AGE[kept]}))
    assert model.coefficient == pytest.approx(alone.coefficient)
    assert found.left_out.models == {"adjusted for age": "n = 57; 2 of 59 patients left out: 2 without age"}
    assert found.subgroups is not None
    sizes = {one.name: sum(sum(part.patients) for part in one.subgroups) for one in found.subgroups.factors}
    assert sizes == {"mgmt": 54, "site": 59}
    assert sum(found.subgroups.everyone.patients) == 59
    assert found.left_out.subgroups == {"mgmt": "n = 54; 5 of 59 patients left out: 5 without mgmt"}


def test_the_page_says_beside_each_result_whom_it_leaves_out(written: tuple[Path, ...]) -> None:
    page = written[0].read_text(encoding="utf-8").replace("\u00a0", " ")
    for said in ("1 without os", "2 without age", "5 without mgmt"):
        # as a note at the top, and where the numbers stand
        assert page.count(said) >= 2, said


def test_every_figure_of_the_page_is_a_file(written: tuple[Path, ...]) -> None:
    page = written[0].read_text(encoding="utf-8")
    assert {path.name for path in written[1:]} == {
        f"{name}.{suffix}" for name in ("survival", "residuals", "subgroups") for suffix in ("pdf", "png")
    }
    assert page.count("<figcaption") == 3


def test_the_difference_of_restricted_means_names_both_arms(found: SurvivalFindings) -> None:
    row = restricted_mean_table(found).rows[-1]
    assert row[0].text == "Difference, 72 Gy minus 60 Gy"
    longer = found.restricted_means["72 Gy"].mean - found.restricted_means["60 Gy"].mean
    assert row[1].text == f"{longer:.2f}"


def test_a_time_that_is_not_reached_is_said_in_words() -> None:
    inf = float("inf")
    assert time_text(SurvivalTime(0.5, 20.04, 15.7, inf, 0.95), "months") == "20.0 months (15.7 to not reached)"
    assert time_text(SurvivalTime(0.5, inf, 15.7, inf, 0.95)) == "not reached (15.7 to not reached)"
    assert time_text(SurvivalTime(0.5, inf, inf, inf, 0.95), "months") == "not reached"


def test_what_missing_values_make_impossible_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "trial.csv"
    # age is known of the one patient without a time, mgmt in one arm, site of all
    rows = [
        f"{row + 3 if row else ''},{int(row % 3 > 0)},{'AB'[row % 2]},{'' if row else 60},{'' if row % 2 else 'm'},"
        f"{'xy'[row % 4 < 2]}"
        for row in range(24)
    ]
    path.write_text("os,dead,arm,age,mgmt,site\n" + "\n".join(rows), encoding="utf-8")
    request = SurvivalRequest("os", "dead", "arm", adjust=("age",), subgroups=("mgmt", "site"))
    found = analyse_survival(read_patient_table(path), request)
    assert found.patients == 23
    assert list(found.models) == ["unadjusted"]
    assert found.subgroups is not None
    assert [one.name for one in found.subgroups.factors] == ["site"]
    assert found.notes[1:] == (
        "No Cox model adjusted for age: trial.csv: nobody has age (n = 0; 23 of 23 patients left out: 23 without age).",
        "No subgroups by mgmt: arms: there are 1 (n = 11; 12 of 23 patients left out: 12 without mgmt).",
    )
