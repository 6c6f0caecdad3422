"""dcmri's extended Tofts ("HF") on a few of the same voxels, from their signals: voxels a second and the estimates."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import dcmri
import numpy as np


def main() -> None:
    path = Path(sys.argv[1])
    stored = np.load(path)
    scan = json.loads(str(stored["scan"]))
    ktrans, seconds = [], []
    for signal in stored["signal"]:
        tissue = dcmri.Tissue(
            kinetics="HF",
            ca=stored["blood"] / 1000.0,
            t=stored["times_s"],
            H=scan["haematocrit"],
            r1=1000.0 * scan["relaxivity_l_per_mmol_s"],
            TR=scan["repetition_time_s"],
            FA=scan["flip_angle_deg"],
            R10=1.0 / scan["t1_s"],
            n0=scan["baseline_frames"],
        )
        start = time.perf_counter()
        tissue.train(stored["times_s"], signal)
        seconds.append(time.perf_counter() - start)
        ktrans.append(60.0 * tissue.params("PS"))
    np.savez(path.with_suffix(".dcmri.npz"), ktrans=np.array(ktrans))
    print(json.dumps({"rate": len(seconds) / sum(seconds)}))


if __name__ == "__main__":
    main()
