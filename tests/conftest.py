"""Fixtures every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# Workers share the cores already: with threads of its own in each of them, BLAS spends ten times the work on waiting.
# Set before NumPy loads; the parallel kernels keep their threads, which sleep instead of spinning between two loops.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# the first call of a compiled kernel takes as long as its compilation
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")


@pytest.fixture(scope="session")
def reference_data() -> Callable[[str], Path]:
    """Give the folder of one reference data set, or skip: ``reference_data("openkbp")``."""
    beside_checkout = Path(__file__).resolve().parents[2] / "shared" / "data"
    root = Path(os.environ.get("IMPASTO_REFERENCE_DATA", beside_checkout))

    def folder(name: str) -> Path:
        if not (root / name).exists():
            pytest.skip(f"reference data {name!r} not found: set IMPASTO_REFERENCE_DATA (docs/reference-data.md)")
        return root / name

    return folder
