"""greedy's rigid and deformable registration with usual settings: seconds, and the map from fixed to moving points."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import SimpleITK
from picsl_greedy import Greedy3D

_COMMANDS = {
    "rigid": "-i fixed moving -a -dof 6 -m NMI -n 100x50x10 -ia-image-centers -o found",
    "deformable": "-i fixed moving -m NCC 2x2x2 -n 100x100x50 -s 1.7vox 0.7vox -o found",
}
_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def main() -> None:
    folder, kind, threads = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    images = {name: SimpleITK.ReadImage(str(folder / f"{name}.nii")) for name in ("fixed", "moving")}
    greedy = Greedy3D()
    wall, cpu = time.perf_counter(), time.process_time()
    greedy.execute(f"{_COMMANDS[kind]} -V 0 -threads {threads}", **images, found=None)
    found = greedy["found"]
    cost = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if kind == "deformable":
        np.save(folder / "field.npy", SimpleITK.GetArrayFromImage(found).transpose(2, 1, 0, 3).astype(np.float32))
    else:
        np.save(folder / "matrix.npy", _RAS_FROM_LPS @ np.asarray(found) @ _RAS_FROM_LPS)
    print("\n" + json.dumps(cost))


if __name__ == "__main__":
    main()
