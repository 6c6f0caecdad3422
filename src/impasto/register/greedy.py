"""The fast path: greedy's affine registration (Yushkevich 2016), where it is installed."""

from __future__ import annotations

import ctypes
import importlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numba
import numpy as np

from impasto.core import Image, ImpastoError, Transform
from impasto.core.itk import itk_image
from impasto.register.settings import LinearSettings, RegistrationRegions

__all__ = ["greedy_linear", "run_greedy"]

_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_ITERATIONS = "100x50x10"
_DEGREES = {"rigid": 6, "affine": 12}


def greedy_linear(
    fixed: Image, moving: Image, start: Transform, regions: RegistrationRegions, settings: LinearSettings
) -> Transform:
    """Register by normalised mutual information with greedy.

    greedy takes no start in memory: the moving image's voxels are laid where the start puts them, and the start is
    added to what is found. It thinks in RAS: matrices are flipped on both axes, here and nowhere else.

    Raises
    ------
    ImpastoError
        When picsl-greedy is not installed, or it fails.
    """
    command = f"-a -dof {_DEGREES[settings.model]} -m NMI -n {_ITERATIONS} -ia-identity -seed {settings.seed}"
    session = run_greedy(command, fixed, moving, start, regions)
    found = _RAS_FROM_LPS @ np.asarray(session["found"], dtype=np.float64) @ _RAS_FROM_LPS
    return Transform(start.matrix @ found, start.fitted_on)


def run_greedy(command: str, fixed: Image, moving: Image, start: Transform, regions: RegistrationRegions) -> Any:
    """Run a greedy command on two images and their masks; its result lies in the session as ``found``.

    Raises
    ------
    ImpastoError
        When picsl-greedy is not installed, fails, or the start is sheared.
    """
    placed = start.grid_in_fixed(moving.grid)
    if not placed.is_rectangular:
        raise ImpastoError("registration", "greedy cannot start from a sheared transform", "give a rigid start")
    command = f"-i fixed moving {command} -o found -V 0 -threads {numba.get_num_threads()}"
    images: dict[str, Any] = {
        "fixed": itk_image(fixed.data.astype(np.float32), fixed.grid),
        "moving": itk_image(moving.data.astype(np.float32), placed),
    }
    for flag, name, region, grid in (("-gm", "gm", regions.fixed, fixed.grid), ("-mm", "mm", regions.moving, placed)):
        if region is not None:
            command += f" {flag} {name}"
            images[name] = itk_image(region.astype(np.float32), grid)
    session, said = _session(), io.StringIO()
    try:
        with _without_standard_output():
            session.execute(command, out=said, err=said, **images, found=None)
    except RuntimeError as error:
        raise ImpastoError("registration", f"greedy failed ({error})", "use impasto's own engine") from None
    return session


def _session() -> Any:
    """Start greedy, or say how to get it."""
    try:
        return importlib.import_module("picsl_greedy").Greedy3D()
    except ImportError:
        remedy = "install impasto[registration], or use the default engine"
        raise ImpastoError("registration", "picsl-greedy is not installed", remedy) from None


@contextmanager
def _without_standard_output() -> Iterator[None]:
    """Drop what the process writes to its standard output.

    greedy's optimiser prints the state of every line search from C, past any stream that can be handed to it, and would
    garble what the caller prints there.
    """
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        if os.name == "posix":
            # C has a buffer of its own, that must be emptied before the stream comes back
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
