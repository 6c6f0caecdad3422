"""Running an in-silico trial: calibrate, simulate on all cores, gather."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from impasto import __version__
from impasto.core import ImpastoError, Progress, silent
from impasto.core.arrays import FloatArray
from impasto.files import replacing_file
from impasto.workflow.trial.assumptions import Assumptions, assumptions_text, read_assumptions
from impasto.workflow.trial.calibration import Calibration, calibrated_growth
from impasto.workflow.trial.chunks import CHUNK, Chunk, finished_chunk, run_chunk
from impasto.workflow.trial.scenario import Scenario, scenarios_of

__all__ = ["TrialRequest", "TrialRun", "run_trial"]

_NOTE = "trial.json"
_MODEL = 1
"""Raised when the same assumptions and seed would give other numbers."""


@dataclass(frozen=True)
class TrialRequest:
    """What to simulate.

    Parameters
    ----------
    name : str
        Of assumptions that come with impasto, or a path that ends in ``.toml``.
    patients : int, optional
        Of the trial as run; the assumptions' own without.
    replicates : int
    seed : int
    workers : int
        Processes.
    """

    name: str
    patients: int | None = None
    replicates: int = 500
    seed: int = 1
    workers: int = 1

    def __post_init__(self) -> None:
        if self.replicates < 2 or self.workers < 1 or self.seed < 0:
            problem = f"{self.replicates} replicates by {self.workers} workers, seed {self.seed}"
            raise ImpastoError("in-silico trial", problem, "give 2 replicates or more, 1 worker or more, a seed from 0")


@dataclass(frozen=True, eq=False)
class TrialRun:
    """Everything that was simulated.

    Parameters
    ----------
    assumptions : Assumptions
    scenarios : tuple of Scenario
        Worlds that the control arm's medians allow.
    impossible : tuple of (Scenario, str)
        Worlds that they do not, and why.
    calibrations : tuple of Calibration
        Of each scenario.
    results : dict of str to ndarray, shape (scenario, replicate, quantity)
        By design.
    request : TrialRequest
    made, kept : int
        Replicates simulated now and before.
    key : str
    """

    assumptions: Assumptions
    scenarios: tuple[Scenario, ...]
    impossible: tuple[tuple[Scenario, str], ...]
    calibrations: tuple[Calibration, ...]
    results: dict[str, FloatArray]
    request: TrialRequest
    made: int
    kept: int
    key: str


def run_trial(request: TrialRequest, folder: Path, progress: Progress = silent) -> TrialRun:
    """Simulate all replicates in all worlds, keeping those that are in the folder already.

    The folder gets ``assumptions.toml`` (what was assumed) and ``replicates/`` (results, never patients). The same
    assumptions, patients and seed give the same numbers whatever the workers, interruptions and order.

    Parameters
    ----------
    request : TrialRequest
    folder : Path
        New, empty, or holding replicates of the same trial.
    progress : Progress

    Raises
    ------
    ImpastoError
        When assumptions cannot be used, or the folder holds another trial.
    """
    text = assumptions_text(request.name)
    assumptions = read_assumptions(text, request.name)
    if request.patients is not None:
        assumptions = assumptions.with_values({"design.as-run.patients": float(request.patients)})
    _check(assumptions)
    key = _key(assumptions, request.seed)
    is_new = _is_new(folder, key)
    possible, impossible = _calibrated(assumptions, request.seed, progress)
    if is_new:
        _claim(folder, key, text)
    worlds = tuple((scenario.of(assumptions), calibration.growth) for scenario, calibration in possible)
    chunks = [
        Chunk(folder / "replicates" / f"from-{first:06d}.npz", first, min(CHUNK, request.replicates - first),
              request.seed, key, worlds)
        for first in range(0, request.replicates, CHUNK)
    ]  # fmt: skip
    missing = [one for one in chunks if finished_chunk(one.path, key, one.count) is None]
    progress("trials", 1.0 - len(missing) / len(chunks))
    for done, _ in enumerate(_done(missing, request.workers), start=len(chunks) - len(missing) + 1):
        progress("trials", done / len(chunks))
    parts = [finished_chunk(one.path, key, one.count) for one in chunks]
    gathered = [part for part in parts if part is not None]
    results = {name: np.concatenate([part[name] for part in gathered], axis=1) for name in assumptions.designs()}
    made = sum(one.count for one in missing)
    return TrialRun(
        assumptions, tuple(one for one, _ in possible), impossible, tuple(one for _, one in possible), results, request,
        made, request.replicates - made, key,
    )  # fmt: skip


def _check(assumptions: Assumptions) -> None:
    for name, design in assumptions.designs().items():
        looks = (design.interim_events.value, design.events.value, design.planned_events.value)
        if not 0 < looks[0] < looks[1] <= looks[2] or looks[1] > design.patients.value:
            counts = ", ".join(f"{value:g}" for value in looks)
            problem = f"looks at {counts} (planned) events of {design.patients.value:g} patients"
            raise ImpastoError(f"design {name}", problem, "let interim < final <= planned events, final <= patients")


def _key(assumptions: Assumptions, seed: int) -> str:
    decided = {"model": _MODEL, "assumptions": assumptions.model_dump(by_alias=True), "seed": seed}
    return hashlib.sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()


def _is_new(folder: Path, key: str) -> bool:
    """Say whether a folder holds nothing yet, and refuse one that holds something else than this trial."""
    note = folder / _NOTE
    if note.is_file():
        try:
            found = json.loads(note.read_text(encoding="utf-8")).get("key")
        except (ValueError, AttributeError):
            found = None
        if found != key:
            problem = "holds replicates of another trial (other assumptions, patients or seed)"
            raise ImpastoError(str(folder), problem, "choose another folder, or repeat the first call")
        return False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ImpastoError(str(folder), "exists and is not empty", "choose a new folder")
    return True


def _claim(folder: Path, key: str, text: str) -> None:
    """Note which trial a folder holds."""
    with replacing_file(folder / "assumptions.toml") as beside:
        beside.write_text(text, encoding="utf-8")
    with replacing_file(folder / _NOTE) as beside:
        beside.write_text(json.dumps({"key": key, "impasto": __version__, "simulated": True}) + "\n", encoding="utf-8")


def _calibrated(
    assumptions: Assumptions, seed: int, progress: Progress
) -> tuple[tuple[tuple[Scenario, Calibration], ...], tuple[tuple[Scenario, str], ...]]:
    """Fit growth in every world once, and tell apart those where nothing fits."""
    known: dict[tuple[tuple[str, float], ...], Calibration | str] = {}
    possible, impossible = [], []
    scenarios = scenarios_of(assumptions)
    for place, scenario in enumerate(scenarios):
        changes = scenario.control_changes
        world = scenario.of(assumptions)
        if changes not in known:
            try:
                known[changes] = calibrated_growth(world, seed)
            except ImpastoError as error:
                if place == 0:
                    raise
                known[changes] = error.problem
        found = known[changes]
        if isinstance(found, str):
            impossible.append((scenario, found))
        else:
            possible.append((scenario, found))
        progress("calibration to the control arm", (place + 1) / len(scenarios))
    return tuple(possible), tuple(impossible)


def _done(chunks: list[Chunk], workers: int) -> Iterator[None]:
    if workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            run_chunk(chunk)
            yield
        return
    # spawned, not forked: threads of numerical libraries do not survive a fork
    with ProcessPoolExecutor(min(workers, len(chunks)), get_context("spawn")) as pool:
        try:
            for future in as_completed([pool.submit(run_chunk, chunk) for chunk in chunks]):
                future.result()
                yield
        except BaseException:
            # an interruption waits for what is being computed, not for all that is queued
            pool.shutdown(wait=True, cancel_futures=True)
            raise
