from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.plan import (
    EquivalentUniformDose,
    MaximumDoseVolume,
    MeanDose,
    MinimumDoseVolume,
    Objective,
    SquaredDeviation,
    SquaredOverdose,
    SquaredUnderdose,
)

ROWS = np.arange(40)
MAP = np.linspace(1.0, 3.0, 40)
BUILD: dict[str, Callable[[], Objective]] = {
    "underdose": lambda: SquaredUnderdose(structure="a", rows=ROWS, level_gy=2.0, weight=3.0),
    "underdose map": lambda: SquaredUnderdose(structure="a", rows=ROWS, level_gy=MAP),
    "overdose": lambda: SquaredOverdose(structure="a", rows=ROWS, level_gy=1.5, weight=0.5),
    "overdose map": lambda: SquaredOverdose(structure="a", rows=ROWS, level_gy=MAP),
    "deviation": lambda: SquaredDeviation(structure="a", rows=ROWS, level_gy=2.0),
    "deviation map": lambda: SquaredDeviation(structure="a", rows=ROWS, level_gy=MAP, weight=7.0),
    "mean": lambda: MeanDose(structure="a", rows=ROWS, level_gy=0.5, weight=2.0),
    "maximum dose-volume": lambda: MaximumDoseVolume(structure="a", rows=ROWS, level_gy=1.0, volume_percent=30.0),
    "minimum dose-volume": lambda: MinimumDoseVolume(structure="a", rows=ROWS, level_gy=3.0, volume_percent=80.0),
    "gEUD of an organ": lambda: EquivalentUniformDose(structure="a", rows=ROWS, level_gy=0.8, exponent=8.0),
    "gEUD of a target": lambda: EquivalentUniformDose(structure="a", rows=ROWS, level_gy=4.5, exponent=-10.0),
}


@pytest.mark.parametrize("name", BUILD)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_gradient_agrees_with_finite_differences(name: str, seed: int) -> None:
    objective = BUILD[name]()
    rng = np.random.default_rng(seed)
    dose = rng.uniform(0.05, 4.0, len(ROWS))
    value, gradient = objective.value_and_gradient(dose)
    assert value >= 0.0
    step = 1e-6
    for voxel in rng.choice(len(ROWS), 6, replace=False):
        near = np.zeros(len(ROWS))
        near[voxel] = step
        slope = (objective.value(dose + near) - objective.value(dose - near)) / (2 * step)
        assert gradient[voxel] == pytest.approx(slope, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", BUILD)
def test_nothing_is_paid_where_the_aim_is_met(name: str) -> None:
    met = {"underdose": 5.0, "minimum dose-volume": 5.0, "gEUD of a target": 5.0, "deviation": 2.0}
    dose = np.full(len(ROWS), met.get(name, 0.5))
    if "map" in name:
        dose = MAP.copy()
    assert BUILD[name]().value(dose) == 0.0


def test_values_on_paper() -> None:
    dose = np.array([1.0, 2.0, 4.0])
    rows = np.arange(3)
    assert SquaredUnderdose(structure="a", rows=rows, level_gy=2.0).value(dose) == pytest.approx(1 / 3)
    assert SquaredOverdose(structure="a", rows=rows, level_gy=2.0).value(dose) == pytest.approx(4 / 3)
    assert SquaredDeviation(structure="a", rows=rows, level_gy=2.0).value(dose) == pytest.approx(5 / 3)
    assert MeanDose(structure="a", rows=rows, level_gy=1.0).value(dose) == pytest.approx((7 / 3 - 1) ** 2)
    eud = EquivalentUniformDose(structure="a", rows=rows, level_gy=0.0, exponent=2.0)
    assert eud.equivalent_dose_gy(dose) == pytest.approx(np.sqrt(7.0))


@pytest.mark.parametrize(("percent", "paid"), [(0.0, (3.5, 2.5, 1.5)), (25.0, (2.5, 1.5)), (50.0, (1.5,)), (75.0, ())])
def test_maximum_dose_volume_spares_the_hottest_share(percent: float, paid: tuple[float, ...]) -> None:
    objective = MaximumDoseVolume(structure="a", rows=np.arange(4), level_gy=1.0, volume_percent=percent)
    dose = np.array([4.5, 0.5, 2.5, 3.5])
    assert objective.value(dose) == pytest.approx(sum(excess**2 for excess in paid) / 4) or percent == 0.0
    if percent == 0.0:
        assert objective.value(dose) == pytest.approx((3.5**2 + 1.5**2 + 2.5**2) / 4)


def test_overdose_on_kept_voxels_weighs_as_in_the_whole() -> None:
    whole = SquaredOverdose(structure="a", rows=ROWS, level_gy=MAP, weight=2.0)
    dose = np.random.default_rng(0).uniform(0.0, 4.0, len(ROWS))
    hot = dose > MAP
    assert whole.restricted(hot).value(dose[hot]) == pytest.approx(whole.value(dose))


def test_bad_objectives_are_refused() -> None:
    with pytest.raises(ImpastoError, match="no voxel"):
        MeanDose(structure="a", rows=np.zeros(0, dtype=int))
    with pytest.raises(ImpastoError, match="dose map"):
        SquaredOverdose(structure="a", rows=ROWS, level_gy=np.ones(3))
    with pytest.raises(ImpastoError, match="exponent"):
        EquivalentUniformDose(structure="a", rows=ROWS, level_gy=1.0, exponent=0.5)
    with pytest.raises(ImpastoError, match="volume"):
        MaximumDoseVolume(structure="a", rows=ROWS, level_gy=1.0, volume_percent=120.0)
    with pytest.raises(ImpastoError, match="weight"):
        MeanDose(structure="a", rows=ROWS, weight=-1.0)
    with pytest.raises(ImpastoError, match="finite"):
        SquaredDeviation(structure="a", rows=ROWS, level_gy=np.nan)
