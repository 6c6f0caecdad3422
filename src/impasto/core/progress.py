"""The callback through which long work says how far it is."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "silent"]


class Progress(Protocol):
    """Receives the name of the work and the share done, 0 to 1."""

    def __call__(self, work: str, fraction: float) -> None:
        """Take note that `fraction` of `work` is done."""


def silent(work: str, fraction: float) -> None:
    """Ignore progress: the default of every long function."""
