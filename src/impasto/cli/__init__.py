"""The command line. Verbs only; no science."""

from impasto.cli.main import main

__all__ = ["main"]
