"""Population arterial inputs against the curves of their papers, collected by OSIPI."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.maps.dce import ArterialInput, georgiou_blood_concentration, parker_blood_concentration


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["ParkerAIF_ref.csv", "ParkerAIF_ref_with_delay.csv"])
def test_parkers_curve_at_any_sampling_and_delay(reference_data: Callable[[str], Path], name: str) -> None:
    rows = _rows(reference_data("dsc_dce_osipi") / name)
    times_s = 60.0 * np.array([float(row["time"]) for row in rows])
    delays_s = np.array([float(row["delay"]) for row in rows])
    expected = np.array([float(row["Cb"]) for row in rows])
    for delay_s in np.unique(delays_s):
        of_delay = delays_s == delay_s
        found = parker_blood_concentration(times_s[of_delay], delay_s)
        np.testing.assert_allclose(found, expected[of_delay], rtol=1e-9, atol=1e-12)


def test_georgious_curve_as_in_the_papers_supplement(reference_data: Callable[[str], Path]) -> None:
    rows = _rows(reference_data("dsc_dce_osipi") / "GeorgiouAIF_ref.csv")
    times_s = 60.0 * np.array([float(row["time"]) for row in rows])
    expected = np.array([float(row["Cb"]) for row in rows])
    # OSIPI allows 1e-4 + 1 %
    np.testing.assert_allclose(georgiou_blood_concentration(times_s), expected, rtol=1e-4, atol=1e-7)


def test_late_recirculation_settles_where_passes_come_as_often_as_they_spread() -> None:
    # a train of unit areas, one each (5.267 + 1) * .03208 + .1286 min, has this mean height
    level = 1.0 / (6.266978 * 0.03207889 + 0.12855587)
    washout = 0.374303 * np.exp(-0.112690 * 15.0)
    np.testing.assert_allclose(georgiou_blood_concentration(np.array([900.0])), level * washout, rtol=2e-3)


def test_plasma_holds_all_the_agent_of_blood() -> None:
    arterial = ArterialInput(np.array([0.0, 10.0]), np.array([0.0, 2.9]), haematocrit=0.42)
    np.testing.assert_allclose(arterial.plasma_mmol_l, [0.0, 5.0])
    np.testing.assert_allclose(arterial.delayed(5.0).blood_at(np.array([4.0, 10.0])), [0.0, 1.45])


@pytest.mark.parametrize(
    ("times", "blood", "haematocrit", "problem"),
    [
        ([0.0, 1.0], [1.0], 0.4, "do not fit"),
        ([1.0, 0.0], [1.0, 1.0], 0.4, "do not increase"),
        ([0.0, 1.0], [1.0, np.nan], 0.4, "not finite"),
        ([0.0, 1.0], [1.0, 1.0], 42.0, "haematocrit 42"),
    ],
)
def test_unusable_inputs_are_refused(times: list[float], blood: list[float], haematocrit: float, problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        ArterialInput(np.array(times), np.array(blood), haematocrit)


def test_nothing_is_made_up_after_the_last_knot() -> None:
    arterial = ArterialInput(np.array([0.0, 10.0]), np.ones(2), 0.4)
    with pytest.raises(ImpastoError, match="known until 10 s"):
        arterial.blood_at(np.array([12.0]))
