"""ANTs' rigid and SyN registration with its own settings: seconds, and the map from fixed to moving points, LPS mm."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

# read when ANTs is loaded
os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = sys.argv[3]

import ants
import numpy as np


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    fixed, moving = (ants.image_read(str(folder / f"{name}.nii")) for name in ("fixed", "moving"))
    how = {"type_of_transform": "Rigid"}
    if kind == "deformable":
        how = {"type_of_transform": "antsRegistrationSyNQuick[so]", "initial_transform": "identity"}
    wall, cpu = time.perf_counter(), time.process_time()
    found = ants.registration(fixed, moving, random_seed=1, **how)["fwdtransforms"]
    cost = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if kind == "deformable":
        warp = next(path for path in found if path.endswith(".nii.gz"))
        np.save(folder / "field.npy", ants.image_read(warp).numpy().astype(np.float32))
    else:
        np.save(folder / "matrix.npy", _matrix(ants.read_transform(found[0])))
    print(json.dumps(cost))


def _matrix(transform: ants.ANTsTransform) -> np.ndarray:
    parameters, centre = np.array(transform.parameters), np.array(transform.fixed_parameters)
    matrix = np.eye(4)
    matrix[:3, :3] = parameters[:9].reshape(3, 3)
    matrix[:3, 3] = parameters[9:] + centre - matrix[:3, :3] @ centre
    return matrix


if __name__ == "__main__":
    main()
