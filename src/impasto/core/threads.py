"""How many threads a numerical kernel gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba

__all__ = ["threads_for"]

_WORTH_SHARING = 300_000


@contextmanager
def threads_for(samples: int, worth_sharing: int = _WORTH_SHARING) -> Iterator[None]:
    """Run small work on one thread: waiting for others, on a busy machine, takes longer than the work.

    Parameters
    ----------
    samples : int
        Roughly how many array elements the kernel goes through.
    worth_sharing : int
        From so many on all threads are used.
    """
    usual = numba.get_num_threads()
    numba.set_num_threads(usual if samples >= worth_sharing else 1)
    try:
        yield
    finally:
        numba.set_num_threads(usual)
