"""Lesions of digital gliomas, found without a seed, held against the tissue they were simulated from.

Everyone gets the same T1, T1c, FLAIR and brain. The peers are what a reader might write in ten lines: Otsu's
threshold of the difference T1c less T1 and of FLAIR, parts kept that meet the true lesion, which impasto is not told;
and scikit-image's random walker from the inner voxels of what Otsu found. The patients' seeds are none on which
anything was set. True voxels are those that hold more than one half of solid tumour (CEL), of oedema, tumour and
necrosis (T2L), of resection cavity. What surgery left enhancing around a cavity is no tumour but looks like it: CEL
is judged on untreated patients only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.segmentation import random_walker

from benchmarks.harness import Verdict, measured, print_table
from impasto.phantom import HEAD_GRID, Anatomy, Tissue, glioma_anatomy, recurrent_glioma_anatomy
from impasto.phantom.mr import FLAIR, T1, T1_CONTRAST, mr_scan
from impasto.target.lesions import LesionImages, LesionPart, find_lesions

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.floating]
Masks = Mapping[str, BoolArray]

_SEEDS = (3001, 3002, 3003)
_LESION = (Tissue.OEDEMA, Tissue.TUMOUR, Tissue.NECROSIS)
_MM = HEAD_GRID.spacing_mm


@dataclass(frozen=True, eq=False)
class _Patient:
    """Scans, brain, and true masks by name."""

    name: str
    images: LesionImages
    brain: BoolArray
    truth: Masks


def run(quick: bool) -> list[Verdict]:
    methods = {"impasto": _impasto, "Otsu": _otsu, "scikit-image random walker": _walker}
    scores: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    rows = []
    for patient in (
        _patient(kind, seed) for seed in _SEEDS[: 1 if quick else None] for kind in ("glioma", "recurrent")
    ):
        for name, method in methods.items():
            found, cost = measured(lambda: method(patient))  # noqa: B023 - called at once
            for part, true in patient.truth.items():
                score = _score(found[part], true)
                scores.setdefault((name, part), []).append(score)
                ml = float(true.sum()) * HEAD_GRID.voxel_volume_ml
                rows.append([patient.name, f"{part} {ml:.0f} ml", name, *_shown(score), f"{cost.cpu_s:.1f}"])
    header = ["patient", "lesion", "method", "volume error [%]", "Dice", "95 % Hausdorff [mm]", "CPU s, all lesions"]
    print_table(header, rows)
    print("\nmean over patients: |volume error| [%], Dice, 95 % Hausdorff [mm]")
    means = {key: np.nanmean(np.abs(value), axis=0) for key, value in scores.items()}
    print_table(["method", "lesion", "|error|", "Dice", "Hausdorff"], [[*k, *_shown(v)] for k, v in means.items()])
    error, dice, _ = means["impasto", "T2L"]
    enhancing = means["impasto", "CEL"][1]
    return [
        Verdict(f"T2L: mean |volume error| {error:.0f} %", "<= 10 %", bool(error <= 10.0)),
        Verdict(f"Dice T2L {dice:.2f}, CEL {enhancing:.2f}", ">= .9", bool(min(dice, enhancing) >= 0.9)),
    ]


def _patient(kind: str, seed: int) -> _Patient:
    build = glioma_anatomy if kind == "glioma" else recurrent_glioma_anatomy
    anatomy = build(HEAD_GRID, seed)
    t1, t1c, flair = (mr_scan(anatomy, HEAD_GRID, seed, one) for one in (T1, T1_CONTRAST, FLAIR))
    truth = {"T2L": _true(anatomy, *_LESION)}
    if kind == "glioma":
        truth["CEL"] = _true(anatomy, Tissue.TUMOUR)
    else:
        truth["Cavity"] = _true(anatomy, Tissue.CAVITY)
    brain = anatomy.structures["Brain"].voxels(HEAD_GRID)
    return _Patient(f"{kind} {seed}", LesionImages(t1c=t1c, flair=flair, t1=t1), brain, truth)


def _true(anatomy: Anatomy, *tissues: Tissue) -> BoolArray:
    return np.asarray(np.sum([anatomy.share(tissue) for tissue in tissues], axis=0) > 0.5)


def _impasto(patient: _Patient) -> Masks:
    parts, p = find_lesions(patient.images, patient.brain).parts, LesionPart
    return {
        "CEL": parts.of(p.ENHANCING),
        "T2L": parts.of(p.ENHANCING, p.NON_ENHANCING, p.NECROSIS),
        "Cavity": parts.of(p.CAVITY),
    }


def _signals(patient: _Patient) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Difference T1c less T1, FLAIR, and T1c, each divided by its median in the brain."""
    scaled = []
    for image in (patient.images.t1, patient.images.t1c, patient.images.flair):
        assert image is not None
        scaled.append(image.data / np.median(image.data[patient.brain]))
    return scaled[1] - scaled[0], scaled[2], scaled[1]


