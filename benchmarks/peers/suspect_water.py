"""suspect's water removal on a few voxels: one JSON object with seconds for each voxel."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import suspect
from suspect.processing.water_suppression import hsvd


def main() -> None:
    stored = np.load(sys.argv[1])
    seconds, left = [], []
    for fid in stored["fid"]:
        data = suspect.MRSData(fid, float(stored["dwell_s"]), float(stored["frequency_mhz"]))
        start = time.perf_counter()
        components = hsvd(data, 20)
        water = [one for one in components if abs(one["frequency"]) < 0.45 * float(stored["frequency_mhz"])]
        cleaned = fid - suspect.processing.water_suppression.construct_fid(water, data.time_axis())
        seconds.append(time.perf_counter() - start)
        left.append(float(np.linalg.norm(np.asarray(cleaned))))
    print(json.dumps({"seconds": float(np.median(seconds)), "left": float(np.median(left))}))


if __name__ == "__main__":
    main()
