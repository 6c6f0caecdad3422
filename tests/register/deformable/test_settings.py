from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.register import KnownCorrespondence
from impasto.register.deformable import AbsenceSettings, DeformableSettings, GuidedRegions


@pytest.mark.parametrize(
    "wrong",
    [
        {"engine": "demons"},
        {"contrast": "inverted"},
        {"levels_mm": ()},
        {"levels_mm": (4.0,)},
        {"iterations": (6, 8, 0)},
        {"damping": 0.0},
        {"structure_weight": -1.0},
        {"clipped_share": 0.5},
        {"contrast": "any", "absence": AbsenceSettings()},
    ],
)
def test_refuses(wrong):
    with pytest.raises(ImpastoError):
        DeformableSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"inconsistency_mm": 0.0}, {"difference": -1.0}, {"probe_mm": 0.0}])
def test_absence_refuses(wrong):
    with pytest.raises(ImpastoError):
        AbsenceSettings(**wrong)


def test_guides_swap_with_the_frames():
    one, other = np.zeros((1, 3)), np.ones((1, 3))
    swapped = GuidedRegions(guides=KnownCorrespondence(one, other)).swapped()
    assert swapped.guides is not None
    assert np.array_equal(swapped.guides.fixed_points_mm, other)
