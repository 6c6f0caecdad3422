"""osipy's fits of Tofts and extended Tofts on the same curves: voxels a second and the estimates."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    try:
        from osipy.dce import fit_model
    except ImportError:
        print(json.dumps({"unavailable": "osipy needs Python 3.12: make peers PYTHON=python3.12"}))
        return
    path = Path(sys.argv[1])
    stored = np.load(path)
    rate, estimates = {}, {}
    for name, model in (("Tofts", "tofts"), ("extended Tofts", "extended_tofts")):
        curves = stored[name].reshape(-1, 1, 1, len(stored["times_s"]))
        fit_model(model, curves[:50], stored["plasma"], stored["times_s"])
        start = time.perf_counter()
        fit = fit_model(model, curves, stored["plasma"], stored["times_s"])
        rate[name] = len(curves) / (time.perf_counter() - start)
        for parameter, found in fit.parameter_maps.items():
            estimates[f"{name} {parameter}"] = np.asarray(getattr(found, "values", found)).ravel()
    np.savez(path.with_suffix(".osipy.npz"), **estimates)
    print(json.dumps({"rate": rate}))


if __name__ == "__main__":
    main()
