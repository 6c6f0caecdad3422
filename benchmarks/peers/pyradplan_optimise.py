"""Painting by numbers on the head phantom by pyRadPlan, on its own influence matrix.

    python pyradplan_optimise.py FOLDER

reads ``head.npz`` in FOLDER, writes ``influence.npz``, ``rays.npz`` and ``fluence.npy`` there and prints the time of
the optimisation alone as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from pyRadPlan import calc_dose_influence, fluence_optimization
from pyRadPlan.optimization.objectives import MeanDose, SquaredMimicking, SquaredOverdosing
from pyradplan_head import head_case, steering, stored_influence


def main() -> None:
    folder = Path(sys.argv[1])
    case = head_case(folder)
    ramp = case.image(np.where(case.arrays["PTV"], case.arrays["ramp_gy"], 0.0).astype(np.float32))
    aims = {
        "PTV": SquaredMimicking(priority=1000.0, d_ref=ramp),
        "BRAINSTEM": SquaredOverdosing(priority=100.0, d_max=1.0),
        "CHIASM": SquaredOverdosing(priority=100.0, d_max=0.8),
        "BRAIN": MeanDose(priority=1.0, d_ref=0.0),
        "BODY": SquaredOverdosing(priority=50.0, d_max=2.2),
    }
    for voi in case.cst.vois:
        voi.objectives = [aims[voi.name]]
    rays = steering(case)
    dij = calc_dose_influence(case.ct, case.cst, rays, case.plan)
    stored_influence(folder, dij, rays)
    wall, cpu = time.perf_counter(), time.process_time()
    fluence = fluence_optimization(case.ct, case.cst, rays, dij, case.plan)
    cost = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    np.save(folder / "fluence.npy", np.asarray(fluence, dtype=np.float64))
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
