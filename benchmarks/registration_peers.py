"""SimpleITK, greedy and ANTs on one pair of images, each in its own environment."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numba
import numpy as np
import SimpleITK

from benchmarks.harness import Cost, run_peer
from benchmarks.simulated_registration import RegistrationPair
from impasto.core import DisplacementField, Transform
from impasto.core.itk import itk_image

__all__ = ["PEERS", "Alignment", "aligned_by_peer"]

PEERS = {
    "SimpleITK": ("greedy", "simpleitk_registration.py"),
    "greedy": ("greedy", "greedy_registration.py"),
    "ANTs": ("ants", "ants_registration.py"),
}
"""Environment and script of each; greedy's brings SimpleITK with it."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """What one tool found, and what that took it: reading and writing files are not counted."""

    tool: str
    transform: Transform
    cost: Cost


def aligned_by_peer(tool: str, pair: RegistrationPair, kind: Literal["rigid", "deformable"]) -> Alignment:
    """Hand a pair to a peer as NIfTI files and read the map from fixed to moving points that it found."""
    environment, script = PEERS[tool]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for image, file in ((pair.fixed, "fixed.nii"), (pair.moving, "moving.nii")):
            SimpleITK.WriteImage(itk_image(image.data, image.grid), str(folder / file))
        cost = run_peer(environment, script, [name, kind, str(numba.get_num_threads())])
        if kind == "rigid":
            transform = Transform(np.load(folder / "matrix.npy"), tool)
        else:
            field = DisplacementField(pair.fixed.grid, np.load(folder / "field.npy"))
            transform = Transform.dense(field, tool)
    return Alignment(tool, transform, Cost(cost["wall_s"], cost["cpu_s"]))
