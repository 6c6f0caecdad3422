"""How the command line speaks: tables, progress bars, one-line errors, JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from impasto.core.progress import Progress as ProgressCallback

__all__ = ["print_json", "print_line", "print_problem", "print_settings", "print_table", "progress_bars"]

_OUT = Console()
_ERR = Console(stderr=True)


def print_line(text: str) -> None:
    """Print one line of markup."""
    _OUT.print(text, soft_wrap=True)


def print_json(value: Any) -> None:
    """Print plain JSON for other programs; JSON has no number that is not finite, so those are null."""
    json.dump(_finite(value), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def print_problem(text: str) -> None:
    """Print an error on one line."""
    _ERR.print(f"[bold red]error:[/] {_escaped(text)}", soft_wrap=True, highlight=False)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; columns whose cells are numbers are set to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column, heading in enumerate(header):
        cells = [row[column] for row in rows]
        is_numeric = bool(cells) and all(isinstance(cell, int | float) for cell in cells if cell != "")
        table.add_column(_escaped(heading), justify="right" if is_numeric else "left")
    for row in rows:
        table.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else _escaped(str(cell)) for cell in row))
    _OUT.print(table)


def print_settings(settings: Mapping[str, Mapping[str, object]]) -> None:
    """Print every setting of every step, named as ``--set`` takes it."""
    rows = [[key, str(value)] for key, value in _flat(settings)]
    print_table("Settings (change with --set)", ["setting", "value"], rows)


@contextmanager
def progress_bars() -> Iterator[ProgressCallback]:
    """Draw one bar per piece of work while the block runs; nothing is drawn when the output is no terminal."""
    columns = (TextColumn("{task.description:<44}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=_ERR, disable=not _ERR.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def show(work: str, fraction: float) -> None:
            if work not in tasks:
                tasks[work] = bars.add_task(work, total=1.0)
            bars.update(tasks[work], completed=fraction)

        yield show


def _flat(settings: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """Name settings of any depth with dots between."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
