"""The papers' tables against the values recomputed from them by other means (SciPy, R, by hand)."""

from __future__ import annotations

import dataclasses

import pytest
from scipy.stats import wilcoxon

from impasto.outcome.coherence import (
    Check,
    Printed,
    PrintedComparison,
    Verdict,
    check_items,
    cut_cells,
    findings,
)
from impasto.outcome.paired import PairedValues, compare_pairs, rank_sum_test, signed_rank_test
from impasto.workflow.outcome.coherence_table import paper_names, read_paper


@pytest.fixture(scope="module")
def gamma_knife() -> list[Check]:
    return check_items(read_paper("gamma-knife-painting").items)


def _of(checks: list[Check], item: str, quantity: str, printed: str = "") -> Check:
    return next(one for one in checks if (one.item, one.quantity) == (item, quantity) and printed in one.printed)


def _dosimetry() -> list[PrintedComparison]:
    items = read_paper("gamma-knife-painting").items
    return [item for item in items if isinstance(item, PrintedComparison) and item.paired]


def test_every_paper_is_there() -> None:
    known = ["ai-ctv", "gamma-knife-painting", "molecular-head-neck", "reirradiation", "spectro-glio"]
    assert paper_names() == known


def test_cut_cells_give_all_fifteen_figures_of_the_dosimetry() -> None:
    cut = [cut_cells(item, 4 if item.name.startswith("V12") else 3) for item in _dosimetry()]
    assert [one.reproduced for one in cut] == [5, 5, 5]
    whole = [cut_cells(item, 99).reproduced for item in _dosimetry()]
    assert whole == [5, 0, 0]


def test_gamma_knife_dosimetry(gamma_knife: list[Check]) -> None:
    for item, mean, sd in (("Mean dose (Gy), plan 1", "2.2261", "0.8275"), ("V12 (cc), plan 1", "116.89", "112.86")):
        assert _of(gamma_knife, item, "mean").recomputed.startswith(mean)
        assert _of(gamma_knife, item, "SD").recomputed.startswith(sd)
    assert _of(gamma_knife, "Mean dose (Gy)", "p").verdict is Verdict.REPRODUCES
    v12 = _of(gamma_knife, "V12 (cc)", "p")
    assert v12.verdict is Verdict.DOES_NOT_FOLLOW
    assert v12.recomputed.startswith("0.5457")
    for item, p in (("Mean dose (Gy)", "0.0001624"), ("Integral dose (J)", "0.001067"), ("V12 (cc)", "0.004666")):
        check = _of(gamma_knife, item, "mann-whitney")
        assert check.verdict is Verdict.UNSUITED
        assert p in check.why
    assert "55.09" in _of(gamma_knife, "V12 (cc)", "row 7").why


def test_v12_with_the_misprint_put_right() -> None:
    v12 = next(item for item in _dosimetry() if item.name.startswith("V12"))
    first, second = v12.values()
    right = first.copy()
    right[6] = 55.09
    assert right.mean() == pytest.approx(95.33, abs=0.005)
    assert right.std(ddof=1) == pytest.approx(62.15, abs=0.005)
    pairs = PairedValues("V12", "cc", ("uniform", "painted"), right, second)
    assert rank_sum_test(pairs, ignoring_pairs=True).p_value == pytest.approx(0.8176, abs=5e-5)
    found = compare_pairs(pairs)
    assert found.signed_rank.statistic == 48
    # SciPy's exact distribution, which ignores ties, gives .00485; with the tied ranks as they are it is .004712
    untied = wilcoxon(pairs.differences, method="exact").pvalue
    assert untied == pytest.approx(0.00485, abs=5e-6)
    assert found.signed_rank.p_value == pytest.approx(0.004712, abs=5e-7)
    assert signed_rank_test(pairs.differences, is_exact=False).p_value == pytest.approx(0.00618, abs=5e-6)
    shift = found.shift
    assert (shift.estimate, shift.low, shift.high) == pytest.approx((-0.195, -0.70, -0.05), abs=1e-9)
    assert found.rank_biserial == pytest.approx(-0.652, abs=5e-4)
    group = v12.groups[0]
    cells = (*group.values[:6], Printed("55.09"), *group.values[7:])
    mended = dataclasses.replace(v12, groups=(dataclasses.replace(group, values=cells), v12.groups[1]))
    assert not [check for check in check_items([mended]) if check.quantity.startswith("row ")]


def test_gamma_knife_biomarkers(gamma_knife: list[Check]) -> None:
    assert _of(gamma_knife, "K-trans before and after", "p", "0.01").recomputed == "0.01032"
    other = _of(gamma_knife, "K-trans before and after", "p", "0.028")
    assert other.verdict is not Verdict.REPRODUCES
    assert "0.01195" in other.recomputed
    assert "0.009766" in other.recomputed
    assert _of(gamma_knife, "K-trans before and after", "p, printed more than once").verdict is Verdict.IMPOSSIBLE
    iauc = _of(gamma_knife, "IAUC before and after", "p", "0.08")
    assert iauc.verdict is Verdict.DOES_NOT_FOLLOW
    assert "0.007646" in iauc.recomputed
    assert "(0.008)" in iauc.why
    for item, median, low, high in (("K-trans", -50.0, -70.8, -37.7), ("IAUC", -58.3, -67.5, -33.0)):
        for quantity, value in (("median change", median), ("lower quartile", low), ("upper quartile", high)):
            check = _of(gamma_knife, item, quantity)
            assert check.recomputed.startswith(f"{value:.1f} %")
            assert check.verdict is not Verdict.REPRODUCES


