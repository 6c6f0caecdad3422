"""Masks against the brain that a head was made from."""

from __future__ import annotations

import sys
import types

import nibabel
import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.register.anatomy import BiasFieldSettings, SurfaceSettings, brain_mask

QUICK = BiasFieldSettings(spacing_mm=8.0, iterations=(5,))


@pytest.mark.parametrize("contrast", ["T1", "T2"])
def test_the_edge_is_found_although_the_template_lies_beside(head_of, pose_of, overlap, contrast):
    head = head_of(pose_of(5.0, 0.0, 0.0, 1.05, (2.0, 0.0, 4.0)), contrast)
    beside = pose_of(5.0, 0.0, 0.0, 1.0, (4.0, 3.0, 7.0))
    before = head_of(beside).brain
    # voxels of 3 mm, but bone of 6 mm: the edge is there to be found
    found = brain_mask(head.image, beside, surface=SurfaceSettings(coarsest_mm=3.5), bias_field=QUICK).mask.data > 0.5
    assert overlap(before, head.brain) < 0.93
    assert overlap(found, head.brain) > 0.955


def test_a_lesion_at_the_rim_stays_in_the_brain(head):
    lesion = np.zeros(head.image.grid.shape, dtype=bool)
    rim = np.argwhere(head.brain)
    lesion[tuple(rim[rim[:, 0] > rim[:, 0].max() - 3].T)] = True
    image = head.image.with_data(np.where(lesion, 60.0, head.image.data).astype(np.float32))
    found = brain_mask(image, head.transform, lesion, bias_field=QUICK).mask.data > 0.5
    assert found[lesion].all()


def test_bad_requests_name_the_remedy(head):
    with pytest.raises(ImpastoError, match="template or deepbet"):
        brain_mask(head.image, head.transform, method="magic")
    with pytest.raises(ImpastoError, match="positive"):
        SurfaceSettings(prior_mm=0.0)


def test_the_network_missing_is_said(head, monkeypatch):
    monkeypatch.setitem(sys.modules, "deepbet.bet", None)
    with pytest.raises(ImpastoError, match=r"impasto\[brain\]"):
        brain_mask(head.image, method="deepbet")


def test_the_network_sees_the_head_where_it_lies(monkeypatch):
    seen = {}

    class Extraction:
        def __init__(self, no_gpu):
            assert no_gpu

        def run(self, volume, threshold):
            upright = nibabel.as_closest_canonical(volume)
            seen["values"], seen["affine"] = upright.get_fdata(), upright.affine
            # like the network: the mask comes in the orientation of what was given
            return None, nibabel.Nifti1Image((volume.get_fdata() > threshold).astype(np.uint8), volume.affine), 0.0

    module = types.ModuleType("deepbet.bet")
    module.BrainExtraction = Extraction
    monkeypatch.setitem(sys.modules, "deepbet", types.ModuleType("deepbet"))
    monkeypatch.setitem(sys.modules, "deepbet.bet", module)
    affine = np.array([[0, 0, -2.0, 9], [0, -1.5, 0, 8], [3.0, 0, 0, -7], [0, 0, 0, 1]])
    data = np.zeros((6, 5, 4), dtype=np.float32)
    data[5, 1, 0] = 1.0
    found = brain_mask(Image(data, Grid(data.shape, affine), "T1", "1"), method="deepbet")
    assert np.argwhere(found.mask.data).tolist() == [[5, 1, 0]]
    # the marked voxel lies where its LPS point (9, 6.5, 8) is in RAS
    index = np.argwhere(seen["values"])[0]
    assert (seen["affine"] @ [*index, 1.0])[:3].tolist() == pytest.approx([-9.0, -6.5, 8.0])
