"""Calibration of maps by digital patients: its file, and what it does to draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from impasto.core import Grid, Image, ImpastoError
from impasto.target.uncertainty import DrawSettings, MapDraws, zone_probabilities
from impasto.target.zones import (
    AcquiredMap,
    Criterion,
    CriterionCalibration,
    CriterionGroup,
    MapCalibration,
    Threshold,
    Zone,
    ZoneRule,
    ZoneScaling,
    zone_calibration,
)

_GRID = Grid.centred((8, 8, 8), (2.0, 2.0, 2.0))
_ONE = Image(np.ones(_GRID.shape), _GRID, "x", "1", standard_error=np.zeros(_GRID.shape))
_RULE = ZoneRule("test", "", (CriterionGroup("g", (Criterion("x", "x", 1.0),)),), (Zone("in", 1), Zone("out", 0)))


_TISSUE = {
    "length_mm": 6.0,
    "over_brain": True,
    "parts": [{"part": "region", "level": 1.8, "level_error": 0.3, "spread": 1.1}],
}


def _document(**changes: object) -> dict[str, object]:
    one = {"map": "rcbv", "found_over_true": 0.9, "shared_error": 0.05}
    return {"format": 1, "name": "n", "rule": "r", "about": "a", "measured_on": "m", "maps": [one | changes]}


def test_a_calibration_is_read_and_others_count_as_they_are() -> None:
    found = zone_calibration(_document(), "file")
    assert found.of("rcbv") == MapCalibration(0.9, 0.05)
    assert found.of("ktrans") == MapCalibration()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"local_eror": 0.1}, "did you mean local_error"),
        ({"found_over_true": 0.0}, "factor and a length above 0"),
        ({"shared_error": "large"}, "give a number"),
    ],
)
def test_what_cannot_be_meant_is_told(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ImpastoError, match=said):
        zone_calibration(_document(**changes), "file")


def test_a_known_bias_is_taken_out() -> None:
    known = {"x": AcquiredMap(_ONE, calibration=MapCalibration(found_over_true=0.8))}
    draws = MapDraws(known, _GRID)
    assert draws.means()["x"] == pytest.approx(1.25)
    assert draws.draw(2)["x"] == pytest.approx(1.25)


@pytest.mark.parametrize("calibration", [MapCalibration(local_error=0.2), MapCalibration(shared_error=0.2)])
def test_either_error_gives_the_probability_of_its_size(calibration: MapCalibration) -> None:
    threshold = {"x": Threshold(1.1)}
    maps = {"x": AcquiredMap(_ONE, calibration=calibration)}
    found = zone_probabilities(_RULE, maps, threshold, np.ones(_GRID.shape), _GRID, DrawSettings(2000, batch=500))
    assert found.probabilities[0].mean() == pytest.approx(stats.norm(1.0, 0.2).sf(1.1), abs=0.02)


def test_local_errors_go_together_over_their_length_only() -> None:
    calibration = MapCalibration(local_error=0.2, local_length_mm=4.0)
    drawn = MapDraws({"x": AcquiredMap(_ONE, calibration=calibration)}, _GRID).draw(2000)["x"][:, :, 4, 4]
    found = np.corrcoef(drawn.T)[0]
    apart = np.sqrt(3.0) * 2.0 * np.arange(8) / 4.0
    assert found == pytest.approx((1.0 + apart) * np.exp(-apart), abs=0.08)


def test_tissue_and_criteria_are_read() -> None:
    asked = {"criterion": "rCBV", "shift": -0.6, "widening": 2.0}
    found = zone_calibration({**_document(tissue=_TISSUE), "criteria": [asked]}, "file")
    assert found.criteria == {"rCBV": CriterionCalibration(-0.6, 2.0)}
    tissue = found.of("rcbv").tissue
    assert tissue is not None
    assert (tissue.of("region").level, tissue.length_mm, tissue.over_brain) == (1.8, 6.0, True)
    assert tissue.of("ventricles").level_error == 1.0


def test_a_calibrated_criterion_holds_as_often_as_its_definition_says() -> None:
    noisy = Image(np.full(_GRID.shape, 1.3), _GRID, "x", "1", standard_error=np.full(_GRID.shape, 0.2))
    known = {"x": CriterionCalibration(shift=0.5, widening=1.5, shared=0.8)}
    settings = DrawSettings(1000, batch=500, criteria=known)
    threshold, share = {"x": Threshold(1.0)}, np.ones(_GRID.shape)
    found = zone_probabilities(_RULE, {"x": AcquiredMap(noisy)}, threshold, share, _GRID, settings)
    expected = stats.norm.cdf((1.5 - 0.5) / np.hypot(1.5, 0.8))
    assert found.probabilities[0].mean() == pytest.approx(expected, abs=0.02)
    assert found.deviates["x"].mean() == pytest.approx(1.5, abs=0.05)


def test_assumed_errors_of_a_whole_map_are_neither_moved_nor_widened() -> None:
    noisy = Image(np.full(_GRID.shape, 1.3), _GRID, "x", "1", standard_error=np.full(_GRID.shape, 0.1))
    known = {"x": CriterionCalibration(shift=2.0, widening=0.5)}
    settings = DrawSettings(4000, batch=2000, criteria=known)
    acquired = AcquiredMap(noisy, relative_error=0.2)
    found = zone_probabilities(_RULE, {"x": acquired}, {"x": Threshold(1.0)}, np.ones(_GRID.shape), _GRID, settings)
    # 0.3 above the threshold, less 2 x 0.1; half of 0.1 and all of 0.2 x 1.3
    expected = stats.norm.cdf(0.1 / np.hypot(0.05, 0.26))
    assert found.probabilities[0].mean() == pytest.approx(expected, abs=0.02)
    assert found.deviates["x"].mean() == pytest.approx(3.0, abs=0.1)


def test_shares_of_draws_are_scaled_as_odds() -> None:
    noisy = Image(np.full(_GRID.shape, 1.1), _GRID, "x", "1", standard_error=np.full(_GRID.shape, 0.2))
    share = np.ones(_GRID.shape)
    found = [
        zone_probabilities(_RULE, {"x": AcquiredMap(noisy)}, {"x": Threshold(1.0)}, share, _GRID, settings)
        for settings in (
            DrawSettings(1000, batch=500),
            DrawSettings(1000, batch=500, zones={"in": ZoneScaling(0.5, -0.4), "out": ZoneScaling(0.5)}),
        )
    ]
    drawn, scaled = (np.log(one.probabilities[0] / one.probabilities[1]) for one in found)
    assert scaled == pytest.approx(0.5 * drawn - 0.4, abs=1e-3)
    assert found[1].probabilities.sum(axis=0) == pytest.approx(1.0)