def test_gamma_knife_correlation_is_coupling(gamma_knife: list[Check]) -> None:
    assert _of(gamma_knife, "K-trans", "r").why == "Pearson, raw values"
    assert _of(gamma_knife, "K-trans", "p of r").recomputed == "0.00118"
    told = _of(gamma_knife, "K-trans", "change against baseline").why
    for part in ("-0.871", "71%", "r = -0.693, p = 0.018"):
        assert part in told


def test_spectro_glio() -> None:
    checks = check_items(read_paper("spectro-glio").items)
    chi_squares = {
        "Sex": "0.5461", "Age, p printed beside the median": "0.8472", "Performance status": "0.1015",
        "Surgery": "0.8347", "MGMT promoter": "0.8815", "Toxicity, maximum grade": "0.9401", "Headache": "0.0484",
        "Neurological deficit": "0.0299",
    }  # fmt: skip
    for item, p in chi_squares.items():
        check = _of(checks, item, "p")
        assert check.verdict is Verdict.REPRODUCES
        assert float(check.recomputed) == pytest.approx(float(p), abs=6e-5)
        assert "chi-square, uncorrected" in check.why
    assert "fisher (0.0667" in _of(checks, "Headache", "p").why
    idh = _of(checks, "IDH", "p")
    assert idh.verdict is Verdict.DOES_NOT_FOLLOW
    assert idh.recomputed.startswith("0.7214")
    assert _of(checks, "Deaths of the design", "events (Schoenfeld)").recomputed.startswith("181.84")
    assert _of(checks, "Hazard ratio of the design", "hazard ratio from survival").recomputed == "0.661"
    assert _of(checks, "Overall survival", "width of the interval").recomputed == (
        "standard error 0.1748, bound 0.1768"
    )  # fmt: skip
    survival = {(one.item, one.quantity) for one in findings(checks) if "survival" in one.item}
    free = "Progression-free survival"
    assert survival == {(free, "estimate and interval"), (free, "p")}
    assert _of(checks, free, "estimate and interval").recomputed.startswith("1.088")


def test_reirradiation() -> None:
    checks = check_items(read_paper("reirradiation").items)
    doses = {"stated for alpha/beta 10": "92.5", "were it for alpha/beta 3": "96", "for alpha/beta 2": "97.5"}
    for stated, dose in doses.items():
        check = next(one for one in checks if one.item.endswith(stated))
        assert check.recomputed == dose
        assert (check.verdict is Verdict.REPRODUCES) == (stated != "stated for alpha/beta 10")
    shares = [one for one in checks if one.quantity == "percentage"]
    assert all(one.verdict is Verdict.REPRODUCES for one in shares)
    # 12.5 % is printed as 13; 87.5 % is 88 by either rule
    half_up = {one.item for one in shares if one.why.endswith("rounded half up")}
    assert half_up == {"Histology, Secondary glioblastoma, Overall"}
    widths = [one for one in checks if one.quantity == "width of the interval"]
    assert {one.verdict for one in widths} == {Verdict.IMPOSSIBLE}
    errors = [float(one.recomputed.split()[2].strip(",")) for one in widths]
    assert (min(errors), max(errors)) == pytest.approx((0.278, 0.380), abs=6e-4)
    interval = _of(checks, "Interval to reirradiation", "p")
    assert interval.recomputed == "0.5183 (0.3771 to 0.6556)"
    assert interval.verdict is Verdict.DOES_NOT_FOLLOW


def test_ai_ctv() -> None:
    checks = check_items(read_paper("ai-ctv").items)
    assert _of(checks, "Coverage, RTOG (identity on means)", "progression coverage").recomputed == "0.7884"
    wrong = {(one.item, one.quantity) for one in findings(checks)}
    assert ("Recurrence, to 2 cm, All", "percentage") in wrong
    # (34.5 x 44 + 38.7 x 27 + 30.0 x 30) / 101 and (18.0 x 44 + 40.1 x 27 + 19.7 x 30) / 101
    assert _of(checks, "Lesion volume (cc)", "mean").recomputed.startswith("34.286")
    assert _of(checks, "Overall survival (months)", "mean").recomputed.startswith("24.413")
    assert not any(item.startswith(("Sex", "Resection", "Progression,", "Age")) for item, _ in wrong)


def test_head_and_neck_review_is_in_order() -> None:
    assert not findings(check_items(read_paper("molecular-head-neck").items))
