"""Recurrence coverage of individualised and standard plans, patient by patient (GliODIL's source data)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.outcome.paired import PairedValues, compare_pairs, signed_rank_test


def coverage(path: Path, heading: str) -> dict[str, np.ndarray]:
    """Coverage in percent by model, in the order of patients."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if heading in line)
    values: dict[str, list[float]] = {}
    for line in lines[start + 2 :]:
        cells = line.split("\t")
        if len(cells) != 4:
            break
        values.setdefault(cells[1], []).append(float(cells[2]))
    return {model: np.array(shares) for model, shares in values.items()}


@pytest.mark.parametrize(
    ("heading", "means", "p_value"),
    [
        ("enhancing core recurrence", (82.42, 84.42, 75.25), 0.055),
        ("any recurrence", (63.59, 67.80, 62.06), None),
    ],
)
def test_the_printed_means_and_tests_follow_from_the_patients(
    reference_data: Callable[[str], Path], heading: str, means: tuple[float, float, float], p_value: float | None
) -> None:
    found = coverage(reference_data("ctv_gliodil") / "SourceData.txt", heading)
    models = ("Standard Plan (1.5cm)", "GliODIL Plan", "LMI")
    assert [found[model].mean() for model in models] == pytest.approx(means, abs=0.005)
    compared = compare_pairs(PairedValues("coverage", "%", ("standard", "GliODIL"), found[models[0]], found[models[1]]))
    assert len(compared.values.differences) == 152
    if p_value is None:
        assert compared.signed_rank.p_value < 1e-4
    else:
        # .0553 where differences of printed decimals are left with their floating-point noise, which breaks ties
        assert p_value <= signed_rank_test(compared.values.differences, is_exact=False).p_value < p_value + 0.001
