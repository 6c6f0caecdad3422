"""Figures as files for a manuscript."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from impasto.files import replacing_file
from impasto.report.theme import figure_style

__all__ = ["write_figures"]

_DOTS_PER_INCH = 300
_METADATA: dict[str, dict[str, None]] = {"pdf": {"CreationDate": None}, "png": {}}
"""Without the date the same figure gives the same file."""


def write_figures(draw: Callable[[], Mapping[str, Figure]], folder: Path) -> tuple[Path, ...]:
    """Draw figures in the house's style and write each as PDF and PNG (300 dots per inch).

    Parameters
    ----------
    draw : function
        Gives figures by the names of their files.
    folder : Path

    Raises
    ------
    ImpastoError
        When a file cannot be written; the one that was there stays.
    """
    written = []
    with figure_style():
        for name, figure in draw().items():
            for suffix, metadata in _METADATA.items():
                path = folder / f"{name}.{suffix}"
                with replacing_file(path) as beside:
                    figure.savefig(beside, dpi=_DOTS_PER_INCH, metadata=metadata)
                written.append(path)
    return tuple(written)
