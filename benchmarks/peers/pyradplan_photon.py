"""Photon influence matrix of the head phantom by pyRadPlan: prints its cost, rays and doses as JSON.

    python pyradplan_photon.py FOLDER

reads ``head.npz`` (ct, masks as (z, y, x), spacing) in FOLDER and writes ``influence.npz`` (compressed columns) and
``rays.npz`` beside it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from pyRadPlan import calc_dose_influence
from pyradplan_head import head_case, steering, stored_influence


def main() -> None:
    folder = Path(sys.argv[1])
    case = head_case(folder)
    rays = steering(case)
    # the first call may compile, and its peak is the method's own; the second is timed
    calc_dose_influence(case.ct, case.cst, rays, case.plan)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    dij = calc_dose_influence(case.ct, case.cst, rays, case.plan)
    cost = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    matrix = stored_influence(folder, dij, rays)
    size = {
        "peak_mb": peak,
        "values": int(matrix.nnz),
        "matrix_mb": (matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes) / 1e6,
    }
    print(json.dumps({**cost, **size}))


if __name__ == "__main__":
    main()
