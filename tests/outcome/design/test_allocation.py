"""Permuted blocks and minimisation: balance, reproducibility, the reasons in the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.outcome.design import Arms, MinimisationRule, audit_minimisation, minimise, permuted_block_lists

_ARMS = Arms.equal("60 Gy", "72 Gy")


def _patients(count: int, seed: int) -> list[dict[str, str]]:
    generator = np.random.default_rng(seed)
    surgery = generator.choice(["biopsy", "partial", "complete"], count)
    centre = generator.integers(0, 8, count)
    return [{"surgery": str(one), "centre": f"centre {other}"} for one, other in zip(surgery, centre, strict=True)]


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.sampled_from([(4,), (2, 4, 6), (6,)]))
def test_blocks_never_drift_apart(seed: int, sizes: tuple[int, ...]) -> None:
    rows = permuted_block_lists({"surgery": ["biopsy", "complete"]}, 24, _ARMS, sizes, seed)
    for stratum in (rows[:24], rows[24:]):
        lead = np.cumsum([1 if row.arm == "60 Gy" else -1 for row in stratum])
        assert np.abs(lead).max() <= max(sizes) // 2
        assert [row.number for row in stratum] == list(range(1, 25))
    assert rows == permuted_block_lists({"surgery": ["biopsy", "complete"]}, 24, _ARMS, sizes, seed)
    # a stratum's list does not depend on what other strata there are
    assert rows[24:] == permuted_block_lists({"surgery": ["complete"]}, 24, _ARMS, sizes, seed)


def test_unequal_ratio_and_block_reasons() -> None:
    rows = permuted_block_lists({}, 12, Arms(("new", "old"), (2, 1)), [6], 3)
    assert Counter(row.arm for row in rows) == {"new": 8, "old": 4}
    assert rows[0].reason == "place 1 of block 1 (size 6) of the stratum all patients"
    with pytest.raises(ImpastoError, match="block of 4 cannot hold the ratio 2:1"):
        permuted_block_lists({}, 12, Arms(("new", "old"), (2, 1)), [4], 3)


def test_every_order_of_a_block_is_as_likely() -> None:
    found = Counter(
        "".join(row.arm[0] for row in permuted_block_lists({}, 4, _ARMS, [4], seed)) for seed in range(1200)
    )
    assert len(found) == 6
    assert max(abs(count - 200) for count in found.values()) < 4 * np.sqrt(200 * 5 / 6)


def test_minimisation_follows_pocock_and_simon_by_hand() -> None:
    rule = MinimisationRule(_ARMS, ("surgery", "centre"), seed=1, probability=1.0)
    log = minimise(rule, [{"surgery": "biopsy", "centre": "A"}, {"surgery": "biopsy", "centre": "B"}])
    first, second = log[0].arm, log[1].arm
    assert first != second
    assert f"{first}: 3; " in log[1].reason or f"; {first}: 3" not in log[0].reason
    assert "Chances" in log[1].reason
    assert f"Drawn {log[1].draw:.6f}" in log[1].reason


def test_minimisation_balances_every_margin_better_than_chance() -> None:
    patients = _patients(180, 1)
    rule = MinimisationRule(_ARMS, ("surgery", "centre"), seed=7)
    log = minimise(rule, patients)
    worst = 0
    for name in rule.factors:
        for value in {patient[name] for patient in patients}:
            arms = Counter(row.arm for row in log if row.factors[name] == value)
            worst = max(worst, abs(arms["60 Gy"] - arms["72 Gy"]))
    assert worst <= 6
    favoured = sum("Chances 60 Gy 0.5" not in row.reason for row in log)
    assert favoured > 100


def test_log_can_be_audited_and_grows_without_changing() -> None:
    patients = _patients(40, 2)
    rule = MinimisationRule(_ARMS, ("surgery", "centre"), seed=11, imbalance="variance", weights={"surgery": 2.0})
    log = minimise(rule, patients)
    assert minimise(rule, patients[:25]) == log[:25]
    assert audit_minimisation(rule, log) == ()
    other = "72 Gy" if log[9].arm == "60 Gy" else "60 Gy"
    forged = (*log[:9], replace(log[9], arm=other), *log[10:])
    assert any(found.startswith("patient 10: the log says") for found in audit_minimisation(rule, forged))


def test_minimisation_keeps_an_unequal_ratio() -> None:
    log = minimise(MinimisationRule(Arms(("new", "old"), (2, 1)), ("surgery",), seed=5), _patients(180, 3))
    assert Counter(row.arm for row in log)["new"] == pytest.approx(120, abs=6)


def test_rules_that_cannot_work_are_refused() -> None:
    with pytest.raises(ImpastoError, match="favours no arm"):
        MinimisationRule(_ARMS, ("surgery",), seed=1, probability=0.5)
    with pytest.raises(ImpastoError, match="patient 1: centre is missing"):
        minimise(MinimisationRule(_ARMS, ("surgery", "centre"), seed=1), [{"surgery": "biopsy"}])
    with pytest.raises(ImpastoError, match="name two or more"):
        Arms.equal("60 Gy")
