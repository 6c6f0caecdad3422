"""Run one benchmark: ``python -m benchmarks NAME [--quick]``, or ``python -m benchmarks list``."""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.harness import UnavailableError, Verdict

BENCHMARKS = {
    "photon": "photon influence matrix beside pyRadPlan",
    "optimise": "painting by numbers on one matrix beside pyRadPlan",
    "dvh": "dose-volume histograms: analytic shapes, planning systems' own, beside dicompyler-core",
    "masks": "rasterisation, margins and Booleans: analytic shapes and SlicerRT's masks",
    "spectra": "a whole brain of spectra from raw signal to maps, beside suspect's water removal",
    "spectra-accuracy": "fit against independent truth: lipid, water, macromolecules, another basis set",
    "metabolite-maps": "digital gliomas from spectra to maps: Cho/NAA and CNI against truth, the learned filter",
    "dce": "Tofts and extended Tofts: speed, bias and error bars beside scipy, osipy and dcmri; a whole head in 4 GB",
    "dsc": "susceptibility contrast: leakage correction and its errors, oSVD beside the plain method, a whole brain",
    "diffusion": "tensors beside dipy: speed, equality, truth, error bars, memory",
    "pet-segmentation": "methods that delineate a PET lesion: volume, overlap, surface and speed against known truth",
    "phantom": "digital patients: seconds each from a cold start, files that validators accept",
    "registration": "rigid and deformable registration of simulated brains beside SimpleITK, greedy and ANTs",
    "accumulation": "dose accumulation: energy, analytic dilation, SimpleITK; the digital patient adapted and not",
    "gammaknife-profiles": "Gamma Knife beam model: the planning system's profiles, kernel against full sum, speed",
    "gammaknife-cohort": "23 digital patients painted and uniform, beside the paper's cohort; by each definition tried",
    "trials": "sequential boundaries beside multivariate normals, alpha held, a thousand trials, libraries beside ours",
    "coherence": "printed tables: known inconsistencies found, silence on true tables, one changed digit found",
    "lesions": "lesions of digital gliomas against truth, beside Otsu's threshold and a plain random walker",
    "zones": "biological zones of digital gliomas against truth, and whether their stated probability holds",
    "zone-calibration": "what maps get wrong beyond their stated errors, beside what is stored",
    "gammaknife-plan": "Gamma Knife plans: conformity, gradient, speed, painting; the linear programme beside it",
    "openkbp": "simultaneous boost on three head-and-neck patients beside the supplied dose",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Peer and impasto on the same input.")
    parser.add_argument("name", choices=[*BENCHMARKS, "list"])
    parser.add_argument("--quick", action="store_true", help="a smaller input: shows that it runs, proves nothing")
    arguments = parser.parse_args()
    if arguments.name == "list":
        for name, about in BENCHMARKS.items():
            print(f"{name:20} {about}")
        return 0
    try:
        verdicts: list[Verdict] = importlib.import_module(f"benchmarks.{arguments.name.replace('-', '_')}").run(
            arguments.quick
        )
    except UnavailableError as missing:
        print(f"{arguments.name} | not run | {missing} | short")
        return 1
    is_met = all(verdict.is_met for verdict in verdicts)
    figure = "; ".join(verdict.figure for verdict in verdicts)
    target = "; ".join(verdict.target for verdict in verdicts)
    print(f"{arguments.name} | {figure} | {target} | {'ok' if is_met else 'short'}")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