def _otsu(patient: _Patient) -> Masks:
    """Threshold what is brighter than normal brain, and take the parts that meet the true lesion."""
    difference, flair, t1c = _signals(patient)
    brain, true = patient.brain, patient.truth["T2L"]
    enhancing, bright = (_meeting((one > _level(one[brain])) & brain, true) for one in (difference, flair))
    whole = np.asarray(ndimage.binary_fill_holes(bright | enhancing))
    dark = (t1c < threshold_otsu(t1c[brain])) & brain
    cavity = _meeting(dark, patient.truth["Cavity"]) if "Cavity" in patient.truth else np.zeros_like(dark)
    return {"CEL": enhancing, "T2L": whole & ~cavity, "Cavity": cavity}


def _level(values: FloatArray) -> float:
    """Otsu's threshold among values above the median: below it lies normal brain and fluid."""
    return float(threshold_otsu(values[values > np.median(values)]))


def _walker(patient: _Patient) -> Masks:
    """Walk from the brightest part of what Otsu found and from what is darker than its threshold's middle."""
    start = _otsu(patient)
    difference, flair, _ = _signals(patient)
    found = {"Cavity": start["Cavity"]}
    for name, values in (("CEL", difference), ("T2L", flair)):
        mask, level = start[name], _level(values[patient.brain])
        seeds = np.where(patient.brain, 0, -1).astype(np.int8)
        seeds[patient.brain & (values < np.median(values[patient.brain]))] = 2
        seeds[mask & (values > level) & ndimage.binary_erosion(mask)] = 1
        box = ndimage.find_objects(ndimage.binary_dilation(mask, iterations=4).astype(np.int8))[0]
        result = np.zeros_like(mask)
        if (seeds[box] == 1).any():
            walked = random_walker(values[box], seeds[box], beta=130, mode="cg_j", tol=1e-2, prob_tol=1.0, spacing=_MM)
            result[box] = walked == 1
        found[name] = result
    return found


def _meeting(mask: BoolArray, place: BoolArray) -> BoolArray:
    labels, _ = ndimage.label(ndimage.binary_opening(mask))
    return np.isin(labels, np.setdiff1d(labels[place], [0]))


def _score(found: BoolArray, true: BoolArray) -> tuple[float, float, float]:
    """Volume error in per cent, Dice, 95 % Hausdorff distance in mm."""
    volume, both = 100.0 * (found.sum() / true.sum() - 1.0), float((found & true).sum())
    return float(volume), 2.0 * both / float(found.sum() + true.sum()), _hausdorff_mm(found, true)


def _hausdorff_mm(a: BoolArray, b: BoolArray) -> float:
    if not a.any():
        return float("nan")
    faces = [mask & ~ndimage.binary_erosion(mask) for mask in (a, b)]
    away = [ndimage.distance_transform_edt(~face, sampling=_MM) for face in faces]
    return float(max(np.percentile(away[1][faces[0]], 95), np.percentile(away[0][faces[1]], 95)))


def _shown(score: tuple[float, float, float] | FloatArray) -> list[str]:
    return [f"{score[0]:+.0f}", f"{score[1]:.2f}", f"{score[2]:.1f}"]
