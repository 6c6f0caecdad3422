"""A head of balls with a ring-enhancing lesion in it: what the lesion tests look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image
from impasto.target.lesions import LesionImages, LesionPart

GRID = Grid.centred((58, 68, 48), (2.5, 2.5, 2.5))
CENTRE_MM = (28.0, -10.0, 4.0)

# T1, T1c, T2, FLAIR of each tissue
_SIGNAL = {
    "air": (0.0, 0.0, 0.0, 0.0),
    "white": (1.0, 1.0, 0.5, 1.0),
    "grey": (0.8, 0.82, 0.8, 1.1),
    "fluid": (0.3, 0.3, 2.0, 0.15),
    "vessel": (0.6, 2.2, 0.2, 0.3),
    "plexus": (0.6, 1.8, 1.2, 0.9),
    "oedema": (0.75, 0.78, 1.2, 1.6),
    "rim": (0.8, 1.7, 1.1, 1.4),
    "necrosis": (0.5, 0.5, 1.6, 1.3),
    "cavity": (0.3, 0.3, 2.0, 0.15),
}


@dataclass(frozen=True, eq=False)
class LesionHead:
    """Images and truth."""

    images: LesionImages
    brain: NDArray[np.bool_]
    truth: NDArray[np.uint8]


def lesion_head(core: str = "necrosis", noise: float = 0.03, seed: int = 0) -> LesionHead:
    """Build the head: cortex, ventricles with choroid plexus, a midline sinus, and a lesion with a core of a tissue.

    Coil sensitivity falls by a third across the head, T1c is scaled by 3.
    """
    points = GRID.voxel_centres_mm()
    radius = np.linalg.norm(points / np.array([66.0, 78.0, 54.0]), axis=-1)
    tissue = np.full(GRID.shape, "air", dtype=object)
    tissue[radius < 1.0] = "grey"
    tissue[radius < 0.92] = "white"
    for side in (-1.0, 1.0):
        ventricle = np.linalg.norm((points - np.array([9.0 * side, 0.0, 8.0])) / np.array([5.0, 26.0, 8.0]), axis=-1)
        tissue[ventricle < 1.0] = "fluid"
        tissue[np.linalg.norm(points - np.array([9.0 * side, 14.0, 8.0]), axis=-1) < 4.0] = "plexus"
    midline = (np.abs(points[..., 0]) < 2.0) & (radius < 1.0) & (points[..., 2] > 28.0)
    tissue[midline] = "vessel"
    away = np.linalg.norm((points - np.array(CENTRE_MM)) / np.array([1.0, 1.2, 0.9]), axis=-1)
    angle = np.arctan2(points[..., 1] - CENTRE_MM[1], points[..., 0] - CENTRE_MM[0])
    tissue[(away < 20.0 + 2.0 * np.sin(3.0 * angle)) & (radius < 0.92)] = "oedema"
    tissue[away < 13.0] = "rim"
    tissue[away < 9.0] = core
    truth = np.zeros(GRID.shape, dtype=np.uint8)
    for name, part in (("oedema", 2), ("rim", 3), ("necrosis", 1), ("cavity", 4)):
        truth[tissue == name] = LesionPart(part)
    rng = np.random.default_rng(seed)
    coil = 1.0 - 0.15 * points[..., 1] / 78.0
    images = []
    for n, scale in enumerate((100.0, 300.0, 100.0, 100.0)):
        signal = np.zeros(GRID.shape)
        for name, levels in _SIGNAL.items():
            signal[tissue == name] = levels[n]
        noisy = scale * coil * (signal + rng.normal(0.0, noise, GRID.shape))
        images.append(Image(np.where(radius < 1.0, np.maximum(noisy, 1.0), 0.0).astype(np.float32), GRID, "MR", "1"))
    t1, t1c, t2, flair = images
    return LesionHead(LesionImages(t1=t1, t1c=t1c, t2=t2, flair=flair), radius < 1.0, truth)


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two masks."""
    return float(2.0 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b)))
