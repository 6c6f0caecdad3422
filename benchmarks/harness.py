"""What every benchmark shares: the reference data, peers in their own environment, measurement, the verdict."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".peers"

Result = TypeVar("Result")


class UnavailableError(Exception):
    """The benchmark cannot run here: says what is missing and how to get it."""


@dataclass(frozen=True)
class Verdict:
    """One figure held against its target."""

    figure: str
    target: str
    is_met: bool


@dataclass(frozen=True)
class Cost:
    """What a piece of work took in this process."""

    wall_s: float
    cpu_s: float


def reference_data(name: str) -> Path:
    """Return the folder of one reference data set."""
    root = Path(os.environ.get("IMPASTO_REFERENCE_DATA", ROOT.parent / "shared" / "data"))
    if not (root / name).exists():
        raise UnavailableError(
            f"reference data {name!r} not found: set IMPASTO_REFERENCE_DATA (docs/reference-data.md)"
        )
    return root / name


def measured(work: Callable[[], Result]) -> tuple[Result, Cost]:
    """Run `work` once and return its result and its wall and CPU seconds (all threads)."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Cost(time.perf_counter() - wall, time.process_time() - cpu)


def peak_memory_mb() -> float:
    """Return this process's largest resident memory so far in MB (Linux and macOS)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "linux" else peak / 1024**2


def run_peer(environment: str, script: str, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run ``benchmarks/peers/SCRIPT`` in ``.peers/ENVIRONMENT`` and return the JSON object it prints last."""
    python = PEERS / environment / "bin" / "python"
    if not python.exists():
        raise UnavailableError(f"the peer environment {environment!r} is not built: run `make peers`")
    command = [str(python), str(ROOT / "benchmarks" / "peers" / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print an aligned plain-text table."""
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
