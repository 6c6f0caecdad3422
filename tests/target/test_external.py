"""The patient's outline from CT."""

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role
from impasto.target import external_from_ct

GRID = Grid.centred((80, 60, 8), (2, 2, 5))
X, Y, Z = np.moveaxis(GRID.voxel_centres_mm(), -1, 0)
BODY = (X / 60) ** 2 + (Y / 40) ** 2 <= 1
LUNG = (X / 20) ** 2 + (Y / 15) ** 2 <= 1
COUCH = (Y > 52) & (Y < 56)
CT = Image(np.where(LUNG, -800.0, np.where(BODY | COUCH, 40.0, -1000.0)), GRID, "CT number", "[hnsf'U]")


def test_outline_holds_the_lungs_and_leaves_out_the_couch():
    found = external_from_ct(CT)
    assert found.role is Role.EXTERNAL
    voxels = found.voxels(GRID)
    assert voxels[LUNG].all()
    assert not voxels[COUCH].any()
    assert np.count_nonzero(voxels ^ BODY) < 0.02 * np.count_nonzero(BODY)


def test_no_body_is_said():
    with pytest.raises(ImpastoError, match="no body is denser than -300 HU"):
        external_from_ct(CT.with_data(np.full(GRID.shape, -1000.0)))
