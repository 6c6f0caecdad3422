"""Images of patients: no truth, but loops that must close and likeness that must grow."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from impasto.core import Image
from impasto.files import read_nifti
from impasto.register import (
    FRAME_OF_REFERENCE,
    LinearSettings,
    Registration,
    forward_backward_error,
    register_linear,
)

ReferenceData = Callable[[str], Path]
FAST = LinearSettings(levels_mm=(8.0, 4.0), samples=(15_000, 30_000))
MIDDLE_MM = 40.0 * np.random.default_rng(0).uniform(-1.0, 1.0, (200, 3))


def middle_of(image: Image) -> np.ndarray:
    return image.grid.world_from_index((np.array(image.grid.shape) - 1) / 2) + MIDDLE_MM


def test_sequences_of_a_glioma_come_into_one_frame(reference_data: ReferenceData) -> None:
    folder = reference_data("mr_glioma_tcga_fg_6692")
    images = {name: read_nifti(folder / f"{name}.nii.gz", name, "1") for name in ("t1c", "t2", "flair")}
    steps: list[Registration] = []
    for fixed, moving in pairwise(("t1c", "t2", "flair", "t1c")):
        steps.append(register_linear(images[fixed], images[moving], FRAME_OF_REFERENCE, settings=FAST))
    for step in steps:
        assert step.quality.verdict.is_passed, step.quality.verdict.failures
    # against the same fixed image the patient had moved by a centimetre and a half
    assert steps[0].quality.mutual_information_after > steps[0].quality.mutual_information_before + 0.15
    # three searches that know nothing of each other: around the loop a point comes home to half of a 5.5 mm slice
    around = steps[0].transform.then(steps[1].transform)
    assert forward_backward_error(around, steps[2].transform, middle_of(images["t1c"])).max() < 2.75


def test_a_thigh_of_one_examination_stays_and_of_another_day_is_refined(reference_data: ReferenceData) -> None:
    folder = reference_data("pet_ct_mr_sts_001") / "nifti" / "STS_001"
    ct, pet, mr = (read_nifti(folder / f"{name}_image.nii.gz", name, "1") for name in ("CT", "PET", "MR_T1"))
    together = register_linear(ct, pet, FRAME_OF_REFERENCE, settings=FAST).quality
    gain = together.mutual_information_after - together.mutual_information_before
    assert abs(gain) < 0.05
    # the fields of view differ, the leg lies otherwise, and no rigid map holds all of it: better, and not good
    refined = register_linear(mr, ct, FRAME_OF_REFERENCE, settings=FAST).quality
    assert refined.mutual_information_after > refined.mutual_information_before + 0.03
    assert refined.overlap_share > 0.9
    assert not refined.verdict.is_passed
