"""Machine files: what is in them, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.plan.gammaknife import GammaKnife, gamma_knife, gamma_knife_from_json


def stored(name: str) -> dict[str, Any]:
    text = files("impasto.plan.gammaknife").joinpath(f"machines/{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def test_perfexion_has_192_beams_in_8_sectors_of_24(perfexion: GammaKnife) -> None:
    assert perfexion.beams.output.shape == (3, 192)
    assert np.bincount(perfexion.beams.sector).tolist() == [24] * 8
    np.testing.assert_allclose(np.linalg.norm(perfexion.beams.towards_source, axis=-1), 1.0)
    assert perfexion.source_focus_mm[[0, -1]].tolist() == [374.0, 433.0]


def test_outputs_of_all_beams_add_up_to_the_output_factors(perfexion: GammaKnife) -> None:
    np.testing.assert_allclose(perfexion.beams.output.sum(axis=1), [0.814, 0.900, 1.000], atol=1e-12)


def test_every_sector_gives_the_same(perfexion: GammaKnife) -> None:
    first = np.searchsorted(perfexion.beams.sector, np.arange(8))
    by_sector = np.add.reduceat(perfexion.beams.output, first, axis=1)
    np.testing.assert_allclose(by_sector, by_sector[:, :1] * np.ones(8))


def test_model_c_says_that_it_is_experimental_and_interpolated() -> None:
    machine = gamma_knife("model_c", 3.0)
    assert machine.is_experimental
    assert "Experimental" in machine.notice
    assert machine.beams.output.shape == (4, 201)
    by_diameter = {c["diameter_mm"]: c["profile"] for c in stored("perfexion")["collimators"]}
    small, large = by_diameter[8.0], by_diameter[16.0]
    for collimator in stored("model_c")["collimators"][1:]:
        share = (collimator["diameter_mm"] - 8.0) / 8.0
        for name, value in collimator["profile"].items():
            assert value == pytest.approx(small[name] + share * (large[name] - small[name]), abs=1e-5)


def broken(change: Callable[[dict[str, Any]], object]) -> str:
    content = stored("perfexion")
    change(content)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c.update(format_version=2), "format_version"),
        (lambda c: c.update(colour="blue"), "colour"),
        (lambda c: c.pop("notice"), "notice"),
        (lambda c: c["rings"].update(beam_count=[40, 40, 40, 40, 30]), "same number of beams"),
        (lambda c: c["collimators"][0].update(ring_output_ratio=[1.0, 1.0]), "one output ratio"),
        (lambda c: c["collimators"].reverse(), "ascend"),
        (lambda c: c["collimators"][2].update(output_factor=0.95), "output factor 1"),
        (lambda c: c["collimators"][1]["profile"].update(tail_length_mm=0.0), "tail_length_mm"),
        (lambda c: c.update(attenuation_per_mm="thick"), "attenuation_per_mm"),
    ],
)
def test_refuses_what_does_not_fit(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    with pytest.raises(ImpastoError, match=f"mine.json: .*{problem}"):
        gamma_knife_from_json(broken(change), 3.0, subject="mine.json")


def test_refuses_unknown_machines_dose_rates_and_collimators(perfexion: GammaKnife) -> None:
    with pytest.raises(ImpastoError, match="perfexion, model_c"):
        gamma_knife("esprit", 3.0)
    with pytest.raises(ImpastoError, match="calibrated dose rate"):
        gamma_knife("perfexion", 0.0)
    with pytest.raises(ImpastoError, match="no 14 mm collimator; choose one of: 4, 8, 16 mm"):
        perfexion.collimator_index(14.0)
