"""The template found in heads that were made from it: the map is known."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.core.atlas import brain_hull
from impasto.register.anatomy import TemplateSettings, register_template
from impasto.register.settings import LinearSettings

QUICK = TemplateSettings(
    search=LinearSettings("affine", levels_mm=(6.0, 4.0), samples=(10_000, 30_000)),
    depths_mm=(-15.0, 0.0, 15.0),
    shifts_mm=(0.0,),
    rolls_deg=(0.0,),
    climbed_starts=2,
)


@pytest.mark.parametrize(("contrast", "has_skull"), [("T1", True), ("FLAIR", False)])
def test_finds_a_tilted_head_in_any_contrast(head_of, pose_of, contrast, has_skull):
    truth = pose_of(20.0, 6.0, -4.0, 1.07, (3.0, -6.0, 5.0))
    found = register_template(head_of(truth, contrast, has_skull).image, settings=QUICK)
    points = truth.fixed_from_moving(brain_hull().points_mm)
    error = np.linalg.norm(found.transform.moving_from_fixed(points) - brain_hull().points_mm, axis=1)
    assert error.mean() < 1.5
    assert found.volume_ratio == pytest.approx(1.07**3, rel=0.04)


def test_a_lesion_left_out_changes_little(head):
    lesion = np.zeros(head.image.grid.shape, dtype=bool)
    lesion[40:48, 30:40, 40:48] = True
    spoilt = head.image.with_data(np.where(lesion, 3000.0, head.image.data))
    found = register_template(spoilt, lesion, head.transform, QUICK).transform
    points = head.transform.fixed_from_moving(brain_hull().points_mm)
    error = np.linalg.norm(found.moving_from_fixed(points) - brain_hull().points_mm, axis=1)
    assert error.mean() < 1.0


def test_what_is_no_head_is_refused():
    grid = Grid.centred((20, 20, 20), (3.0, 3.0, 3.0))
    speck = np.zeros(grid.shape, dtype=np.float32)
    speck[10, 10, 10] = 1.0
    with pytest.raises(ImpastoError, match=r"shows no head|same everywhere"):
        register_template(Image(speck, grid, "T1", "1"), settings=QUICK)


def test_settings_without_a_start_are_refused():
    with pytest.raises(ImpastoError, match="no start"):
        TemplateSettings(pitches_deg=())
