"""Convert matRad's generic photon machine to the package's own file.

    python tools/convert_photon_machine.py photons_Generic.mat src/impasto/plan/photon/data/generic_6mv.npz

Only what the dose model uses is kept. Kernels are tabulated for every millimetre of source-surface distance; every
fifth is kept, because neighbours differ by less than the noise of their fits.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from pymatreader import read_mat

SSD_STEP_MM = 5
NAME = "Generic 6 MV photons (matRad), version 2"
NOTICE = (
    "Generic 6 MV machine (matRad / pyRadPlan, copyright DKFZ, BSD 3-Clause Licence): not commissioned, "
    "not for clinical use."
)


def converted(machine: dict[str, Any]) -> dict[str, Any]:
    """Select and name the fields of the machine that the dose model uses."""
    data = machine["data"]
    table = data["kernel"]
    ssd_mm = np.asarray(table["SSD"], dtype=np.float64).ravel()
    kept = np.arange(0, len(ssd_mm), SSD_STEP_MM)
    kernels = np.stack([np.stack([np.ravel(row) for row in table[f"kernel{part}"]]) for part in (1, 2, 3)])
    return {
        "name": NAME,
        "notice": NOTICE,
        "energy_mv": float(data["energy"]),
        "source_axis_distance_mm": float(machine["meta"]["SAD"]),
        "penumbra_fwhm_mm": float(data["penumbraFWHMatIso"]),
        "attenuation_per_mm": float(data["m"]),
        "buildup_per_mm": np.asarray(data["betas"], dtype=np.float64).ravel(),
        "kernel_radius_mm": np.asarray(data["kernelPos"], dtype=np.float64).ravel(),
        "kernel_ssd_mm": ssd_mm[kept],
        "kernels_per_mm2": kernels[:, kept].astype(np.float32),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Convert matRad's generic photon machine.")
    parser.add_argument("source", type=Path)
    parser.add_argument("destination", type=Path)
    arguments = parser.parse_args()
    np.savez_compressed(arguments.destination, **converted(read_mat(str(arguments.source))["machine"]))


if __name__ == "__main__":
    main()
