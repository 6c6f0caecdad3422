"""Clonogens by dose against a fine sum over shells; marking by MRSI against its stated accuracy."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.phantom.boost_zones import BoostMargins, boost_volume_ml, clonogens_by_dose, infiltrated_directions
from impasto.phantom.glioma_population import (
    DIRECTIONS,
    GlioblastomaPopulation,
    Glioblastomas,
    MetabolicMarking,
    draw_glioblastomas,
    draw_luck,
    marked_directions,
)

_MARGINS = BoostMargins(20.0, 0.02, 10.0, 3.0, 0.3, 6.25)
_POPULATION = GlioblastomaPopulation(33.0, 0.45, (3.0, 95.0), 0.15, 0.05, 1.0, 4.0, 0.3, 0.3, 0.494, 0.8, 0.5)


def _patients(count: int, seed: int = 1) -> Glioblastomas:
    return draw_glioblastomas(_POPULATION, draw_luck((count,), np.random.default_rng(seed)))


def test_clonogens_are_those_of_a_fine_sum() -> None:
    patients = _patients(2)
    marked = np.random.default_rng(2).uniform(size=(2, DIRECTIONS)) < 0.5
    found = clonogens_by_dose(patients, marked, _MARGINS, 1e7)
    for one in range(2):
        radius = patients.radius_mm[one]
        expected = np.array([4.0 / 3.0 * np.pi * radius**3 * patients.core_share[one], 0.0, 0.0])
        for direction, length in enumerate(patients.infiltration_mm[one]):
            reach = np.arange(0.0025, 200.0, 0.005)
            shell = 4.0 * np.pi / DIRECTIONS * (radius + reach) ** 2 * np.exp(-reach / length) * 0.005
            base = max(20.0, -length * np.log(0.02)) + 3.0
            boost = max(6.25, -length * np.log(0.3)) + 13.0 if marked[one, direction] else 3.0
            zone = np.where(reach < min(boost, base), 0, np.where(reach < base, 1, 2))
            expected += np.bincount(zone, shell, minlength=3)
        assert found[one] == pytest.approx(expected * 1e4, rel=3e-3)


def test_volumes_are_those_of_spheres() -> None:
    patients = _patients(3)
    nothing = np.zeros((3, DIRECTIONS), dtype=bool)
    assert boost_volume_ml(patients, nothing, _MARGINS) == pytest.approx(
        4.0 / 3.0 * np.pi * ((patients.radius_mm + 3.0) / 10.0) ** 3
    )
    assert (boost_volume_ml(patients, ~nothing, _MARGINS) > boost_volume_ml(patients, nothing, _MARGINS)).all()


def test_marks_are_as_accurate_as_stated_and_cluster_in_patients() -> None:
    luck = draw_luck((20_000,), np.random.default_rng(3))
    patients = draw_glioblastomas(_POPULATION, luck)
    truth = infiltrated_directions(patients, _MARGINS)
    marked = marked_directions(truth, MetabolicMarking(0.4, 0.9, 0.5), luck)
    assert marked[truth].mean() == pytest.approx(0.4, abs=0.01)
    assert marked[~truth].mean() == pytest.approx(0.1, abs=0.01)
    alone = marked_directions(truth, MetabolicMarking(0.4, 0.9, 0.0), luck)
    assert marked.sum(axis=1).var() > 3.0 * alone.sum(axis=1).var()
    assert marked_directions(truth, MetabolicMarking(1.0, 1.0, 0.5), luck).tolist() == truth.tolist()


def test_population_has_the_medians_and_shares_asked_for() -> None:
    patients = _patients(20_000)
    assert 2.0 * np.median(patients.radius_mm) == pytest.approx(33.0, rel=0.02)
    assert patients.is_biopsied.mean() == pytest.approx(0.15, abs=0.01)
    assert patients.is_methylated.mean() == pytest.approx(0.494, abs=0.012)
    assert np.median(patients.infiltration_mm) == pytest.approx(4.0, rel=0.02)


def test_shares_that_are_none_are_refused() -> None:
    with pytest.raises(ImpastoError, match="accuracy"):
        MetabolicMarking(1.2, 0.9, 0.5)
    with pytest.raises(ImpastoError, match="edge"):
        BoostMargins(20.0, 0.0, 10.0, 3.0, 0.3, 6.25)
