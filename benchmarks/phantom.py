"""Digital patients from a cold start: seconds a patient, memory, and files that validators and impasto accept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import ROOT, Verdict, print_table
from impasto.workflow import import_folder

KINDS = ("glioma", "recurrent-glioma", "head-neck")
TARGET_S = 20.0

_MAKE = """
import json, resource, sys, time
from pathlib import Path
started = time.perf_counter()
from impasto.workflow import PatientKind, write_digital_patient
made = write_digital_patient(PatientKind(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
peak = resource.getrusage(resource.RUSAGE_SELF)
cost = {"wall_s": time.perf_counter() - started, "cpu_s": peak.ru_utime + peak.ru_stime}
print(json.dumps({**cost, "peak_mb": peak.ru_maxrss / 1024, "files": made.files, "megabytes": made.megabytes}))
"""


def run(quick: bool) -> list[Verdict]:
    """Make one patient of each kind in a process of its own; `quick` makes the glioma only."""
    rows, verdicts, faults = [], [], []
    with tempfile.TemporaryDirectory() as name:
        for kind in KINDS[:1] if quick else KINDS:
            if not quick and kind == KINDS[0]:
                _made(kind, Path(name) / "first", 0)  # compiles what numba keeps
            folder = Path(name) / kind
            cost = _made(kind, folder, 1)
            rows.append([kind, *(f"{cost[key]:.1f}" for key in ("wall_s", "cpu_s")), *_sizes(cost)])
            verdicts.append(
                Verdict(f"{kind} in {cost['wall_s']:.1f} s", f"<= {TARGET_S:g} s", cost["wall_s"] <= TARGET_S)
            )
            faults += _faults(folder, kind)
    print_table(["kind", "wall s", "CPU s", "peak MB", "files", "MB"], rows)
    for fault in faults[:10]:
        print(fault)
    checked = "dciodvfy and import" if shutil.which("dciodvfy") else "import (dciodvfy is not installed)"
    verdicts.append(Verdict(f"{len(faults)} faults by {checked}", "0", not faults))
    return verdicts


def _made(kind: str, folder: Path, seed: int) -> dict[str, float]:
    command = [sys.executable, "-c", _MAKE, kind, str(folder), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    cost: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return cost


def _sizes(cost: dict[str, float]) -> list[str]:
    return [f"{cost[key]:.0f}" for key in ("peak_mb", "files", "megabytes")]


def _faults(folder: Path, kind: str) -> list[str]:
    """Errors of the validator on one file of each series, and what impasto's import passes over."""
    faults = []
    scans = folder / "scans"
    if shutil.which("dciodvfy"):
        single = [path for path in scans.rglob("*.dcm") if path.name == "structures.dcm" or "_00001" in path.name]
        for path in single:
            said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False).stderr
            faults += [f"{path.relative_to(folder)}: {line}" for line in said.splitlines() if line.startswith("Error")]
    studies = sorted(scans.iterdir()) if kind == "head-neck" else [scans]
    for number, study in enumerate(studies):
        imported = import_folder(study, folder / f"case-{number}", kind)
        needless = (".bval", ".bvec", ".json")
        faults += [f"{path}: {why}" for path, why in imported.skipped if not path.endswith(needless)]
        if not imported.case.simulated:
            faults.append(f"{study.name}: not marked as simulated")
    return faults
