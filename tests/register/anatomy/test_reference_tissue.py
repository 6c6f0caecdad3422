"""Tissue classes against the shares a head was made from, and white matter opposite a lesion."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.register.anatomy import (
    ReferenceSettings,
    TissueSettings,
    classify_tissue,
    contralateral_white_matter,
    normal_appearing_tissue,
    template_midsagittal_plane,
)


@pytest.fixture(scope="module")
def lesion(head):
    centre = head.transform.fixed_from_moving((30.0, 5.0, 25.0))
    return head.brain & (np.linalg.norm(head.image.grid.voxel_centres_mm() - centre, axis=-1) < 18.0)


@pytest.fixture(scope="module")
def tissue(head, lesion):
    image = head.image.with_data(np.where(lesion, 1800.0, head.image.data))
    return classify_tissue(image, head.brain, head.transform, lesion)


@pytest.mark.parametrize(("name", "least"), [("csf", 0.75), ("grey", 0.85), ("white", 0.9)])
def test_classes_are_those_the_head_was_made_of(head, tissue, lesion, overlap, name, least):
    truth = (getattr(head, name) > 0.5) & ~lesion
    assert overlap(getattr(tissue, name).data > 0.5, truth) > least
    assert not getattr(tissue, name).data[lesion].any()


# in FLAIR white matter shines like a mixture of dark fluid and bright cortex: what is partly filled passes for it
@pytest.mark.parametrize(("contrast", "least"), [("T2", 0.85), ("FLAIR", 0.78)])
def test_no_contrast_is_assumed(head_of, head, overlap, contrast, least):
    other = head_of(head.transform, contrast)
    found = classify_tissue(other.image, other.brain, other.transform)
    assert overlap(found.white.data > 0.5, other.white > 0.5) > least
    assert np.argmax(found.means) == {"T2": 0, "FLAIR": 1}[contrast]


def test_ventricles_are_fluid_in_the_middle(head, tissue):
    filled = tissue.ventricles.mask.data > 0.5
    assert 6.0 < tissue.ventricles.volume_ml() < 30.0
    assert head.csf[filled].mean() > 0.7
    frontal_horn = head.transform.fixed_from_moving(np.array([[8.0, -15.0, 12.0], [-8.0, -15.0, 12.0]]))
    nearest = np.round(head.image.grid.index_from_world(frontal_horn)).astype(int)
    assert filled[tuple(nearest.T)].all()


def test_reference_lies_in_white_matter_opposite_the_lesion(head, tissue, lesion):
    plane = template_midsagittal_plane(head.transform)
    found = contralateral_white_matter(tissue, plane, lesion)
    chosen = found.mask.data > 0.5
    assert found.name == "NAWM contralateral"
    assert found.volume_ml() >= 4.0
    assert head.white[chosen].mean() > 0.85
    assert (plane.grid_distance_mm(head.image.grid)[chosen] < -8.0).all()
    assert plane.distance_mm(head.transform.fixed_from_moving((30.0, 5.0, 25.0))) > 0.0
    mirror_place = head.transform.fixed_from_moving((-30.0, 5.0, 25.0))
    middle = head.image.grid.world_from_index(np.argwhere(chosen).mean(axis=0))
    assert np.linalg.norm(middle - mirror_place) < 10.0


def test_a_lesion_on_both_sides_stops_or_takes_what_is_far(head, tissue):
    plane = template_midsagittal_plane(head.transform)
    centre = head.transform.fixed_from_moving((3.0, -30.0, 20.0))
    both = head.brain & (np.linalg.norm(head.image.grid.voxel_centres_mm() - centre, axis=-1) < 20.0)
    with pytest.raises(ImpastoError, match="both sides"):
        contralateral_white_matter(tissue, plane, both)
    found = contralateral_white_matter(tissue, plane, both, when_on_both_sides="smaller side")
    away = np.linalg.norm(head.image.grid.voxel_centres_mm() - centre, axis=-1)[found.mask.data > 0.5]
    assert away.min() > 33.0
    assert (plane.grid_distance_mm(head.image.grid)[found.mask.data > 0.5] < 0.0).all()


def test_too_little_white_matter_is_said(head, tissue, lesion):
    plane = template_midsagittal_plane(head.transform)
    with pytest.raises(ImpastoError, match="ml of white matter opposite"):
        contralateral_white_matter(tissue, plane, lesion, settings=ReferenceSettings(least_volume_ml=900.0))
    with pytest.raises(ImpastoError, match="not empty"):
        contralateral_white_matter(tissue, plane, np.zeros_like(lesion))


def test_normal_appearing_brain_keeps_away_from_the_lesion(tissue, lesion):
    found = normal_appearing_tissue(tissue, lesion).mask.data > 0.5
    assert not found[lesion].any()
    assert (tissue.csf.data[found] < 0.2).all()
    assert normal_appearing_tissue(tissue).volume_ml() > found.sum() * tissue.white.grid.voxel_volume_ml


def test_bad_settings_are_refused(head):
    with pytest.raises(ImpastoError, match="out of range"):
        TissueSettings(rounds=0)
    with pytest.raises(ImpastoError, match="voxels"):
        classify_tissue(head.image, np.zeros_like(head.brain), head.transform)
