"""Replicates on disk, some at a time: an interrupted trial goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.files import replacing_file
from impasto.workflow.trial.assumptions import Assumptions
from impasto.workflow.trial.course import Growth
from impasto.workflow.trial.replicates import luck_of_replicates, simulated_world

__all__ = ["CHUNK", "Chunk", "finished_chunk", "run_chunk"]

CHUNK = 20
"""Replicates in a file."""


@dataclass(frozen=True)
class Chunk:
    """Replicates to simulate in every world.

    Parameters
    ----------
    path : Path
    first, count : int
    seed : int
    key : str
        Hash of all that decides the numbers.
    worlds : tuple of (Assumptions, Growth)
    """

    path: Path
    first: int
    count: int
    seed: int
    key: str
    worlds: tuple[tuple[Assumptions, Growth], ...]


def run_chunk(chunk: Chunk) -> None:
    """Simulate replicates and write them; the file appears whole or not at all."""
    patients = max(int(one.patients.value) for one in chunk.worlds[0][0].designs().values())
    luck = luck_of_replicates(chunk.first, chunk.count, patients, chunk.seed)
    found = [simulated_world(assumptions, growth, luck) for assumptions, growth in chunk.worlds]
    stacked = {name: np.stack([one[name] for one in found]) for name in found[0]}
    with replacing_file(chunk.path) as beside:
        np.savez(beside, allow_pickle=False, key=np.array(chunk.key), **stacked)


def finished_chunk(path: Path, key: str, count: int) -> dict[str, FloatArray] | None:
    """Read replicates, shape (world, replicate, quantity) by design; None where they are not there or are others."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["key"]) != key:
                return None
            found = {name: np.asarray(stored[name]) for name in stored.files if name != "key"}
    except (OSError, ValueError, KeyError, EOFError):
        return None
    enough = all(values.shape[1] >= count for values in found.values())
    return {name: values[:, :count] for name, values in found.items()} if enough else None
