"""dipy's weighted least-squares tensor fit: seconds, and its answers beside the input."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from dipy.core.gradients import gradient_table
from dipy.reconst.dti import TensorModel


def main() -> None:
    path = Path(sys.argv[1])
    stored = np.load(path)
    b_values, signal = stored["b_values"], stored["signal"]
    table = gradient_table(b_values, bvecs=stored["directions"], b0_threshold=1)
    seconds = {}
    for method in ("OLS", "WLS"):
        model = TensorModel(table, fit_method=method)
        model.fit(signal[:100])
        start = time.perf_counter()
        fit = model.fit(signal)
        seconds[method] = time.perf_counter() - start
    quadratic = fit.quadratic_form * 1e3
    np.savez(path.with_suffix(".answer.npz"), tensor=quadratic[:, [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]], fa=fit.fa)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
